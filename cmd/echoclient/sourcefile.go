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

// sourceFile is the file of a client's address, if that is a path.
type sourceFile struct {
	dir       *socketfile.Dir
	file      *socketfile.File // made by bind(2)
	temporary string           // a directory that was made for it
}

// bindPath binds the socket if its address is a path: that of -source, or a temporary one for a datagram socket of AF_UNIX
// where the kernel picks no name, since the server could not answer a socket without a name.
func (c *conversation) bindPath(server sock.Sockaddr) error {
	switch {
	case c.options.source.Path() != "":
		return c.own.bind(c.fd, c.options.source)
	case c.options.source.IsZero() && c.options.server.Datagram() && server.Family() == sock.AF_UNIX && runtime.GOOS != "linux":
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
	s.file, _ = s.dir.Bound(fd) // on an error another file has replaced it, and remove does nothing
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

// remove removes the file that bind made, and no other one.
func (s *sourceFile) remove() {
	if s.file != nil {
		s.file.Remove()
		s.file.Close()
	}
	if s.dir != nil {
		s.dir.Close()
	}
	if s.temporary != "" {
		unix.Rmdir(s.temporary) // if another directory has its name by now, it is removed only if empty
	}
	*s = sourceFile{}
}
