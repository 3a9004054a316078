package sock

import (
	"math"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Each of these keeps its value on its own stack: a buffer that went through a function value would be allocated.

func getsockopt(fd, level, name int, p unsafe.Pointer, length *uint32) syscall.Errno {
	unit := lengthUnit(level, name)
	*length /= unit
	before := *length
	_, _, e := syscall.Syscall6(unix.SYS_GETSOCKOPT, arg(fd), arg(level), arg(name), uintptr(p), uintptr(unsafe.Pointer(length)), 0)
	if tracing() {
		traceGetsockopt(fd, traceOption{level, name, valueBytes(p, min(before, *length)), uintptr(p)}, before, *length, e)
	}
	*length *= unit
	return e
}

// lengthUnit is what getsockopt(2) counts an option's length in: instructions for SO_GET_FILTER, and bytes for all others.
// Given a length in bytes, the kernel would write eight times as many.
func lengthUnit(level, name int) uint32 {
	if level == unix.SOL_SOCKET && name == unix.SO_GET_FILTER {
		return unix.SizeofSockFilter
	}
	return 1
}

func setsockopt(fd, level, name int, p unsafe.Pointer, length uintptr) syscall.Errno {
	if length > math.MaxInt32 {
		return unix.EINVAL // as of a negative socklen_t, which the kernel would cut it to, or to less
	}
	_, _, e := syscall.Syscall6(unix.SYS_SETSOCKOPT, arg(fd), arg(level), arg(name), uintptr(p), length, 0)
	if tracing() {
		traceSetsockopt(fd, traceOption{level, name, valueBytes(p, uint32(length)), uintptr(p)}, length, e)
	}
	return e
}

func getsockoptInt(fd, level, name int) (int32, syscall.Errno) {
	var v int32
	length := uint32(unsafe.Sizeof(v))
	e := getsockopt(fd, level, name, unsafe.Pointer(&v), &length)
	return v, e
}

func setsockoptInt(fd, level, name int, v int32) syscall.Errno {
	return setsockopt(fd, level, name, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

func getTimeval(fd, level, name int) (time.Duration, error) {
	tv, err := getStruct[unix.Timeval](fd, level, name)
	d := tv.Nano()
	if unix.NsecToTimeval(d) != tv {
		d = math.MaxInt64 // it is longer than a Duration can be
	}
	return time.Duration(d), err
}

func setTimeval(fd, level, name int, v time.Duration) error {
	if v < 0 {
		return EDOM
	}
	if v > math.MaxInt64-time.Microsecond {
		return EINVAL
	}
	usec := (v + time.Microsecond - 1) / time.Microsecond
	tv := unix.NsecToTimeval(int64(usec * time.Microsecond))
	if tv.Nano() != int64(usec*time.Microsecond) {
		return EINVAL
	}
	return setStruct(fd, level, name, tv)
}

func getLinger(fd, level, name int) (Linger, error) {
	l, err := getStruct[unix.Linger](fd, level, name)
	return Linger{l.Onoff != 0, int(l.Linger)}, err
}

func setLinger(fd, level, name int, v Linger) error {
	if v.Seconds < 0 || v.Seconds > math.MaxInt32 {
		return EINVAL
	}
	return setStruct(fd, level, name, unix.Linger{Onoff: int32(boolInt(v.Onoff)), Linger: int32(v.Seconds)})
}

// StructOption makes an option whose value is a C struct or number. T has its layout.
// Where the kernel's struct is longer, the rest is lost; where it is shorter, the rest of T is zero.
//
// StructOption panics if T has no size, or contains a pointer, a bool or a Sockaddr: the kernel must not write these.
func StructOption[T any](label string, level, name int) Option[T] {
	mustHoldAnyBytes[T]("StructOption", label)
	return Option[T]{label, level, name, getStruct[T], setStruct[T]}
}

func getStruct[T any](fd, level, name int) (v T, err error) {
	length := uint32(unsafe.Sizeof(v))
	e := getsockopt(fd, level, name, unsafe.Pointer(&v), &length)
	return v, result(e)
}

func setStruct[T any](fd, level, name int, v T) error {
	return result(setsockopt(fd, level, name, unsafe.Pointer(&v), unsafe.Sizeof(v)))
}

// AddrOption makes an option whose value is a socket address, SO_ORIGINAL_DST for example.
func AddrOption(label string, level, name int) Option[Sockaddr] {
	return Option[Sockaddr]{label, level, name, getAddr, setAddr}
}

func getAddr(fd, level, name int) (sa Sockaddr, err error) {
	sa.length = sockaddrSize
	e := getsockopt(fd, level, name, unsafe.Pointer(&sa.data), &sa.length)
	sa.received(e)
	return sa, result(e)
}

func setAddr(fd, level, name int, v Sockaddr) error {
	return result(setsockopt(fd, level, name, unsafe.Pointer(&v.data), uintptr(v.length)))
}

// StringOption makes an option whose value is text, TCP_CONGESTION or SO_BINDTODEVICE for example; 255 bytes are read at most.
// The NUL that may end it in C is no part of it.
func StringOption(label string, level, name int) Option[string] {
	return Option[string]{label, level, name, getString, setString}
}

func getString(fd, level, name int) (string, error) {
	var b [255]byte
	n, err := GetsockoptBytes(fd, level, name, b[:])
	for i := range n {
		if b[i] == 0 {
			n = i
			break
		}
	}
	return string(b[:n]), err
}

func setString(fd, level, name int, v string) error {
	return result(setsockopt(fd, level, name, unsafe.Pointer(unsafe.StringData(v)), uintptr(len(v))))
}

// BytesOption makes an option whose value is bytes of any length; 4096 are read at most.
// GetsockoptBytes reads more, and into a buffer of the caller's.
func BytesOption(label string, level, name int) Option[[]byte] {
	return Option[[]byte]{label, level, name, getBytes, SetsockoptBytes}
}

func getBytes(fd, level, name int) ([]byte, error) {
	p := make([]byte, 4096)
	n, err := GetsockoptBytes(fd, level, name, p)
	if err != nil {
		return nil, err
	}
	return p[:n], nil
}

// GetsockoptBytes reads a socket option's bytes into p: getsockopt(2).
// n is the length that the kernel gave, never more than len(p). ERANGE means that p is too short.
// IP_MSFILTER, MCAST_MSFILTER and TCP_AO_GET_KEYS write as many elements as p itself asks for, whatever its length is.
func GetsockoptBytes(fd, level, name int, p []byte) (n int, err error) {
	length := uint32(min(len(p), math.MaxInt32))
	if e := getsockopt(fd, level, name, unsafe.Pointer(unsafe.SliceData(p)), &length); e != 0 {
		return 0, e
	}
	return min(int(length), len(p)), nil
}

// SetsockoptBytes sets a socket option to the bytes of p: setsockopt(2). EINVAL often means that p has the wrong length.
func SetsockoptBytes(fd, level, name int, p []byte) error {
	return result(setsockopt(fd, level, name, unsafe.Pointer(unsafe.SliceData(p)), uintptr(len(p))))
}
