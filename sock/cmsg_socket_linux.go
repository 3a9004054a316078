package sock

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Control messages of level SOL_SOCKET: socket(7), unix(7). Those of rights and of time are elsewhere.
// Who takes CMSG_PIDFD has a new descriptor to close, which Recvmsg made close-on-exec. SCM_TIMESTAMPING_OPT_STATS, which is
// netlink's attributes, and SCM_DEVMEM_LINEAR and SCM_DEVMEM_DMABUF, of memory that is a device's, are for Cmsgs alone.
var (
	CMSG_CREDENTIALS     = makeControl("SCM_CREDENTIALS", unix.SOL_SOCKET, unix.SCM_CREDENTIALS, encodeUcred, decodeUcred) // received with SO_PASSCRED
	CMSG_PIDFD           = IntControl("SCM_PIDFD", unix.SOL_SOCKET, unix.SCM_PIDFD)                                        // received with SO_PASSPIDFD
	CMSG_SO_PRIORITY     = Uint32Control("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY)                                 // received with SO_RCVPRIORITY
	CMSG_SO_MARK         = Uint32Control("SO_MARK", unix.SOL_SOCKET, unix.SO_MARK)                                         // received with SO_RCVMARK
	CMSG_SO_RXQ_OVFL     = Uint32Control("SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL)                                 // how many were dropped so far
	CMSG_WIFI_STATUS     = IntControl("SCM_WIFI_STATUS", unix.SOL_SOCKET, unix.SCM_WIFI_STATUS)
	CMSG_TXTIME          = makeControl("SCM_TXTIME", unix.SOL_SOCKET, unix.SCM_TXTIME, encodeUint64, decodeUint64) // nanoseconds of the clock that SO_TXTIME chose
	CMSG_TS_OPT_ID       = Uint32Control("SCM_TS_OPT_ID", unix.SOL_SOCKET, unix.SCM_TS_OPT_ID)                     // from Linux 6.13
	CMSG_INQ             = IntControl("SCM_INQ", unix.SOL_SOCKET, unix.SCM_INQ)                                    // bytes that are still unread
	CMSG_SO_TIMESTAMPING = Uint32Control("SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING)                 // SOF_TIMESTAMPING_TX flags of what is sent
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

// ParseSecurity reads an SCM_SECURITY message, the sender's security label: unix(7), ip(7).
// It comes with SO_PASSSEC or IP_PASSSEC; ok is false where c is of another type.
func ParseSecurity(c Cmsg) (label string, ok bool) {
	if c.Type != unix.SCM_SECURITY || c.Level != unix.SOL_SOCKET && c.Level != unix.IPPROTO_IP {
		return "", false
	}
	text, _, _ := bytes.Cut(c.Data, []byte{0})
	return string(text), true
}
