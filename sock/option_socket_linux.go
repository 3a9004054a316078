package sock

import "golang.org/x/sys/unix"

// Options of level SOL_SOCKET that only Linux has: socket(7), unix(7). SO_PEERNAME is missing because its length must
// be known in advance; Getpeername returns the same.
var (
	SO_DEBUG                 = BoolOption("SO_DEBUG", unix.SOL_SOCKET, unix.SO_DEBUG)
	SO_DONTROUTE             = BoolOption("SO_DONTROUTE", unix.SOL_SOCKET, unix.SO_DONTROUTE)
	SO_NO_CHECK              = BoolOption("SO_NO_CHECK", unix.SOL_SOCKET, unix.SO_NO_CHECK) // no UDP checksums over IPv4
	SO_PRIORITY              = IntOption("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY)
	SO_BSDCOMPAT             = BoolOption("SO_BSDCOMPAT", unix.SOL_SOCKET, unix.SO_BSDCOMPAT) // does nothing since Linux 2.4
	SO_PASSCRED              = BoolOption("SO_PASSCRED", unix.SOL_SOCKET, unix.SO_PASSCRED)
	SO_PEERCRED              = StructOption[Ucred]("SO_PEERCRED", unix.SOL_SOCKET, unix.SO_PEERCRED)
	SO_SNDLOWAT              = IntOption("SO_SNDLOWAT", unix.SOL_SOCKET, unix.SO_SNDLOWAT)            // always 1
	SO_BINDTODEVICE          = StringOption("SO_BINDTODEVICE", unix.SOL_SOCKET, unix.SO_BINDTODEVICE) // "" removes the binding
	SO_ATTACH_FILTER         = FilterOption("SO_ATTACH_FILTER", unix.SOL_SOCKET, unix.SO_ATTACH_FILTER)
	SO_GET_FILTER            = SO_ATTACH_FILTER                                                      // C's other name for the same number
	SO_DETACH_FILTER         = IntOption("SO_DETACH_FILTER", unix.SOL_SOCKET, unix.SO_DETACH_FILTER) // the value is ignored
	SO_TIMESTAMP             = BoolOption("SO_TIMESTAMP", unix.SOL_SOCKET, unix.SO_TIMESTAMP)
	SO_PEERSEC               = StringOption("SO_PEERSEC", unix.SOL_SOCKET, unix.SO_PEERSEC) // ERANGE if it is longer than 255 bytes
	SO_SNDBUFFORCE           = IntOption("SO_SNDBUFFORCE", unix.SOL_SOCKET, unix.SO_SNDBUFFORCE)
	SO_RCVBUFFORCE           = IntOption("SO_RCVBUFFORCE", unix.SOL_SOCKET, unix.SO_RCVBUFFORCE)
	SO_PASSSEC               = BoolOption("SO_PASSSEC", unix.SOL_SOCKET, unix.SO_PASSSEC)
	SO_TIMESTAMPNS           = BoolOption("SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS)
	SO_MARK                  = Uint32Option("SO_MARK", unix.SOL_SOCKET, unix.SO_MARK)
	SO_TIMESTAMPING          = StructOption[SoTimestamping]("SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING)
	SO_PROTOCOL              = IntOption("SO_PROTOCOL", unix.SOL_SOCKET, unix.SO_PROTOCOL)
	SO_DOMAIN                = IntOption("SO_DOMAIN", unix.SOL_SOCKET, unix.SO_DOMAIN)
	SO_RXQ_OVFL              = BoolOption("SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL)
	SO_WIFI_STATUS           = BoolOption("SO_WIFI_STATUS", unix.SOL_SOCKET, unix.SO_WIFI_STATUS)
	SO_PEEK_OFF              = IntOption("SO_PEEK_OFF", unix.SOL_SOCKET, unix.SO_PEEK_OFF) // -1 is off
	SO_NOFCS                 = BoolOption("SO_NOFCS", unix.SOL_SOCKET, unix.SO_NOFCS)
	SO_LOCK_FILTER           = BoolOption("SO_LOCK_FILTER", unix.SOL_SOCKET, unix.SO_LOCK_FILTER) // permanent: turning it off is EPERM
	SO_SELECT_ERR_QUEUE      = BoolOption("SO_SELECT_ERR_QUEUE", unix.SOL_SOCKET, unix.SO_SELECT_ERR_QUEUE)
	SO_BUSY_POLL             = MicrosecondsOption("SO_BUSY_POLL", unix.SOL_SOCKET, unix.SO_BUSY_POLL)
	SO_MAX_PACING_RATE       = StructOption[uint]("SO_MAX_PACING_RATE", unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE) // bytes per second, C's unsigned long; all ones is no limit
	SO_BPF_EXTENSIONS        = IntOption("SO_BPF_EXTENSIONS", unix.SOL_SOCKET, unix.SO_BPF_EXTENSIONS)
	SO_INCOMING_CPU          = IntOption("SO_INCOMING_CPU", unix.SOL_SOCKET, unix.SO_INCOMING_CPU)
	SO_ATTACH_BPF            = IntOption("SO_ATTACH_BPF", unix.SOL_SOCKET, unix.SO_ATTACH_BPF) // descriptor of a program
	SO_DETACH_BPF            = SO_DETACH_FILTER                                                // C's other name for the same number
	SO_ATTACH_REUSEPORT_CBPF = FilterOption("SO_ATTACH_REUSEPORT_CBPF", unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF)
	SO_ATTACH_REUSEPORT_EBPF = IntOption("SO_ATTACH_REUSEPORT_EBPF", unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_EBPF) // descriptor of a program
	SO_CNX_ADVICE            = IntOption("SO_CNX_ADVICE", unix.SOL_SOCKET, unix.SO_CNX_ADVICE)                       // 1 requests another route
	SO_MEMINFO               = StructOption[[9]uint32]("SO_MEMINFO", unix.SOL_SOCKET, unix.SO_MEMINFO)               // indexed by SK_MEMINFO_RMEM_ALLOC and others
	SO_INCOMING_NAPI_ID      = Uint32Option("SO_INCOMING_NAPI_ID", unix.SOL_SOCKET, unix.SO_INCOMING_NAPI_ID)
	SO_COOKIE                = StructOption[uint64]("SO_COOKIE", unix.SOL_SOCKET, unix.SO_COOKIE)
	SO_PEERGROUPS            = SliceOption[uint32]("SO_PEERGROUPS", unix.SOL_SOCKET, unix.SO_PEERGROUPS) // ERANGE if there are more than 1024
	SO_ZEROCOPY              = BoolOption("SO_ZEROCOPY", unix.SOL_SOCKET, unix.SO_ZEROCOPY)              // for MSG_ZEROCOPY: see the type Zerocopy
	SO_TXTIME                = StructOption[SockTxtime]("SO_TXTIME", unix.SOL_SOCKET, unix.SO_TXTIME)
	SO_BINDTOIFINDEX         = IntOption("SO_BINDTOIFINDEX", unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX)
	SO_DETACH_REUSEPORT_BPF  = IntOption("SO_DETACH_REUSEPORT_BPF", unix.SOL_SOCKET, unix.SO_DETACH_REUSEPORT_BPF) // the value is ignored
	SO_PREFER_BUSY_POLL      = BoolOption("SO_PREFER_BUSY_POLL", unix.SOL_SOCKET, unix.SO_PREFER_BUSY_POLL)
	SO_BUSY_POLL_BUDGET      = IntOption("SO_BUSY_POLL_BUDGET", unix.SOL_SOCKET, unix.SO_BUSY_POLL_BUDGET)
	SO_NETNS_COOKIE          = StructOption[uint64]("SO_NETNS_COOKIE", unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	SO_BUF_LOCK              = Uint32Option("SO_BUF_LOCK", unix.SOL_SOCKET, unix.SO_BUF_LOCK)
	SO_RESERVE_MEM           = IntOption("SO_RESERVE_MEM", unix.SOL_SOCKET, unix.SO_RESERVE_MEM)
	SO_TXREHASH              = IntOption("SO_TXREHASH", unix.SOL_SOCKET, unix.SO_TXREHASH)
	SO_RCVMARK               = BoolOption("SO_RCVMARK", unix.SOL_SOCKET, unix.SO_RCVMARK)
	SO_PASSPIDFD             = BoolOption("SO_PASSPIDFD", unix.SOL_SOCKET, unix.SO_PASSPIDFD)
	SO_PEERPIDFD             = IntOption("SO_PEERPIDFD", unix.SOL_SOCKET, unix.SO_PEERPIDFD) // a new descriptor each time, which the caller must close
	SO_DEVMEM_DONTNEED       = SliceOption[DmabufToken]("SO_DEVMEM_DONTNEED", unix.SOL_SOCKET, unix.SO_DEVMEM_DONTNEED)
	SO_RCVPRIORITY           = BoolOption("SO_RCVPRIORITY", unix.SOL_SOCKET, unix.SO_RCVPRIORITY)
	SO_PASSRIGHTS            = BoolOption("SO_PASSRIGHTS", unix.SOL_SOCKET, unix.SO_PASSRIGHTS) // on by default: see TryRecv
	SO_INQ                   = BoolOption("SO_INQ", unix.SOL_SOCKET, unix.SO_INQ)
)

// Ucred identifies the peer of an AF_UNIX socket: unix(7), struct ucred. Uid and Gid are 1<<32-1 if there is no peer.
type Ucred struct {
	Pid int32
	Uid uint32
	Gid uint32
}

// SoTimestamping is the value of SO_TIMESTAMPING, struct so_timestamping of <linux/net_tstamp.h>. BindPhc is the number
// of a hardware clock, used with SOF_TIMESTAMPING_BIND_PHC.
type SoTimestamping struct {
	Flags   uint32
	BindPhc int32
}

// SockTxtime is the value of SO_TXTIME, struct sock_txtime of <linux/net_tstamp.h>.
type SockTxtime struct {
	Clockid int32
	Flags   uint32
}

// DmabufToken is a range of buffers that SO_DEVMEM_DONTNEED returns to the kernel, struct
// dmabuf_token of <linux/uio.h>.
type DmabufToken struct {
	Start uint32
	Count uint32
}
