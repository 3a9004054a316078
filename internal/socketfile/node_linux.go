package socketfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// searchOnly opens a directory that may be searched and not read.
const searchOnly = unix.O_PATH

// siocUnixFile is SIOCUNIXFILE of linux/un.h. It opens the file that a socket is bound to, wherever its path leads now,
// and requires CAP_NET_ADMIN.
const siocUnixFile = unix.SIOCPROTOPRIVATE

func openBound(socket int) (node int, err error) { return unix.IoctlRetInt(socket, siocUnixFile) }

// open opens the file that has the name now, only as a reference to it: open(2) O_PATH.
func (d *Dir) open() (node int, err error) {
	return unix.Openat(d.fd, d.name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

func (f *File) stat() (*unix.Stat_t, error) {
	var stat unix.Stat_t
	return &stat, unix.Fstat(f.node, &stat)
}

// Fd returns the file's descriptor, opened with O_PATH. Close closes it.
func (f *File) Fd() int { return f.node }

// Chown changes the file's owner and group; -1 keeps one. It refuses a file that this process's user doesn't own, since
// the directory's owner may have put it in the socket file's place before Bound opened it.
func (f *File) Chown(uid, gid int) error {
	stat, err := f.stat()
	if err != nil {
		return err
	}
	if int(stat.Uid) != os.Geteuid() {
		return ErrReplaced
	}
	return unix.Fchownat(f.node, "", uid, gid, unix.AT_EMPTY_PATH)
}
