package socketfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// searchOnly opens a directory that may be searched and not read.
const searchOnly = unix.O_PATH

// siocUnixFile of linux/un.h opens the file that a socket is bound to, whatever its path leads to by now. It takes
// CAP_NET_ADMIN.
const siocUnixFile = unix.SIOCPROTOPRIVATE

func openBound(socket int) (node int, err error) { return unix.IoctlRetInt(socket, siocUnixFile) }

// open opens the file that has the name now, without a use of it: open(2) O_PATH.
func (d *Dir) open() (node int, err error) {
	return unix.Openat(d.fd, d.name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

func (f *File) stat() (*unix.Stat_t, error) {
	var stat unix.Stat_t
	return &stat, unix.Fstat(f.node, &stat)
}

// Fd returns the descriptor of the file, an O_PATH one, which Close closes.
func (f *File) Fd() int { return f.node }

// Chown gives the file to another owner and group, -1 to keep one of them. It refuses a file that is not this process's,
// which the owner of the directory may have put in the place of the socket's before Bound could open it.
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
