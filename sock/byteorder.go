//go:build unix

package sock

import "encoding/binary"

// Htons converts a number from host to network byte order: byteorder(3). Addresses need no conversion: their numbers
// are in host order. The protocol of an AF_PACKET socket needs it.
func Htons(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

// Htonl is Htons of 32 bits: byteorder(3).
func Htonl(v uint32) uint32 {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return binary.NativeEndian.Uint32(b[:])
}

// Ntohs converts a number from network to host byte order: byteorder(3).
func Ntohs(v uint16) uint16 { return Htons(v) }

// Ntohl is Ntohs of 32 bits: byteorder(3).
func Ntohl(v uint32) uint32 { return Htonl(v) }
