//go:build unix

package sock

import (
	"bytes"
	"strings"

	"golang.org/x/sys/unix"
)

// The path of a struct sockaddr_un: where it begins, and how long it can be.
const (
	unixPath    = familySize
	unixPathMax = unix.SizeofSockaddrUnix - unixPath
)

// Unix makes an AF_UNIX address of a path in the file system: unix(7). Every byte of it is taken as it is, "@" too.
// EINVAL means that path is empty, holds a NUL, or is too long: 108 bytes are the most on Linux.
func Unix(path string) (Sockaddr, error) {
	if path == "" || len(path) > unixPathMax || strings.IndexByte(path, 0) >= 0 {
		return Sockaddr{}, EINVAL
	}
	// The length counts the NUL that ends the path, where there is room for one, as the kernel's own answers do.
	sa := makeSockaddr(unix.AF_UNIX, unixPath+min(len(path)+1, unixPathMax))
	copy(sa.data[unixPath:], path)
	return sa, nil
}

// Unnamed makes an AF_UNIX address with no name: unix(7). On Linux, Bind to it picks an abstract name.
func Unnamed() Sockaddr {
	return makeSockaddr(unix.AF_UNIX, unixPath)
}

// Path is the path of an AF_UNIX address; others, and those without a path, give "".
func (sa Sockaddr) Path() string {
	if !sa.is(unix.AF_UNIX, unixPath+1) {
		return ""
	}
	path := sa.bytes()[unixPath:]
	if end := bytes.IndexByte(path, 0); end >= 0 {
		path = path[:end]
	}
	return string(path)
}
