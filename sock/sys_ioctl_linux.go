package sock

import (
	"bytes"
	"encoding/binary"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctlInt makes an ioctl that returns a C int.
func ioctlInt(fd int, request uintptr) (int, syscall.Errno) {
	var v int32
	trace := traced()
	_, _, e := syscall.Syscall(unix.SYS_IOCTL, arg(fd), request, uintptr(unsafe.Pointer(&v)))
	if trace != nil {
		trace.ioctlInt(fd, request, &v, e)
	}
	return int(v), e
}

func sockatmark(fd int) (int, syscall.Errno) { return ioctlInt(fd, unix.SIOCATMARK) }

func dup(fd int) (int, syscall.Errno) {
	trace := traced()
	nfd, _, e := syscall.Syscall(unix.SYS_FCNTL, arg(fd), unix.F_DUPFD_CLOEXEC, 0)
	if trace != nil {
		trace.dup(fd, int(nfd), e)
	}
	return int(nfd), e
}

func dup3(fd, nfd, flags int) syscall.Errno {
	flags |= unix.O_CLOEXEC
	trace := traced()
	n, _, e := syscall.Syscall(unix.SYS_DUP3, arg(fd), arg(nfd), arg(flags))
	if trace != nil {
		trace.dup3(fd, nfd, flags, int(n), e)
	}
	return e
}

// ifreq is struct ifreq: a name, then a union of at most 24 bytes, which can begin with an interface index.
type ifreq [unix.IFNAMSIZ + 24]byte

// indexed returns an ifreq with an interface index.
func indexed(index uint32) (r ifreq) {
	binary.NativeEndian.PutUint32(r[unix.IFNAMSIZ:], index)
	return r
}

func (r *ifreq) index() int { return cint(r[unix.IFNAMSIZ:]) }

func (r *ifreq) name() string {
	name, _, _ := bytes.Cut(r[:unix.IFNAMSIZ], []byte{0})
	return string(name)
}

// ifioctl makes an ioctl about interfaces, which needs a socket of any family.
func ifioctl(request uintptr, r *ifreq) syscall.Errno {
	fd, e := socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if e != 0 {
		return e
	}
	defer closefd(fd)
	trace := traced()
	_, _, e = syscall.Syscall(unix.SYS_IOCTL, arg(fd), request, uintptr(unsafe.Pointer(r)))
	if trace != nil {
		trace.ifreq(fd, request, r, e)
	}
	return e
}

func ifNametoindex(name string) (int, syscall.Errno) {
	var r ifreq
	copy(r[:unix.IFNAMSIZ], name)
	if e := ifioctl(unix.SIOCGIFINDEX, &r); e != 0 {
		return 0, e
	}
	return r.index(), 0
}

func ifIndextoname(index int) (string, syscall.Errno) {
	r := indexed(uint32(index))
	e := ifioctl(unix.SIOCGIFNAME, &r)
	return r.name(), e
}
