package sock

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/unix"
)

// Control is one type of control message, with the Go type of its value: cmsg(3).
// This package has them under C's name of the type after CMSG_, which takes the place of SCM_: CMSG_IP_TTL, CMSG_TXTIME.
// One that it lacks is a line in your own code:
//
//	var CMSG_SCM_J1939_PRIO = sock.IntControl("SCM_J1939_PRIO", 107, 3)
//
// A Control doesn't change: any number of goroutines may use it.
type Control[T any] struct {
	label  string
	id     cmsgID
	others []cmsgID
	encode func(v T) payload
	decode func(p payload) (v T, ok bool)
}

type cmsgID struct{ level, typ int }

// String is C's name of the type.
func (c Control[T]) String() string { return c.label }

// Level is the level of the messages, SOL_SOCKET or IPPROTO_IP for example.
func (c Control[T]) Level() int { return c.id.level }

// Type is the number of the messages' type.
func (c Control[T]) Type() int { return c.id.typ }

// or has messages of another level or type read as well.
func (c Control[T]) or(level, typ int) Control[T] {
	c.others = append(c.others, cmsgID{level, typ})
	return c
}

func (c *Control[T]) isOf(m *Cmsg) bool {
	id := cmsgID{m.Level, m.Type}
	for _, other := range c.others {
		if id == other {
			return true
		}
	}
	return id == c.id
}

// AppendControl appends a control message to b, which holds nothing but such messages: cmsg(3).
// A value that C's type can't hold becomes a message without data, which the kernel refuses with EINVAL.
//
//	m.Control = sock.AppendControl(m.Control[:0], sock.CMSG_IP_TTL, 64)
func AppendControl[T any](b []byte, c Control[T], v T) []byte {
	var p payload
	if c.encode != nil {
		p = c.encode(v)
	}
	return AppendCmsg(b, c.id.level, c.id.typ, p.data[:p.length])
}

// ParseControl reads a control message: cmsg(3). ok is false where m is of another type, or has a wrong length.
func ParseControl[T any](m Cmsg, c Control[T]) (v T, ok bool) {
	if c.decode == nil || !c.isOf(&m) {
		return v, false
	}
	p := payload{length: len(m.Data)}
	copy(p.data[:], m.Data)
	return c.decode(p)
}

// IntControl makes a type of control message whose data is a C int: cmsg(3). It reads one of 1 or 2 bytes too.
func IntControl(label string, level, typ int) Control[int] {
	return makeControl(label, level, typ, encodeInt, decodeInt)
}

// Uint32Control makes a type of control message whose data is a C unsigned int, __u32 or a set of flags: cmsg(3).
func Uint32Control(label string, level, typ int) Control[uint32] {
	return makeControl(label, level, typ, encodeUint32, decodeUint32)
}

func makeControl[T any](label string, level, typ int, encode func(T) payload, decode func(payload) (T, bool)) Control[T] {
	return Control[T]{label: label, id: cmsgID{level, typ}, encode: encode, decode: decode}
}

// payload is the data of a control message as a value. A slice that went through a function value would have the caller's
// buffer allocated. length may be more than data holds; no type that is read here has so much.
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

// sockaddr is the IPv4 or IPv6 address at a place; it is no address where there is none, or not all of one.
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

// decodeInt takes every length that kernels have sent: IP_TOS has 1 byte, and UDP_GRO had 2.
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
