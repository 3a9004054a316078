//go:build unix

// Package socketfile handles the files that bind(2) makes for unix sockets.
//
// A path that is used twice may lead to another file the second time if another user may write to a directory on the way.
// Therefore the package opens the directory of a path once, and from then on identifies a file by its inode.
package socketfile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
)

// ErrReplaced means that a socket's file has been replaced or removed.
var ErrReplaced = errors.New("another file is in the place of the socket's, or none")

// Dir is an open directory, and a path's last element: a name in it.
type Dir struct {
	fd   int
	name string
}

// OpenDir opens the directory of a socket's path. Call it before bind(2).
func OpenDir(path string) (*Dir, error) {
	// Package filepath won't do: it cleans "link/.." without following the link.
	slash := strings.LastIndexByte(path, '/') + 1
	parent := path[:slash]
	if parent == "" {
		parent = "."
	}
	const flags = unix.O_DIRECTORY | unix.O_CLOEXEC
	fd, err := unix.Open(parent, unix.O_RDONLY|flags, 0)
	if err == unix.EACCES {
		fd, err = unix.Open(parent, searchOnly|flags, 0)
	}
	if err != nil {
		return nil, err
	}
	return &Dir{fd, path[slash:]}, nil
}

// Fd returns the directory's descriptor. Close closes it.
func (d *Dir) Fd() int { return d.fd }

// Close closes the directory. Files that were found in it can only be closed after that.
func (d *Dir) Close() { unix.Close(d.fd) }

// Find returns the socket file that has the name now. It fails with ENOTSOCK if the name belongs to another kind of file.
func (d *Dir) Find() (*File, error) {
	node, err := d.open()
	if err != nil {
		return nil, err
	}
	return d.file(node)
}

// Bound returns the file that bind(2) has just made for a socket. It fails if that file no longer has the name. It can ask
// the kernel for the file only on Linux and with CAP_NET_ADMIN; otherwise it accepts any socket file that has the name.
func (d *Dir) Bound(socket int) (*File, error) {
	node, err := openBound(socket)
	if err != nil {
		if node, err = d.open(); err != nil {
			return nil, err
		}
	}
	f, err := d.file(node)
	if err == nil && !f.InPlace() {
		f.Close()
		return nil, ErrReplaced
	}
	return f, err
}

// file makes a File that owns the descriptor node.
func (d *Dir) file(node int) (*File, error) {
	f := &File{dir: d, node: node}
	stat, err := f.stat()
	if err == nil && stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		err = unix.ENOTSOCK
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	f.id = identify(stat)
	return f, nil
}

// named returns the identity of the file that has a name in the directory now.
func (d *Dir) named(name string) (identity, error) {
	var stat unix.Stat_t
	err := unix.Fstatat(d.fd, name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	return identify(&stat), err
}

// File is the file of a unix socket.
type File struct {
	dir  *Dir
	node int // a descriptor that prevents the reuse of the inode's number, -1 on systems without such descriptors
	id   identity
}

// identity distinguishes a file from all others while it exists.
type identity struct{ dev, ino uint64 }

func identify(stat *unix.Stat_t) identity {
	return identity{uint64(stat.Dev), uint64(stat.Ino)}
}

// InPlace reports whether the file still has its name. It returns true if this process may not find out.
func (f *File) InPlace() bool {
	id, err := f.dir.named(f.dir.name)
	if err == unix.ENOENT {
		return false
	}
	return err != nil || id == f.id
}

// Remove removes the file, and never another one. It fails with ErrReplaced if another file has its name.
//
// Checking first is not enough, since another file may take the name in between. So Remove renames the file to a random
// name, checks again, and restores the name if it turns out to have moved another file, or can't find out.
func (f *File) Remove() error {
	if !f.InPlace() {
		return ErrReplaced
	}
	d := f.dir
	aside := fmt.Sprintf(".socket-%016x", rand.Uint64())
	switch err := unix.Renameat(d.fd, d.name, d.fd, aside); err {
	case nil:
	case unix.ENOENT:
		return ErrReplaced
	default:
		return &callerr.CallError{Call: "rename", Address: d.name, Err: err}
	}
	switch id, err := d.named(aside); {
	case err == unix.ENOENT:
		return ErrReplaced // somebody removed it
	case err != nil:
		return &callerr.CallError{Call: "stat", Address: d.restore(aside), Err: err}
	case id != f.id:
		d.restore(aside)
		return ErrReplaced
	}
	if err := unix.Unlinkat(d.fd, aside, 0); err != nil {
		return &callerr.CallError{Call: "unlink", Address: aside, Err: err}
	}
	return nil
}

// restore gives a file that Remove has moved its name back, if that is free, and returns the name that it has then. A rename
// could replace a third file, a link can't.
func (d *Dir) restore(aside string) (name string) {
	if unix.Linkat(d.fd, aside, d.fd, d.name, 0) != nil {
		return aside
	}
	unix.Unlinkat(d.fd, aside, 0)
	return d.name
}

// Close closes the descriptor of the file.
func (f *File) Close() {
	if f.node >= 0 {
		unix.Close(f.node)
		f.node = -1
	}
}
