package sock

import (
	"encoding/binary"
	"math"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SliceOption makes an option whose value is an array of C structs or numbers; at most 4096 bytes of it are read.
// T has the layout of an element. As StructOption, SliceOption panics if the kernel must not write a T.
func SliceOption[T any](label string, level, name int) Option[[]T] {
	mustHoldAnyBytes[T]("SliceOption", label)
	return Option[[]T]{label, level, name, getSlice[T], setSlice[T]}
}

func getSlice[T any](fd, level, name int) ([]T, error) {
	return getElements(fd, level, name, make([]T, max(1, 4096/unsafe.Sizeof(*new(T)))))
}

// getElements reads an array into v, and gives the elements that came whole.
func getElements[T any](fd, level, name int, v []T) ([]T, error) {
	size := unsafe.Sizeof(*new(T))
	length := uint32(uintptr(len(v)) * size)
	if e := getsockopt(fd, level, name, unsafe.Pointer(unsafe.SliceData(v)), &length); e != 0 {
		return nil, e
	}
	return v[:min(int(uintptr(length)/size), len(v))], nil
}

func setSlice[T any](fd, level, name int, v []T) error {
	return result(setsockopt(fd, level, name, unsafe.Pointer(unsafe.SliceData(v)), uintptr(len(v))*unsafe.Sizeof(*new(T))))
}

// SockFilter is one instruction of a classic BPF program, struct sock_filter of <linux/filter.h>.
type SockFilter = unix.SockFilter

// FilterOption makes an option whose value is a classic BPF program, SO_ATTACH_FILTER for example.
// A program of no instructions, or of more than 4096, is EINVAL.
func FilterOption(label string, level, name int) Option[[]SockFilter] {
	return Option[[]SockFilter]{label, level, name, getFilter, setFilter}
}

func getFilter(fd, level, name int) ([]SockFilter, error) {
	return getElements(fd, level, name, make([]SockFilter, 4096))
}

func setFilter(fd, level, name int, v []SockFilter) error {
	if len(v) > math.MaxUint16 {
		return EINVAL
	}
	program := unix.SockFprog{Len: uint16(len(v)), Filter: unsafe.SliceData(v)}
	err := setStruct(fd, level, name, program)
	runtime.KeepAlive(v)
	return err
}

// BigEndianOption makes an option whose value is a C int in network byte order, IP_UNICAST_IF for example.
func BigEndianOption(label string, level, name int) Option[int] {
	return Option[int]{label, level, name, getBigEndian, setBigEndian}
}

func getBigEndian(fd, level, name int) (int, error) {
	b, err := getStruct[[4]byte](fd, level, name)
	return int(int32(binary.BigEndian.Uint32(b[:]))), err
}

func setBigEndian(fd, level, name, v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return EINVAL
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return setStruct(fd, level, name, b)
}

// addr6Option makes an option whose value is an AF_INET6 address of which the kernel doesn't tell the length.
func addr6Option(label string, level, name int) Option[Sockaddr] {
	return Option[Sockaddr]{label, level, name, getAddr6, setAddr}
}

func getAddr6(fd, level, name int) (sa Sockaddr, err error) {
	sa.length = unix.SizeofSockaddrInet6
	e := getsockopt(fd, level, name, unsafe.Pointer(&sa.data), &sa.length)
	sa.length = min(sa.length, unix.SizeofSockaddrInet6)
	sa.received(e)
	return sa, result(e)
}

// lengthOption makes an option whose value is given as the length of no value.
func lengthOption(label string, level, name int) Option[int] {
	return Option[int]{label, level, name, getInt, setLength}
}

func setLength(fd, level, name, v int) error {
	if v < 0 || v > math.MaxInt32 {
		return EINVAL
	}
	return result(setsockopt(fd, level, name, nil, uintptr(v)))
}

// setOnly reads an option that has no value to read, for the kernel to say so.
func setOnly[T any](fd, level, name int) (v T, err error) {
	_, err = getInt(fd, level, name)
	return v, err
}

func setUmemReg(fd, level, name int, v XDPUmemReg) error {
	err := setStruct(fd, level, name, unix.XDPUmemReg{
		Addr:            uint64(uintptr(unsafe.Pointer(unsafe.SliceData(v.Umem)))),
		Len:             uint64(len(v.Umem)),
		Size:            v.ChunkSize,
		Headroom:        v.Headroom,
		Flags:           v.Flags,
		Tx_metadata_len: v.TxMetadataLen,
	})
	runtime.KeepAlive(v.Umem)
	return err
}
