package sock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the trace asks the kernel itself, with calls that are not traced. They go to the descriptor of the traced call.

// ifname is the name of an interface, "" where there is none.
func (t *traceLine) ifname(index uint32) string {
	r := indexed(index)
	_, _, e := unix.Syscall(unix.SYS_IOCTL, arg(t.fd), unix.SIOCGIFNAME, uintptr(unsafe.Pointer(&r)))
	if e != 0 {
		return ""
	}
	return r.name()
}

// socketOption is SO_DOMAIN or SO_PROTOCOL of the socket, -1 where there is none.
func (t *traceLine) socketOption(name int) int {
	v, length := int32(-1), uint32(4)
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, arg(t.fd), unix.SOL_SOCKET, arg(name), uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&length)), 0)
	if e != 0 {
		return -1
	}
	return int(v)
}

// valueBytes is a copy of the memory of an option's value.
func valueBytes(p unsafe.Pointer, n uint32) []byte {
	if p == nil {
		return nil
	}
	return append(make([]byte, 0, n), unsafe.Slice((*byte)(p), n)...)
}
