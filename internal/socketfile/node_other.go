//go:build unix && !linux

package socketfile

import "golang.org/x/sys/unix"

// searchOnly would open a directory that may be searched and not read, which takes no flag that all systems have.
const searchOnly = unix.O_RDONLY

// These systems have no descriptor for a socket's file: it is known by its inode's number alone.

func openBound(int) (node int, err error) { return -1, nil }

func (d *Dir) open() (node int, err error) { return -1, nil }

func (f *File) stat() (*unix.Stat_t, error) {
	var stat unix.Stat_t
	return &stat, unix.Fstatat(f.dir.fd, f.dir.name, &stat, unix.AT_SYMLINK_NOFOLLOW)
}

// Chown gives the file to another owner and group, -1 to keep one of them. Here the owner of the directory, though of none
// above it, could put another file in its place.
func (f *File) Chown(uid, gid int) error {
	if !f.InPlace() {
		return ErrReplaced
	}
	return unix.Fchownat(f.dir.fd, f.dir.name, uid, gid, unix.AT_SYMLINK_NOFOLLOW)
}
