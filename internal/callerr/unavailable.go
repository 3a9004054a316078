//go:build unix

package callerr

import "example.com/berkeley/sock"

// Unavailable reports whether err is an answer to a system call or a socket option that isn't available here: an older
// kernel lacks it, or a sandbox refuses it.
func Unavailable(err error) bool {
	switch err {
	case sock.ENOSYS, sock.EPERM, sock.EACCES, sock.EOPNOTSUPP, sock.ENOPROTOOPT, sock.EINVAL:
		return true
	}
	return false
}
