package sock

import (
	"encoding/binary"
	"math"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SliceOption makes an option whose value is an array of C structs or numbers; at most 4096 bytes of it are read. T has
// the layout of an element. Like StructOption, SliceOption panics if the kernel must not write a T.
func SliceOption[T any](name string, level, number int) Option[[]T] {
	mustHoldAnyBytes[T]("SliceOption", name)
	return Option[[]T]{name, level, number, getSlice[T], setSlice[T]}
}

func getSlice[T any](fd, level, number int) ([]T, error) {
	return getElements(fd, level, number, make([]T, max(1, 4096/unsafe.Sizeof(*new(T)))))
}

// getElements reads an array into v, and returns the complete elements.
func getElements[T any](fd, level, number int, v []T) ([]T, error) {
	size := unsafe.Sizeof(*new(T))
	length := uint32(uintptr(len(v)) * size)
	if e := getsockopt(fd, level, number, unsafe.Pointer(unsafe.SliceData(v)), &length); e != 0 {
		return nil, e
	}
	return v[:min(int(uintptr(length)/size), len(v))], nil
}

func setSlice[T any](fd, level, number int, v []T) error {
	return result(setsockopt(fd, level, number, unsafe.Pointer(unsafe.SliceData(v)), uintptr(len(v))*unsafe.Sizeof(*new(T))))
}

// SockFilter is one instruction of a classic BPF program, struct sock_filter of <linux/filter.h>.
type SockFilter = unix.SockFilter

// FilterOption makes an option whose value is a classic BPF program, SO_ATTACH_FILTER for example.
// A program of no instructions, or of more than 4096, is EINVAL.
func FilterOption(name string, level, number int) Option[[]SockFilter] {
	return Option[[]SockFilter]{name, level, number, getFilter, setFilter}
}

func getFilter(fd, level, number int) ([]SockFilter, error) {
	return getElements(fd, level, number, make([]SockFilter, 4096))
}

func setFilter(fd, level, number int, v []SockFilter) error {
	if len(v) > math.MaxUint16 {
		return EINVAL
	}
	program := unix.SockFprog{Len: uint16(len(v)), Filter: unsafe.SliceData(v)}
	err := setStruct(fd, level, number, program)
	runtime.KeepAlive(v)
	return err
}

// BigEndianOption makes an option whose value is a C int in network byte order, IP_UNICAST_IF for example.
func BigEndianOption(name string, level, number int) Option[int] {
	return Option[int]{name, level, number, getBigEndian, setBigEndian}
}

func getBigEndian(fd, level, number int) (int, error) {
	b, err := getStruct[[4]byte](fd, level, number)
	return int(int32(binary.BigEndian.Uint32(b[:]))), err
}

func setBigEndian(fd, level, number, v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return EINVAL
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(v))
	return setStruct(fd, level, number, b)
}

// addr6Option makes an option whose value is an AF_INET6 address whose length the kernel doesn't report.
func addr6Option(name string, level, number int) Option[Sockaddr] {
	return Option[Sockaddr]{name, level, number, getAddr6, setAddr}
}

func getAddr6(fd, level, number int) (sa Sockaddr, err error) {
	sa.length = unix.SizeofSockaddrInet6
	e := getsockopt(fd, level, number, unsafe.Pointer(&sa.data), &sa.length)
	sa.length = min(sa.length, unix.SizeofSockaddrInet6)
	sa.received(e)
	return sa, result(e)
}

// lengthOption makes an option whose value is passed as the length of a NULL value.
func lengthOption(name string, level, number int) Option[int] {
	return Option[int]{name, level, number, getInt, setLength}
}

func setLength(fd, level, number, v int) error {
	if v < 0 || v > math.MaxInt32 {
		return EINVAL
	}
	return result(setsockopt(fd, level, number, nil, uintptr(v)))
}

// setOnly reads an option that can only be set, to return the kernel's error.
func setOnly[T any](fd, level, number int) (v T, err error) {
	_, err = getInt(fd, level, number)
	return v, err
}

func setUmemReg(fd, level, number int, v XDPUmemReg) error {
	err := setStruct(fd, level, number, unix.XDPUmemReg{
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
