package sock

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/unix"
)

// CmsgType is one type of control message, with the Go type of its value: cmsg(3). This package has them under
// the type's C name, with the prefix CMSG_ added or in place of SCM_: CMSG_IP_TTL, CMSG_TXTIME. A type that it
// lacks is one line in your own code:
//
//	var CMSG_SCM_J1939_PRIO = sock.IntCmsgType("SCM_J1939_PRIO", 107, 3)
//
// A CmsgType is immutable: any number of goroutines may use it.
type CmsgType[T any] struct {
	cmsgKind
	others []cmsgKind // read in the same way
	encode func(v T) payload
	decode func(p payload) (v T, ok bool)
}

// cmsgKind is the level and type by which the kernel distinguishes control messages, and C's name for them.
type cmsgKind struct {
	name       string
	level, typ int
}

func (k cmsgKind) isOf(m *Cmsg) bool { return k.level == m.Level && k.typ == m.Type }

// String returns C's name of the type.
func (c CmsgType[T]) String() string { return c.name }

// Level returns the level of the messages, SOL_SOCKET or IPPROTO_IP for example.
func (c CmsgType[T]) Level() int { return c.level }

// Type returns the number of the messages' type.
func (c CmsgType[T]) Type() int { return c.typ }

// or returns a type that also reads messages of another level or type.
func (c CmsgType[T]) or(name string, level, typ int) CmsgType[T] {
	c.others = append(c.others, cmsgKind{name, level, typ})
	return c
}

func (c CmsgType[T]) isOf(m *Cmsg) bool {
	for _, other := range c.others {
		if other.isOf(m) {
			return true
		}
	}
	return c.cmsgKind.isOf(m)
}

// kinds returns all kinds that Parse reads.
func (c CmsgType[T]) kinds() []cmsgKind { return append([]cmsgKind{c.cmsgKind}, c.others...) }

// Append appends a control message to b, which must hold only such messages, or nothing: cmsg(3). A value that C's type
// can't hold becomes a message without data, which the kernel refuses with EINVAL.
//
//	m.Control = sock.CMSG_IP_TTL.Append(m.Control[:0], 64)
func (c CmsgType[T]) Append(b []byte, v T) []byte {
	var p payload
	if c.encode != nil {
		p = c.encode(v)
	}
	return AppendCmsg(b, c.level, c.typ, p.data[:p.length])
}

// Parse returns the value of a control message: cmsg(3). ok is false if m is of another type or has the wrong length.
// Some types have several lengths, so the last message may look whole even if the kernel cut it off (MSG_CTRUNC).
func (c CmsgType[T]) Parse(m Cmsg) (v T, ok bool) {
	if c.decode == nil || !c.isOf(&m) {
		return v, false
	}
	p := payload{length: len(m.Data)}
	copy(p.data[:], m.Data)
	return c.decode(p)
}

// IntCmsgType makes a type of control message whose data is a C int: cmsg(3). It also reads data of 1 or 2 bytes.
func IntCmsgType(name string, level, typ int) CmsgType[int] {
	return makeCmsgType(name, level, typ, encodeInt, decodeInt)
}

// Uint32CmsgType makes a type of control message whose data is a C unsigned int, __u32 or a set of flags: cmsg(3).
func Uint32CmsgType(name string, level, typ int) CmsgType[uint32] {
	return makeCmsgType(name, level, typ, encodeUint32, decodeUint32)
}

func makeCmsgType[T any](name string, level, typ int, encode func(T) payload, decode func(payload) (T, bool)) CmsgType[T] {
	return CmsgType[T]{cmsgKind: cmsgKind{name, level, typ}, encode: encode, decode: decode}
}

// payload is a copy of a control message's data. A slice that passed through a function value would move the caller's
// buffer to the heap. length may be more than data holds; no type that is read here is that long.
type payload struct {
	data   [64]byte
	length int
}

func (p *payload) uint16(at int) uint16 { return binary.NativeEndian.Uint16(p.data[at:]) }

func (p *payload) uint32(at int) uint32 { return binary.NativeEndian.Uint32(p.data[at:]) }

func (p *payload) uint64(at int) uint64 { return binary.NativeEndian.Uint64(p.data[at:]) }

func (p *payload) int(at int) int { return cint(p.data[at:]) }

func (p *payload) put(b ...byte) { p.length += copy(p.data[p.length:], b) }

func (p *payload) put16(v uint16) {
	binary.NativeEndian.PutUint16(p.data[p.length:], v)
	p.length += 2
}

func (p *payload) put32(v uint32) {
	binary.NativeEndian.PutUint32(p.data[p.length:], v)
	p.length += 4
}

func (p *payload) put64(v uint64) {
	binary.NativeEndian.PutUint64(p.data[p.length:], v)
	p.length += 8
}

// sockaddr returns the IPv4 or IPv6 address at an offset, or the zero Sockaddr if no whole address is there.
func (p *payload) sockaddr(at int) (sa Sockaddr) {
	switch p.uint16(at) {
	case unix.AF_INET:
		sa.length = unix.SizeofSockaddrInet4
	case unix.AF_INET6:
		sa.length = unix.SizeofSockaddrInet6
	}
	if p.length < at+int(sa.length) {
		return Sockaddr{}
	}
	copy(sa.bytes(), p.data[at:])
	return sa
}

func encodeInt(v int) (p payload) {
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		p.put32(uint32(v))
	}
	return p
}

func encodeByte(v int) (p payload) {
	if v >= 0 && v <= math.MaxUint8 {
		p.put(byte(v))
	}
	return p
}

func encodeUint16(v int) (p payload) {
	if v >= 0 && v <= math.MaxUint16 {
		p.put16(uint16(v))
	}
	return p
}

// decodeInt accepts every length that kernels have sent: IP_TOS has 1 byte, and UDP_GRO had 2.
func decodeInt(p payload) (v int, ok bool) {
	switch p.length {
	case 1:
		return int(p.data[0]), true
	case 2:
		return int(p.uint16(0)), true
	case 4:
		return p.int(0), true
	}
	return 0, false
}

func encodeUint32(v uint32) (p payload) {
	p.put32(v)
	return p
}

func decodeUint32(p payload) (v uint32, ok bool) {
	if p.length != 4 {
		return 0, false
	}
	return p.uint32(0), true
}

func encodeUint64(v uint64) (p payload) {
	p.put64(v)
	return p
}

func decodeUint64(p payload) (v uint64, ok bool) {
	if p.length != 8 {
		return 0, false
	}
	return p.uint64(0), true
}
