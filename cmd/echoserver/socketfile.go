//go:build unix

package main

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/sock"
)

// socketFile is the file of a listener on a unix socket with a path. Other listeners have the zero value.
type socketFile struct {
	mu   sync.Mutex
	dir  *socketfile.Dir
	file *socketfile.File // made by bind(2), nil once the listener is retired
	lost bool             // whether the server has logged that the file is gone
}

// bind binds a listener's socket. If the socket file of a dead server is in the way, bind replaces it.
func (s *server) bind(ctx context.Context, l *listener) (call string, err error) {
	if l.path == "" {
		return "bind", sock.Bind(l.fd, l.addr)
	}
	if l.socketFile.dir, err = socketfile.OpenDir(l.path); err != nil {
		return "bind", err
	}
	stale, err := s.findStale(ctx, l)
	if err != nil {
		return "flock", err
	}
	err = s.bindPath(l)
	if stale != nil {
		defer stale.Close()
		if err == sock.EADDRINUSE {
			err = s.replaceAbandoned(l, stale)
		}
	}
	if err != nil {
		return "bind", err
	}
	if l.socketFile.file, err = l.socketFile.dir.Bound(l.fd); err != nil {
		return "open", err
	}
	if s.options.unixOwner != (owner{-1, -1}) {
		return "chown", l.socketFile.file.Chown(s.options.unixOwner.uid, s.options.unixOwner.gid)
	}
	return "", nil
}

// replaceAbandoned replaces a socket file if no server answers at it. A user who may write to a directory on the way can
// fake that. Then Remove finds another file at the path, or the file is in the user's own directory.
func (s *server) replaceAbandoned(l *listener, stale *socketfile.File) error {
	switch call, err := tryConnect(l); err {
	case sock.ECONNREFUSED:
		return s.replace(l, stale)
	case sock.EACCES, sock.EPERM:
		return fmt.Errorf("%s: cannot tell whether a server is listening there: %s: %s",
			callerr.Describe(sock.EADDRINUSE), call, callerr.Describe(err))
	}
	return sock.EADDRINUSE
}

// replace binds a socket to a path in place of a dead server's.
func (s *server) replace(l *listener, stale *socketfile.File) error {
	switch err := stale.Remove(); err {
	case nil:
		return s.bindPath(l)
	case socketfile.ErrReplaced:
		return sock.EADDRINUSE
	default:
		return fmt.Errorf("%s: a dead server's file, which cannot be removed: %w", callerr.Describe(sock.EADDRINUSE), err)
	}
}

// findStale locks the directory and returns the socket file at the path, or nil. A server that starts at the same time
// may have bound that file and not yet be listening. With the lock, this cannot happen; without it, findStale returns a
// file only if it existed before the wait for the lock, which is ample time to start listening.
func (s *server) findStale(ctx context.Context, l *listener) (*socketfile.File, error) {
	before, _ := l.socketFile.dir.Find()
	locked, err := s.lockDirectory(ctx, l)
	if err == nil && !locked {
		return before, nil
	}
	if before != nil {
		before.Close()
	}
	if err != nil {
		return nil, err
	}
	now, _ := l.socketFile.dir.Find() // whatever else is at the path makes bind(2) fail
	return now, nil
}

// bindPath binds a socket to its path, with -unix-mode. It uses the umask instead of a later chmod(2), so that the file
// never has another mode. No other goroutine creates files while listeners are opened.
func (s *server) bindPath(l *listener) error {
	if s.options.unixMode != 0 {
		defer unix.Umask(unix.Umask(0o777 &^ int(s.options.unixMode)))
	}
	return sock.Bind(l.fd, l.addr)
}

// tryConnect connects to a listener's path without waiting, and returns the call that failed and its error.
func tryConnect(l *listener) (call string, err error) {
	fd, err := sock.Socket(sock.AF_UNIX, l.Type, 0)
	if err != nil {
		return "socket", err
	}
	defer sock.Close(fd)
	if err := sock.SetNonblock(fd, true); err != nil {
		return "ioctl", err
	}
	return "connect", sock.Connect(fd, l.addr)
}

// settle completes what bind began, once the socket listens. It fails if another server has taken this one for dead and
// replaced the socket's file.
func (l *listener) settle() error {
	if l.socketFile.file == nil {
		return nil
	}
	unix.Flock(l.socketFile.dir.Fd(), unix.LOCK_UN)
	if !l.socketFile.file.InPlace() {
		return socketfile.ErrReplaced
	}
	return nil
}

// retire removes a listener's file: new clients cannot connect any more, while those in the queue can still be served. The
// file of an inherited socket belongs to the parent, and stays.
func (s *server) retire(l *listener) {
	l.socketFile.mu.Lock()
	defer l.socketFile.mu.Unlock()
	if l.socketFile.file != nil {
		if !l.inherited {
			s.removeFile(l)
		}
		l.socketFile.file.Close()
		l.socketFile.file = nil
	}
	if l.socketFile.dir != nil {
		l.socketFile.dir.Close()
		l.socketFile.dir = nil
	}
}

// removeFile removes the file of a listener, unless another server has replaced it.
func (s *server) removeFile(l *listener) {
	if err := l.socketFile.file.Remove(); err != nil && err != socketfile.ErrReplaced {
		s.log.Warn("the socket's file cannot be removed", "listener", l.URL(l.addr), "err", err)
	}
}

// checkFile logs once if the path of a listener no longer leads to it.
func (s *server) checkFile(l *listener) {
	l.socketFile.mu.Lock()
	defer l.socketFile.mu.Unlock()
	if l.socketFile.file != nil && !l.socketFile.lost && !l.socketFile.file.InPlace() {
		s.warnLostFile(l)
	}
}

// warnLostFile logs that the path of a listener does not lead to it.
func (s *server) warnLostFile(l *listener) {
	l.socketFile.lost = true
	s.log.Warn("the socket's file is gone or replaced: new clients cannot reach this listener", "listener", l.url)
}
