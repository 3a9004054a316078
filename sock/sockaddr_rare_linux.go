package sock

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// CAN makes an AF_CAN address: struct sockaddr_can of <linux/can.h>. An ifindex of 0 is every interface.
// ISO-TP has the identifiers of what is received and sent; CAN_RAW and CAN_BCM leave them 0. J1939's form takes Raw.
func CAN(ifindex, rxID, txID uint32) Sockaddr {
	sa := makeSockaddr(unix.AF_CAN, unix.SizeofSockaddrCAN)
	binary.NativeEndian.PutUint32(sa.data[4:], ifindex)
	binary.NativeEndian.PutUint32(sa.data[8:], rxID)
	binary.NativeEndian.PutUint32(sa.data[12:], txID)
	return sa
}

// ALG makes an AF_ALG address of a type and an algorithm, "hash" and "sha256" for example: struct sockaddr_alg of
// <linux/if_alg.h>. EINVAL means that typ is longer than 13 bytes, name than 63, or that either holds a NUL.
func ALG(typ, name string) (Sockaddr, error) {
	if len(typ) > 13 || len(name) > 63 || strings.IndexByte(typ+name, 0) >= 0 {
		return Sockaddr{}, EINVAL
	}
	sa := makeSockaddr(unix.AF_ALG, unix.SizeofSockaddrALG)
	copy(sa.data[2:], typ)
	copy(sa.data[24:], name)
	return sa, nil
}

// XDP makes an AF_XDP address of a queue of an interface: struct sockaddr_xdp of <linux/if_xdp.h>.
// With XDP_SHARED_UMEM in flags, sharedUmemFd is the socket whose memory this one shares.
func XDP(flags uint16, ifindex, queue, sharedUmemFd uint32) Sockaddr {
	sa := makeSockaddr(unix.AF_XDP, unix.SizeofSockaddrXDP)
	binary.NativeEndian.PutUint16(sa.data[2:], flags)
	binary.NativeEndian.PutUint32(sa.data[4:], ifindex)
	binary.NativeEndian.PutUint32(sa.data[8:], queue)
	binary.NativeEndian.PutUint32(sa.data[12:], sharedUmemFd)
	return sa
}
