package sock

import "golang.org/x/sys/unix"

// Options of level SOL_SOCKET that Linux has beside the common ones: socket(7), unix(7).
// SO_PEERNAME isn't here: it wants to be told the length of what it is asked for, and Getpeername gives the same.
var (
	SO_DEBUG                 = listed(BoolOption("SO_DEBUG", unix.SOL_SOCKET, unix.SO_DEBUG))
	SO_DONTROUTE             = listed(BoolOption("SO_DONTROUTE", unix.SOL_SOCKET, unix.SO_DONTROUTE))
	SO_NO_CHECK              = listed(BoolOption("SO_NO_CHECK", unix.SOL_SOCKET, unix.SO_NO_CHECK)) // no UDP checksums over IPv4
	SO_PRIORITY              = listed(IntOption("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY))
	SO_BSDCOMPAT             = listed(BoolOption("SO_BSDCOMPAT", unix.SOL_SOCKET, unix.SO_BSDCOMPAT)) // does nothing since Linux 2.4
	SO_PASSCRED              = listed(BoolOption("SO_PASSCRED", unix.SOL_SOCKET, unix.SO_PASSCRED))
	SO_PEERCRED              = listed(StructOption[Ucred]("SO_PEERCRED", unix.SOL_SOCKET, unix.SO_PEERCRED))
	SO_SNDLOWAT              = listed(IntOption("SO_SNDLOWAT", unix.SOL_SOCKET, unix.SO_SNDLOWAT))            // always 1
	SO_BINDTODEVICE          = listed(StringOption("SO_BINDTODEVICE", unix.SOL_SOCKET, unix.SO_BINDTODEVICE)) // "" takes it off
	SO_ATTACH_FILTER         = listed(FilterOption("SO_ATTACH_FILTER", unix.SOL_SOCKET, unix.SO_ATTACH_FILTER))
	SO_GET_FILTER            = SO_ATTACH_FILTER                                                              // C's other name of the same number
	SO_DETACH_FILTER         = listed(IntOption("SO_DETACH_FILTER", unix.SOL_SOCKET, unix.SO_DETACH_FILTER)) // the value doesn't count
	SO_TIMESTAMP             = listed(BoolOption("SO_TIMESTAMP", unix.SOL_SOCKET, unix.SO_TIMESTAMP))
	SO_PEERSEC               = listed(StringOption("SO_PEERSEC", unix.SOL_SOCKET, unix.SO_PEERSEC)) // ERANGE where it is longer than 255 bytes
	SO_SNDBUFFORCE           = listed(IntOption("SO_SNDBUFFORCE", unix.SOL_SOCKET, unix.SO_SNDBUFFORCE))
	SO_RCVBUFFORCE           = listed(IntOption("SO_RCVBUFFORCE", unix.SOL_SOCKET, unix.SO_RCVBUFFORCE))
	SO_PASSSEC               = listed(BoolOption("SO_PASSSEC", unix.SOL_SOCKET, unix.SO_PASSSEC))
	SO_TIMESTAMPNS           = listed(BoolOption("SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS))
	SO_MARK                  = listed(Uint32Option("SO_MARK", unix.SOL_SOCKET, unix.SO_MARK))
	SO_TIMESTAMPING          = listed(StructOption[SoTimestamping]("SO_TIMESTAMPING", unix.SOL_SOCKET, unix.SO_TIMESTAMPING))
	SO_PROTOCOL              = listed(IntOption("SO_PROTOCOL", unix.SOL_SOCKET, unix.SO_PROTOCOL))
	SO_DOMAIN                = listed(IntOption("SO_DOMAIN", unix.SOL_SOCKET, unix.SO_DOMAIN))
	SO_RXQ_OVFL              = listed(BoolOption("SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL))
	SO_WIFI_STATUS           = listed(BoolOption("SO_WIFI_STATUS", unix.SOL_SOCKET, unix.SO_WIFI_STATUS))
	SO_PEEK_OFF              = listed(IntOption("SO_PEEK_OFF", unix.SOL_SOCKET, unix.SO_PEEK_OFF)) // -1 is off
	SO_NOFCS                 = listed(BoolOption("SO_NOFCS", unix.SOL_SOCKET, unix.SO_NOFCS))
	SO_LOCK_FILTER           = listed(BoolOption("SO_LOCK_FILTER", unix.SOL_SOCKET, unix.SO_LOCK_FILTER)) // for good: taking it off is EPERM
	SO_SELECT_ERR_QUEUE      = listed(BoolOption("SO_SELECT_ERR_QUEUE", unix.SOL_SOCKET, unix.SO_SELECT_ERR_QUEUE))
	SO_BUSY_POLL             = listed(MicrosecondsOption("SO_BUSY_POLL", unix.SOL_SOCKET, unix.SO_BUSY_POLL))
	SO_MAX_PACING_RATE       = listed(StructOption[uint]("SO_MAX_PACING_RATE", unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE)) // bytes a second, C's unsigned long; all ones is no limit
	SO_BPF_EXTENSIONS        = listed(IntOption("SO_BPF_EXTENSIONS", unix.SOL_SOCKET, unix.SO_BPF_EXTENSIONS))
	SO_INCOMING_CPU          = listed(IntOption("SO_INCOMING_CPU", unix.SOL_SOCKET, unix.SO_INCOMING_CPU))
	SO_ATTACH_BPF            = listed(IntOption("SO_ATTACH_BPF", unix.SOL_SOCKET, unix.SO_ATTACH_BPF)) // a program's descriptor
	SO_DETACH_BPF            = SO_DETACH_FILTER                                                        // C's other name of the same number
	SO_ATTACH_REUSEPORT_CBPF = listed(FilterOption("SO_ATTACH_REUSEPORT_CBPF", unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF))
	SO_ATTACH_REUSEPORT_EBPF = listed(IntOption("SO_ATTACH_REUSEPORT_EBPF", unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_EBPF)) // a program's descriptor
	SO_CNX_ADVICE            = listed(IntOption("SO_CNX_ADVICE", unix.SOL_SOCKET, unix.SO_CNX_ADVICE))                       // 1 asks for another route
	SO_MEMINFO               = listed(StructOption[[9]uint32]("SO_MEMINFO", unix.SOL_SOCKET, unix.SO_MEMINFO))               // SK_MEMINFO_RMEM_ALLOC and on
	SO_INCOMING_NAPI_ID      = listed(Uint32Option("SO_INCOMING_NAPI_ID", unix.SOL_SOCKET, unix.SO_INCOMING_NAPI_ID))
	SO_COOKIE                = listed(StructOption[uint64]("SO_COOKIE", unix.SOL_SOCKET, unix.SO_COOKIE))
	SO_PEERGROUPS            = listed(SliceOption[uint32]("SO_PEERGROUPS", unix.SOL_SOCKET, unix.SO_PEERGROUPS)) // ERANGE where there are more than 1024
	SO_ZEROCOPY              = listed(BoolOption("SO_ZEROCOPY", unix.SOL_SOCKET, unix.SO_ZEROCOPY))              // for MSG_ZEROCOPY: see the type Zerocopy
	SO_TXTIME                = listed(StructOption[SockTxtime]("SO_TXTIME", unix.SOL_SOCKET, unix.SO_TXTIME))
	SO_BINDTOIFINDEX         = listed(IntOption("SO_BINDTOIFINDEX", unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX))
	SO_DETACH_REUSEPORT_BPF  = listed(IntOption("SO_DETACH_REUSEPORT_BPF", unix.SOL_SOCKET, unix.SO_DETACH_REUSEPORT_BPF)) // the value doesn't count
	SO_PREFER_BUSY_POLL      = listed(BoolOption("SO_PREFER_BUSY_POLL", unix.SOL_SOCKET, unix.SO_PREFER_BUSY_POLL))
	SO_BUSY_POLL_BUDGET      = listed(IntOption("SO_BUSY_POLL_BUDGET", unix.SOL_SOCKET, unix.SO_BUSY_POLL_BUDGET))
	SO_NETNS_COOKIE          = listed(StructOption[uint64]("SO_NETNS_COOKIE", unix.SOL_SOCKET, unix.SO_NETNS_COOKIE))
	SO_BUF_LOCK              = listed(Uint32Option("SO_BUF_LOCK", unix.SOL_SOCKET, unix.SO_BUF_LOCK))
	SO_RESERVE_MEM           = listed(IntOption("SO_RESERVE_MEM", unix.SOL_SOCKET, unix.SO_RESERVE_MEM))
	SO_TXREHASH              = listed(IntOption("SO_TXREHASH", unix.SOL_SOCKET, unix.SO_TXREHASH))
	SO_RCVMARK               = listed(BoolOption("SO_RCVMARK", unix.SOL_SOCKET, unix.SO_RCVMARK))
	SO_PASSPIDFD             = listed(BoolOption("SO_PASSPIDFD", unix.SOL_SOCKET, unix.SO_PASSPIDFD))
	SO_PEERPIDFD             = listed(IntOption("SO_PEERPIDFD", unix.SOL_SOCKET, unix.SO_PEERPIDFD)) // a new descriptor at each reading, yours to close
	SO_DEVMEM_DONTNEED       = listed(SliceOption[DmabufToken]("SO_DEVMEM_DONTNEED", unix.SOL_SOCKET, unix.SO_DEVMEM_DONTNEED))
	SO_RCVPRIORITY           = listed(BoolOption("SO_RCVPRIORITY", unix.SOL_SOCKET, unix.SO_RCVPRIORITY))
	SO_PASSRIGHTS            = listed(BoolOption("SO_PASSRIGHTS", unix.SOL_SOCKET, unix.SO_PASSRIGHTS))
	SO_INQ                   = listed(BoolOption("SO_INQ", unix.SOL_SOCKET, unix.SO_INQ))
)

// Ucred is who is at the other end of an AF_UNIX socket: unix(7), struct ucred. Uid and Gid are 1<<32-1 where nobody is.
type Ucred struct {
	Pid int32
	Uid uint32
	Gid uint32
}

// SoTimestamping is the value of SO_TIMESTAMPING, struct so_timestamping of <linux/net_tstamp.h>.
// BindPhc is the number of a hardware clock, in use with SOF_TIMESTAMPING_BIND_PHC.
type SoTimestamping struct {
	Flags   uint32
	BindPhc int32
}

// SockTxtime is the value of SO_TXTIME, struct sock_txtime of <linux/net_tstamp.h>.
type SockTxtime struct {
	Clockid int32
	Flags   uint32
}

// DmabufToken is a run of buffers that SO_DEVMEM_DONTNEED gives back, struct dmabuf_token of <linux/uio.h>.
type DmabufToken struct {
	Start uint32
	Count uint32
}
