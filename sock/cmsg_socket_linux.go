package sock

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Control messages of level SOL_SOCKET: socket(7), unix(7). For descriptors see AppendRights, for times CMSG_TIMESTAMP.
// CMSG_PIDFD holds a new descriptor, which the caller must close; Recvmsg makes it close-on-exec.
// SCM_TIMESTAMPING_OPT_STATS, whose data is netlink attributes, and SCM_DEVMEM_LINEAR and SCM_DEVMEM_DMABUF, about
// device memory, have no CmsgType: use Cmsgs.
var (
	CMSG_CREDENTIALS     = makeCmsgType("SCM_CREDENTIALS", unix.SOL_SOCKET, unix.SCM_CREDENTIALS, encodeUcred, decodeUcred) // received with SO_PASSCRED
	CMSG_PIDFD           = IntCmsgType("SCM_PIDFD", unix.SOL_SOCKET, unix.SCM_PIDFD)                                        // received with SO_PASSPIDFD
	CMSG_SO_PRIORITY     = Uint32CmsgType("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY)                                 // received with SO_RCVPRIORITY
	CMSG_SO_MARK         = Uint32CmsgType("SO_MARK", unix.SOL_SOCKET, unix.SO_MARK)                                         // received with SO_RCVMARK
	CMSG_SO_RXQ_OVFL     = Uint32CmsgType("SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL)                                 // number of packets dropped so far
	CMSG_WIFI_STATUS     = IntCmsgType("SCM_WIFI_STATUS", unix.SOL_SOCKET, unix.SCM_WIFI_STATUS)
	CMSG_TXTIME          = makeCmsgType("SCM_TXTIME", unix.SOL_SOCKET, unix.SCM_TXTIME, encodeUint64, decodeUint64) // nanoseconds of the clock chosen by SO_TXTIME
	CMSG_TS_OPT_ID       = Uint32CmsgType("SCM_TS_OPT_ID", unix.SOL_SOCKET, unix.SCM_TS_OPT_ID)                     // from Linux 6.13
	CMSG_INQ             = IntCmsgType("SCM_INQ", unix.SOL_SOCKET, unix.SCM_INQ)                                    // unread bytes
	CMSG_SO_TIMESTAMPING = Uint32CmsgType("SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING)                 // SOF_TIMESTAMPING_TX flags for the message sent
)

func encodeUcred(v Ucred) (p payload) {
	p.put32(uint32(v.Pid))
	p.put32(v.Uid)
	p.put32(v.Gid)
	return p
}

func decodeUcred(p payload) (v Ucred, ok bool) {
	if p.length != unix.SizeofUcred {
		return v, false
	}
	return Ucred{int32(p.uint32(0)), p.uint32(4), p.uint32(8)}, true
}

// ParseSecurity returns the label of an SCM_SECURITY message, which is the security context of the sender: unix(7),
// ip(7). The message comes with SO_PASSSEC or IP_PASSSEC; ok is false if c is of another type.
func ParseSecurity(c Cmsg) (label string, ok bool) {
	if c.Type != unix.SCM_SECURITY || c.Level != unix.SOL_SOCKET && c.Level != unix.IPPROTO_IP {
		return "", false
	}
	text, _, _ := bytes.Cut(c.Data, []byte{0})
	return string(text), true
}
