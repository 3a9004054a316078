//go:build unix

package sock

import (
	"bytes"
	"strings"

	"golang.org/x/sys/unix"
)

// The offset and the largest length of the path in struct sockaddr_un.
const (
	unixPath    = familySize
	unixPathMax = unix.SizeofSockaddrUnix - unixPath
)

// Unix makes an AF_UNIX address of a path in the file system: unix(7). Every byte is taken literally, also "@".
// EINVAL means that path is empty, contains a NUL, or is too long: on Linux it can have 108 bytes.
func Unix(path string) (Sockaddr, error) {
	if path == "" || len(path) > unixPathMax || strings.IndexByte(path, 0) >= 0 {
		return Sockaddr{}, EINVAL
	}
	// The length counts the NUL that ends the path, if one fits, as in the addresses that the kernel returns.
	sa := makeSockaddr(unix.AF_UNIX, unixPath+min(len(path)+1, unixPathMax))
	copy(sa.data[unixPath:], path)
	return sa, nil
}

// Unnamed makes an AF_UNIX address with no name: unix(7). On Linux, Bind to it picks an abstract name.
func Unnamed() Sockaddr {
	return makeSockaddr(unix.AF_UNIX, unixPath)
}

// Path returns the path of an AF_UNIX address, and "" for others and for those without a path.
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
