package sock

import (
	"math"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Each of these functions keeps its value on its stack: a buffer that passed through a
// function value would be allocated.

func getsockopt(fd, level, number int, p unsafe.Pointer, length *uint32) syscall.Errno {
	unit := lengthUnit(level, number)
	*length /= unit
	before := *length
	trace := traced()
	_, _, e := syscall.Syscall6(unix.SYS_GETSOCKOPT, arg(fd), arg(level), arg(number), uintptr(p), uintptr(unsafe.Pointer(length)), 0)
	if trace != nil {
		trace.getsockopt(fd, level, number, valueBytes(p, min(before, *length)), uintptr(p), before, *length, e)
	}
	*length *= unit
	return e
}

// lengthUnit returns the unit of an option's length in getsockopt(2): an instruction for SO_GET_FILTER, and a byte for
// all others. Given a length in bytes, the kernel would write eight times as many.
func lengthUnit(level, number int) uint32 {
	if level == unix.SOL_SOCKET && number == unix.SO_GET_FILTER {
		return unix.SizeofSockFilter
	}
	return 1
}

func setsockopt(fd, level, number int, p unsafe.Pointer, length uintptr) syscall.Errno {
	if length > math.MaxInt32 {
		return unix.EINVAL // as for a negative socklen_t: the kernel would truncate the length
	}
	trace := traced()
	_, _, e := syscall.Syscall6(unix.SYS_SETSOCKOPT, arg(fd), arg(level), arg(number), uintptr(p), length, 0)
	if trace != nil {
		trace.setsockopt(fd, level, number, valueBytes(p, uint32(length)), uintptr(p), length, e)
	}
	return e
}

func getsockoptInt(fd, level, number int) (v int32, e syscall.Errno) {
	length := uint32(unsafe.Sizeof(v))
	e = getsockopt(fd, level, number, unsafe.Pointer(&v), &length)
	return v, e
}

func setsockoptInt(fd, level, number int, v int32) syscall.Errno {
	return setsockopt(fd, level, number, unsafe.Pointer(&v), unsafe.Sizeof(v))
}

func getTimeval(fd, level, number int) (time.Duration, error) {
	tv, err := getStruct[unix.Timeval](fd, level, number)
	d := tv.Nano()
	if unix.NsecToTimeval(d) != tv {
		d = math.MaxInt64 // longer than the longest Duration
	}
	return time.Duration(d), err
}

func setTimeval(fd, level, number int, v time.Duration) error {
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
	return setStruct(fd, level, number, tv)
}

func getLinger(fd, level, number int) (Linger, error) {
	l, err := getStruct[unix.Linger](fd, level, number)
	return Linger{l.Onoff != 0, int(l.Linger)}, err
}

func setLinger(fd, level, number int, v Linger) error {
	if v.Seconds < 0 || v.Seconds > math.MaxInt32 {
		return EINVAL
	}
	return setStruct(fd, level, number, unix.Linger{Onoff: int32(boolInt(v.Onoff)), Linger: int32(v.Seconds)})
}

// StructOption makes an option whose value is a C struct or number. T must have its layout. If the struct of the
// kernel is longer, the rest is lost; if it is shorter, the rest of T is zero.
//
// StructOption panics if T has size 0, or contains a pointer, a bool or a Sockaddr: the kernel must not write these.
func StructOption[T any](name string, level, number int) Option[T] {
	mustHoldAnyBytes[T]("StructOption", name)
	return Option[T]{name, level, number, getStruct[T], setStruct[T]}
}

func getStruct[T any](fd, level, number int) (v T, err error) {
	length := uint32(unsafe.Sizeof(v))
	e := getsockopt(fd, level, number, unsafe.Pointer(&v), &length)
	return v, result(e)
}

func setStruct[T any](fd, level, number int, v T) error {
	return result(setsockopt(fd, level, number, unsafe.Pointer(&v), unsafe.Sizeof(v)))
}

// AddrOption makes an option whose value is a socket address, SO_ORIGINAL_DST for example.
func AddrOption(name string, level, number int) Option[Sockaddr] {
	return Option[Sockaddr]{name, level, number, getAddr, setAddr}
}

func getAddr(fd, level, number int) (sa Sockaddr, err error) {
	sa.length = sockaddrSize
	e := getsockopt(fd, level, number, unsafe.Pointer(&sa.data), &sa.length)
	sa.received(e)
	return sa, result(e)
}

func setAddr(fd, level, number int, v Sockaddr) error {
	return result(setsockopt(fd, level, number, unsafe.Pointer(&v.data), uintptr(v.length)))
}

// StringOption makes an option whose value is text, such as TCP_CONGESTION or SO_BINDTODEVICE, without the NUL that
// may end it in C. At most 255 bytes are read.
func StringOption(name string, level, number int) Option[string] {
	return Option[string]{name, level, number, getString, setString}
}

func getString(fd, level, number int) (string, error) {
	var b [255]byte
	n, err := GetsockoptBytes(fd, level, number, b[:])
	for i := range n {
		if b[i] == 0 {
			n = i
			break
		}
	}
	return string(b[:n]), err
}

func setString(fd, level, number int, v string) error {
	return result(setsockopt(fd, level, number, unsafe.Pointer(unsafe.StringData(v)), uintptr(len(v))))
}

// BytesOption makes an option whose value is bytes of any length. At most 4096 are read; GetsockoptBytes reads more.
func BytesOption(name string, level, number int) Option[[]byte] {
	return Option[[]byte]{name, level, number, getBytes, SetsockoptBytes}
}

func getBytes(fd, level, number int) ([]byte, error) {
	p := make([]byte, 4096)
	n, err := GetsockoptBytes(fd, level, number, p)
	if err != nil {
		return nil, err
	}
	return p[:n], nil
}

// GetsockoptBytes reads the bytes of a socket option into p: getsockopt(2). n is the length that the kernel returned,
// at most len(p). ERANGE means that p is too short. IP_MSFILTER, MCAST_MSFILTER and TCP_AO_GET_KEYS write as many
// elements as the contents of p ask for, whatever its length.
func GetsockoptBytes(fd, level, number int, p []byte) (n int, err error) {
	length := uint32(min(len(p), math.MaxInt32))
	if e := getsockopt(fd, level, number, unsafe.Pointer(unsafe.SliceData(p)), &length); e != 0 {
		return 0, e
	}
	return min(int(length), len(p)), nil
}

// SetsockoptBytes sets a socket option to the bytes of p: setsockopt(2). EINVAL often means that p has the wrong length.
func SetsockoptBytes(fd, level, number int, p []byte) error {
	return result(setsockopt(fd, level, number, unsafe.Pointer(unsafe.SliceData(p)), uintptr(len(p))))
}
