//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

// lockDirectory keeps other servers from the directory of a socket's file until unlock, or they could take this one's, which
// is bound and doesn't listen yet, for a dead one's. The lock is on the directory itself and leaves nothing behind.
func lockDirectory(ctx context.Context, path string) (unlock func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return func() {}, nil // what is wrong with it, bind(2) tells
	}
	for {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			return func() { dir.Close() }, nil // or there are no locks on this file system
		}
		select {
		case <-ctx.Done():
			dir.Close()
			return nil, err
		case <-time.After(pause):
		}
	}
}

// bind binds a listener's socket. A socket file that a dead server left behind is in the way, and goes.
func (s *server) bind(l *listener) (call string, err error) {
	if l.path == "" {
		return "bind", sock.Bind(l.fd, l.addr)
	}
	if s.unixMode != 0 {
		// Not chmod(2) afterwards: the file never has another mode.
		defer unix.Umask(unix.Umask(0o777 &^ int(s.unixMode)))
	}
	err = sock.Bind(l.fd, l.addr)
	if err == sock.EADDRINUSE && abandoned(l) && os.Remove(l.path) == nil {
		err = sock.Bind(l.fd, l.addr)
	}
	if err != nil {
		return "bind", err
	}
	l.file, _ = os.Lstat(l.path)
	if s.unixOwner != (owner{-1, -1}) {
		if err := unix.Lchown(l.path, s.unixOwner.uid, s.unixOwner.gid); err != nil {
			l.retire()
			return "chown", err
		}
	}
	return "", nil
}

// abandoned tells whether a path is a socket and nobody answers on it.
func abandoned(l *listener) bool {
	info, err := os.Lstat(l.path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
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

// retire removes the socket's file: new clients find nobody, while those who wait in the queue can still be served.
// Only the goroutine that opened the listener may call it; any may close it.
func (l *listener) retire() {
	if l.file == nil {
		return
	}
	// Another server may have taken the place.
	if file, err := os.Lstat(l.path); err == nil && os.SameFile(file, l.file) {
		os.Remove(l.path)
	}
	l.file = nil
}
