//go:build unix && !linux

package socketfile

import "golang.org/x/sys/unix"

// searchOnly would open a directory that may be searched and not read. Not all of these systems have a flag for that.
const searchOnly = unix.O_RDONLY

// On these systems no descriptor can refer to a socket's file, so only its inode number identifies it.

func openBound(int) (node int, err error) { return -1, nil }

func (d *Dir) open() (node int, err error) { return -1, nil }

func (f *File) stat() (*unix.Stat_t, error) {
	var stat unix.Stat_t
	return &stat, unix.Fstatat(f.dir.fd, f.dir.name, &stat, unix.AT_SYMLINK_NOFOLLOW)
}

// Chown changes the file's owner and group; -1 keeps one. On these systems the directory's owner, though not the owner
// of a directory above it, could put another file in its place before the change.
func (f *File) Chown(uid, gid int) error {
	if !f.InPlace() {
		return ErrReplaced
	}
	return unix.Fchownat(f.dir.fd, f.dir.name, uid, gid, unix.AT_SYMLINK_NOFOLLOW)
}
