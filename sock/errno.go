//go:build unix

package sock

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Errno is an error number: errno(3). Calls from section 2 of the manual return no other error, so compare with ==.
// errors.Is also matches fs.ErrPermission, fs.ErrExist and fs.ErrNotExist.
type Errno = syscall.Errno

// Error numbers of errno(3) that every platform has.
const (
	E2BIG           = unix.E2BIG
	EACCES          = unix.EACCES
	EADDRINUSE      = unix.EADDRINUSE
	EADDRNOTAVAIL   = unix.EADDRNOTAVAIL
	EAFNOSUPPORT    = unix.EAFNOSUPPORT
	EAGAIN          = unix.EAGAIN
	EALREADY        = unix.EALREADY
	EBADF           = unix.EBADF
	EBADMSG         = unix.EBADMSG
	EBUSY           = unix.EBUSY
	ECANCELED       = unix.ECANCELED
	ECHILD          = unix.ECHILD
	ECONNABORTED    = unix.ECONNABORTED
	ECONNREFUSED    = unix.ECONNREFUSED
	ECONNRESET      = unix.ECONNRESET
	EDEADLK         = unix.EDEADLK
	EDESTADDRREQ    = unix.EDESTADDRREQ
	EDOM            = unix.EDOM
	EDQUOT          = unix.EDQUOT
	EEXIST          = unix.EEXIST
	EFAULT          = unix.EFAULT
	EFBIG           = unix.EFBIG
	EFTYPE          = unix.EFTYPE
	EHOSTDOWN       = unix.EHOSTDOWN
	EHOSTUNREACH    = unix.EHOSTUNREACH
	EIDRM           = unix.EIDRM
	EILSEQ          = unix.EILSEQ
	EINPROGRESS     = unix.EINPROGRESS
	EINTR           = unix.EINTR
	EINVAL          = unix.EINVAL
	EIO             = unix.EIO
	EISCONN         = unix.EISCONN
	EISDIR          = unix.EISDIR
	ELOOP           = unix.ELOOP
	EMFILE          = unix.EMFILE
	EMLINK          = unix.EMLINK
	EMSGSIZE        = unix.EMSGSIZE
	ENAMETOOLONG    = unix.ENAMETOOLONG
	ENETDOWN        = unix.ENETDOWN
	ENETRESET       = unix.ENETRESET
	ENETUNREACH     = unix.ENETUNREACH
	ENFILE          = unix.ENFILE
	ENOBUFS         = unix.ENOBUFS
	ENODEV          = unix.ENODEV
	ENOENT          = unix.ENOENT
	ENOEXEC         = unix.ENOEXEC
	ENOLCK          = unix.ENOLCK
	ENOMEM          = unix.ENOMEM
	ENOMSG          = unix.ENOMSG
	ENOPROTOOPT     = unix.ENOPROTOOPT
	ENOSPC          = unix.ENOSPC
	ENOSYS          = unix.ENOSYS
	ENOTBLK         = unix.ENOTBLK
	ENOTCONN        = unix.ENOTCONN
	ENOTDIR         = unix.ENOTDIR
	ENOTEMPTY       = unix.ENOTEMPTY
	ENOTSOCK        = unix.ENOTSOCK
	ENOTSUP         = unix.ENOTSUP
	ENOTTY          = unix.ENOTTY
	ENXIO           = unix.ENXIO
	EOPNOTSUPP      = unix.EOPNOTSUPP
	EOVERFLOW       = unix.EOVERFLOW
	EPERM           = unix.EPERM
	EPFNOSUPPORT    = unix.EPFNOSUPPORT
	EPIPE           = unix.EPIPE
	EPROTO          = unix.EPROTO
	EPROTONOSUPPORT = unix.EPROTONOSUPPORT
	EPROTOTYPE      = unix.EPROTOTYPE
	ERANGE          = unix.ERANGE
	EREMOTE         = unix.EREMOTE
	EROFS           = unix.EROFS
	ESHUTDOWN       = unix.ESHUTDOWN
	ESOCKTNOSUPPORT = unix.ESOCKTNOSUPPORT
	ESPIPE          = unix.ESPIPE
	ESRCH           = unix.ESRCH
	ESTALE          = unix.ESTALE
	ETIMEDOUT       = unix.ETIMEDOUT
	ETOOMANYREFS    = unix.ETOOMANYREFS
	ETXTBSY         = unix.ETXTBSY
	EUSERS          = unix.EUSERS
	EWOULDBLOCK     = unix.EWOULDBLOCK
	EXDEV           = unix.EXDEV
)

// ErrnoName returns the C name of the Errno in an error, such as ECONNREFUSED: errno(3), strerror(3) strerrorname_np.
// If the error wraps several, it is that of the first. It returns "" if err wraps no errno, or one without a name.
func ErrnoName(err error) string {
	var e Errno
	if !errors.As(err, &e) {
		return ""
	}
	if e == unix.EOPNOTSUPP {
		return "EOPNOTSUPP" // not ENOTSUP, which is the same number on Linux
	}
	return unix.ErrnoName(e)
}

// errnoOf returns the errno in an error of another package, EINVAL for one that did not come from the kernel.
func errnoOf(err error) Errno {
	var e Errno
	if err != nil && !errors.As(err, &e) {
		return EINVAL
	}
	return e
}

// isUnavailable reports whether err means that a call is not available: an older kernel lacks it, it does not support
// such a descriptor, or a sandbox refuses it. Another call may then do the same, or fail with its own error.
func isUnavailable(err error) bool {
	switch err {
	case ENOSYS, EPERM, EACCES, EOPNOTSUPP, ENOPROTOOPT, EINVAL:
		return true
	}
	return false
}
