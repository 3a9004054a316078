//go:build unix

package main

import (
	"context"
	"sync"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/sock"
)

// socketFile is the file of a listener on a unix socket that has a path. The zero value is that of any other listener.
type socketFile struct {
	mu   sync.Mutex
	dir  *socketfile.Dir
	file *socketfile.File // what bind(2) made, nil once the listener is retired
	lost bool             // whether the log says that the file is gone
}

// bind binds a listener's socket. If the socket file of a dead server is in the way, bind replaces it.
func (s *server) bind(ctx context.Context, l *listener) (call string, err error) {
	if l.path == "" {
		return "bind", sock.Bind(l.fd, l.addr)
	}
	if l.dir, err = socketfile.OpenDir(l.path); err != nil {
		return "bind", err
	}
	stale, err := s.findStale(ctx, l)
	if err != nil {
		return "flock", err
	}
	err = s.bindPath(l)
	if stale != nil {
		defer stale.Close()
		if err == sock.EADDRINUSE && abandoned(l) && stale.Remove() == nil {
			err = s.bindPath(l)
		}
	}
	if err != nil {
		return "bind", err
	}
	if l.file, err = l.dir.Bound(l.fd); err != nil {
		return "open", err
	}
	if s.unixOwner != (owner{-1, -1}) {
		return "chown", l.file.Chown(s.unixOwner.uid, s.unixOwner.gid)
	}
	return "", nil
}

// findStale locks the directory and returns the socket file that is at the path, nil if there is none. A server that starts
// at the same time may have bound that file and not yet be listening. With the lock, this cannot be; without it, findStale
// returns a file only if it was there before the wait for the lock, which is ample time to start listening.
func (s *server) findStale(ctx context.Context, l *listener) (*socketfile.File, error) {
	before, _ := l.dir.Find()
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
	now, _ := l.dir.Find() // whatever else is at the path makes bind(2) fail
	return now, nil
}

// bindPath binds a socket to its path, with -unix-mode. That is the umask's part, and not chmod(2)'s afterwards, so that
// the file never has another mode. No other goroutine makes files while listeners are opened.
func (s *server) bindPath(l *listener) error {
	if s.unixMode != 0 {
		defer unix.Umask(unix.Umask(0o777 &^ int(s.unixMode)))
	}
	return sock.Bind(l.fd, l.addr)
}

// abandoned tells whether no server answers at a listener's path. Whoever may write to a directory on the way can make it
// look so; then Remove finds that the file at the path is another one, or it is a file of his own directory.
func abandoned(l *listener) bool {
	fd, err := sock.Socket(sock.AF_UNIX, l.Type, 0)
	if err != nil {
		return false
	}
	defer sock.Close(fd)
	// A live server whose queue is full must not hold up this one.
	if err := sock.SetNonblock(fd, true); err != nil {
		return false
	}
	return sock.Connect(fd, l.addr) == sock.ECONNREFUSED
}

// settle ends what bind began, once the socket listens. It fails if another server, which took this one for dead, has
// replaced the socket's file meanwhile.
func (l *listener) settle() error {
	if l.file == nil {
		return nil
	}
	unix.Flock(l.dir.Fd(), unix.LOCK_UN)
	if !l.file.InPlace() {
		return socketfile.ErrReplaced
	}
	return nil
}

// retire removes the socket's file: new clients cannot connect any more, while those in the queue can still be served. The
// file of an inherited socket belongs to the parent, and stays.
func (l *listener) retire() {
	l.socketFile.mu.Lock()
	defer l.socketFile.mu.Unlock()
	if l.file != nil {
		if !l.inherited {
			l.file.Remove() // unless another server has taken the place
		}
		l.file.Close()
		l.file = nil
	}
	if l.dir != nil {
		l.dir.Close()
		l.dir = nil
	}
}

// checkFile logs, once, that the path of a listener does not lead to it any more.
func (s *server) checkFile(l *listener) {
	l.socketFile.mu.Lock()
	defer l.socketFile.mu.Unlock()
	if l.file != nil && !l.lost && !l.file.InPlace() {
		s.warnLostFile(l)
	}
}

// warnLostFile logs that the path of a listener does not lead to it.
func (s *server) warnLostFile(l *listener) {
	l.lost = true
	s.log.Warn("the socket's file is gone or replaced: new clients cannot reach this listener", "listener", l.url)
}
