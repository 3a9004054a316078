package sockdiag

import (
	"encoding/binary"

	"example.com/berkeley/sock"
)

// sizeofUnixMsg is the size of struct unix_diag_msg of <linux/unix_diag.h>.
const sizeofUnixMsg = 16

// What a request asks for, the UDIAG_SHOW constants, and the attributes that answer.
const (
	showName   = 1 << unixDiagName
	showPeer   = 1 << unixDiagPeer
	showQueues = 1 << unixDiagRqlen
	showMemory = 1 << unixDiagMeminfo
	showUID    = 1 << 6

	unixDiagName    = 0
	unixDiagPeer    = 2
	unixDiagRqlen   = 4
	unixDiagMeminfo = 5
	unixDiagUID     = 7
)

// unixRequest is struct unix_diag_req. Inode 0 stands for all sockets.
func unixRequest(states States, inode uint32) []byte {
	p := make([]byte, 24)
	p[0] = sock.AF_UNIX
	binary.NativeEndian.PutUint32(p[4:], states.bits())
	binary.NativeEndian.PutUint32(p[8:], inode)
	binary.NativeEndian.PutUint32(p[12:], showName|showPeer|showQueues|showMemory|showUID)
	binary.NativeEndian.PutUint64(p[16:], ^uint64(0)) // UNIX_DIAG_NOCOOKIE
	return p
}

// decodeUnix reads struct unix_diag_msg and the attributes that follow it.
func decodeUnix(p []byte, s *Socket) (ok bool) {
	if len(p) < sizeofUnixMsg {
		return false
	}
	s.Family, s.Type, s.State = int(p[0]), int(p[1]), sock.TCPState(p[2])
	s.Inode = binary.NativeEndian.Uint32(p[4:])
	s.Cookie = cookie(p[8:])
	s.Local, s.Remote = sock.Unnamed(), sock.Unnamed()
	return eachAttribute(p[sizeofUnixMsg:], s.unixAttribute)
}

func (s *Socket) unixAttribute(kind uint16, value []byte) {
	switch {
	case kind == unixDiagName:
		if sa, err := sock.Raw(sock.AF_UNIX, value); err == nil {
			s.Local = sa
		}
	case kind == unixDiagPeer && len(value) >= 4:
		s.Peer = binary.NativeEndian.Uint32(value)
	case kind == unixDiagRqlen && len(value) >= 8:
		s.Received, s.Queued = binary.NativeEndian.Uint32(value), binary.NativeEndian.Uint32(value[4:])
	case kind == unixDiagMeminfo && len(value) >= skMeminfoDrops*4+4:
		s.Drops = binary.NativeEndian.Uint32(value[skMeminfoDrops*4:])
	case kind == unixDiagUID && len(value) >= 4:
		s.UID = binary.NativeEndian.Uint32(value)
	}
}
