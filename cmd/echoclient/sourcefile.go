//go:build unix

package main

import (
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/sock"
)

// sourceFile is the file of a client's own address, if that is a path.
type sourceFile struct {
	dir       *socketfile.Dir
	file      *socketfile.File // what bind(2) made
	temporary string           // a directory that was made for it
}

// bindPath binds the socket if its address is a path: that of -source, or a temporary one for a datagram socket of AF_UNIX
// where the kernel picks no name, since the server could not answer a socket without a name.
func (c *conversation) bindPath(server sock.Sockaddr) error {
	switch {
	case c.source.Path() != "":
		return c.own.bind(c.fd, c.source)
	case c.source.IsZero() && c.server.Datagram() && server.Family() == sock.AF_UNIX && runtime.GOOS != "linux":
		return c.own.bindTemporary(c.fd)
	}
	return nil
}

func (s *sourceFile) bind(fd int, sa sock.Sockaddr) error {
	var err error
	if s.dir, err = socketfile.OpenDir(sa.Path()); err != nil {
		return err
	}
	if err := sock.Bind(fd, sa); err != nil {
		return err
	}
	s.file, _ = s.dir.Bound(fd) // or another file is in its place, and remove has nothing to do
	return nil
}

func (s *sourceFile) bindTemporary(fd int) error {
	var err error
	if s.temporary, err = os.MkdirTemp("", "echoclient"); err != nil {
		return err
	}
	sa, err := sock.Unix(filepath.Join(s.temporary, "socket"))
	if err != nil {
		return err
	}
	return s.bind(fd, sa)
}

// remove removes the file that bind made, and no other.
func (s *sourceFile) remove() {
	if s.file != nil {
		s.file.Remove()
		s.file.Close()
	}
	if s.dir != nil {
		s.dir.Close()
	}
	if s.temporary != "" {
		unix.Rmdir(s.temporary) // an empty directory at most, if another has its name by now
	}
	*s = sourceFile{}
}
