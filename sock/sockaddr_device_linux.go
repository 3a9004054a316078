package sock

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// CANAddr is the content of an AF_CAN address: struct sockaddr_can of <linux/can.h>. An Ifindex of 0 means
// every interface. ISO-TP needs the two identifiers, to receive and to send with; for CAN_RAW and CAN_BCM
// they are 0. For J1939 use Raw.
type CANAddr struct {
	Ifindex    int
	RxID, TxID uint32
}

// CAN makes an AF_CAN address: struct sockaddr_can of <linux/can.h>.
func CAN(a CANAddr) Sockaddr {
	sa := makeSockaddr(unix.AF_CAN, unix.SizeofSockaddrCAN)
	sa.setIndex(a.Ifindex)
	binary.NativeEndian.PutUint32(sa.data[8:], a.RxID)
	binary.NativeEndian.PutUint32(sa.data[12:], a.TxID)
	return sa
}

// CAN decodes an AF_CAN address; ok is false for others. The identifiers are 0 in a short one, as old kernels return.
func (sa Sockaddr) CAN() (a CANAddr, ok bool) {
	if !sa.is(unix.AF_CAN, 8) {
		return CANAddr{}, false
	}
	return CANAddr{sa.index(), binary.NativeEndian.Uint32(sa.data[8:]), binary.NativeEndian.Uint32(sa.data[12:])}, true
}

// ALG makes an AF_ALG address of a type and an algorithm, such as "hash" and "sha256": struct sockaddr_alg of
// <linux/if_alg.h>. EINVAL means that typ is longer than 13 bytes, name longer than 63, or that one of them contains
// a NUL.
func ALG(typ, name string) (Sockaddr, error) {
	if len(typ) > 13 || len(name) > 63 || strings.IndexByte(typ+name, 0) >= 0 {
		return Sockaddr{}, EINVAL
	}
	sa := makeSockaddr(unix.AF_ALG, unix.SizeofSockaddrALG)
	copy(sa.data[2:], typ)
	copy(sa.data[24:], name)
	return sa, nil
}

// XDPAddr is the content of an AF_XDP address, a queue of an interface: struct sockaddr_xdp of <linux/if_xdp.h>. With
// XDP_SHARED_UMEM in Flags, SharedUmemFd is the socket whose memory this one shares.
type XDPAddr struct {
	Flags        uint16
	Ifindex      int
	Queue        uint32
	SharedUmemFd int
}

// XDP makes an AF_XDP address: struct sockaddr_xdp of <linux/if_xdp.h>.
func XDP(a XDPAddr) Sockaddr {
	sa := makeSockaddr(unix.AF_XDP, unix.SizeofSockaddrXDP)
	binary.NativeEndian.PutUint16(sa.data[2:], a.Flags)
	sa.setIndex(a.Ifindex)
	binary.NativeEndian.PutUint32(sa.data[8:], a.Queue)
	binary.NativeEndian.PutUint32(sa.data[12:], uint32(arg(a.SharedUmemFd)))
	return sa
}

// XDP decodes an AF_XDP address; ok is false for others.
func (sa Sockaddr) XDP() (a XDPAddr, ok bool) {
	if !sa.is(unix.AF_XDP, unix.SizeofSockaddrXDP) {
		return XDPAddr{}, false
	}
	return XDPAddr{
		Flags:        binary.NativeEndian.Uint16(sa.data[2:]),
		Ifindex:      sa.index(),
		Queue:        binary.NativeEndian.Uint32(sa.data[8:]),
		SharedUmemFd: cint(sa.data[12:]),
	}, true
}

// setIndex sets the interface index, which is at the same offset in every family that has one, except AF_INET6. An
// index that doesn't fit becomes -1, which no interface has.
func (sa *Sockaddr) setIndex(index int) {
	binary.NativeEndian.PutUint32(sa.data[4:], uint32(arg(index)))
}

func (sa *Sockaddr) index() int { return cint(sa.data[4:]) }
