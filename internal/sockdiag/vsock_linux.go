package sockdiag

import (
	"encoding/binary"

	"example.com/berkeley/sock"
)

// sizeofVsockMsg is the size of struct vsock_diag_msg of <linux/vm_sockets_diag.h>.
const sizeofVsockMsg = 32

// vsockRequest is struct vsock_diag_req for all sockets in some states.
func vsockRequest(states States) []byte {
	p := make([]byte, 24)
	p[0] = sock.AF_VSOCK
	binary.NativeEndian.PutUint32(p[4:], states.bits())
	return p
}

// decodeVsock reads struct vsock_diag_msg, which has no queues.
func decodeVsock(p []byte, s *Socket) (ok bool) {
	if len(p) < sizeofVsockMsg {
		return false
	}
	number := func(at int) uint32 { return binary.NativeEndian.Uint32(p[at:]) }
	s.Family, s.Type, s.State = int(p[0]), int(p[1]), sock.TCPState(p[2])
	s.Local, s.Remote = sock.VM(number(4), number(8)), sock.VM(number(12), number(16))
	s.Inode = number(20)
	s.Cookie = cookie(p[24:])
	return true
}
