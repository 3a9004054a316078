package strace

import "golang.org/x/sys/unix"

// The names of flags and events.

// Flags of send(2) and recv(2).
var messageFlagNames = nameTable{
	{unix.MSG_OOB, "MSG_OOB"},
	{unix.MSG_PEEK, "MSG_PEEK"},
	{unix.MSG_DONTROUTE, "MSG_DONTROUTE"},
	{unix.MSG_CTRUNC, "MSG_CTRUNC"},
	{unix.MSG_PROXY, "MSG_PROBE"}, // its name in the kernel
	{unix.MSG_TRUNC, "MSG_TRUNC"},
	{unix.MSG_DONTWAIT, "MSG_DONTWAIT"},
	{unix.MSG_EOR, "MSG_EOR"},
	{unix.MSG_WAITALL, "MSG_WAITALL"},
	{unix.MSG_FIN, "MSG_FIN"},
	{unix.MSG_SYN, "MSG_SYN"},
	{unix.MSG_CONFIRM, "MSG_CONFIRM"},
	{unix.MSG_RST, "MSG_RST"},
	{unix.MSG_ERRQUEUE, "MSG_ERRQUEUE"},
	{unix.MSG_NOSIGNAL, "MSG_NOSIGNAL"},
	{unix.MSG_MORE, "MSG_MORE"},
	{unix.MSG_WAITFORONE, "MSG_WAITFORONE"},
	{0x20000, "MSG_SENDPAGE_NOTLAST"}, // <linux/socket.h> of the kernel
	{unix.MSG_BATCH, "MSG_BATCH"},
	{0x80000, "MSG_NO_SHARED_FRAGS"}, // <linux/socket.h> of the kernel
	{unix.MSG_ZEROCOPY, "MSG_ZEROCOPY"},
	{unix.MSG_FASTOPEN, "MSG_FASTOPEN"},
	{unix.MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
	{0x80000000, "MSG_CMSG_COMPAT"}, // <linux/socket.h> of the kernel
}

// Directions: shutdown(2).
var shutdownNames = nameTable{
	{unix.SHUT_RD, "SHUT_RD"},
	{unix.SHUT_WR, "SHUT_WR"},
	{unix.SHUT_RDWR, "SHUT_RDWR"},
}

// Events: poll(2).
var pollNames = nameTable{
	{unix.POLLIN, "POLLIN"},
	{unix.POLLPRI, "POLLPRI"},
	{unix.POLLOUT, "POLLOUT"},
	{unix.POLLERR, "POLLERR"},
	{unix.POLLHUP, "POLLHUP"},
	{unix.POLLNVAL, "POLLNVAL"},
	{0x40, "POLLRDNORM"}, // <asm-generic/poll.h>, like those below
	{0x80, "POLLRDBAND"},
	{0x100, "POLLWRNORM"},
	{0x200, "POLLWRBAND"},
	{0x400, "POLLMSG"},
	{0x1000, "POLLREMOVE"},
	{unix.POLLRDHUP, "POLLRDHUP"},
	{0x8000, "POLL_BUSY_LOOP"},
}

// Events: epoll_ctl(2).
var epollNames = nameTable{
	{unix.EPOLLIN, "EPOLLIN"},
	{unix.EPOLLPRI, "EPOLLPRI"},
	{unix.EPOLLOUT, "EPOLLOUT"},
	{unix.EPOLLERR, "EPOLLERR"},
	{unix.EPOLLHUP, "EPOLLHUP"},
	{0x20, "EPOLLNVAL"}, // <linux/eventpoll.h>
	{unix.EPOLLRDNORM, "EPOLLRDNORM"},
	{unix.EPOLLRDBAND, "EPOLLRDBAND"},
	{unix.EPOLLWRNORM, "EPOLLWRNORM"},
	{unix.EPOLLWRBAND, "EPOLLWRBAND"},
	{unix.EPOLLMSG, "EPOLLMSG"},
	{unix.EPOLLRDHUP, "EPOLLRDHUP"},
	{unix.EPOLLEXCLUSIVE, "EPOLLEXCLUSIVE"},
	{unix.EPOLLWAKEUP, "EPOLLWAKEUP"},
	{unix.EPOLLONESHOT, "EPOLLONESHOT"},
	{unix.EPOLLET, "EPOLLET"},
}

// Flags: epoll_create1(2).
var epollFlagNames = nameTable{
	{unix.EPOLL_CLOEXEC, "EPOLL_CLOEXEC"},
}

// Operations: epoll_ctl(2).
var epollOpNames = nameTable{
	{unix.EPOLL_CTL_ADD, "EPOLL_CTL_ADD"},
	{unix.EPOLL_CTL_DEL, "EPOLL_CTL_DEL"},
	{unix.EPOLL_CTL_MOD, "EPOLL_CTL_MOD"},
}

// Flags: splice(2).
var spliceFlagNames = nameTable{
	{unix.SPLICE_F_MOVE, "SPLICE_F_MOVE"},
	{unix.SPLICE_F_NONBLOCK, "SPLICE_F_NONBLOCK"},
	{unix.SPLICE_F_MORE, "SPLICE_F_MORE"},
	{unix.SPLICE_F_GIFT, "SPLICE_F_GIFT"},
}

// Flags: dup3(2), pipe2(2).
var openFlagNames = nameTable{
	{unix.O_CREAT, "O_CREAT"},
	{unix.O_EXCL, "O_EXCL"},
	{unix.O_NOCTTY, "O_NOCTTY"},
	{unix.O_TRUNC, "O_TRUNC"},
	{unix.O_APPEND, "O_APPEND"},
	{unix.O_NONBLOCK, "O_NONBLOCK"},
	{unix.O_SYNC, "O_SYNC"},
	{unix.O_DSYNC, "O_DSYNC"},
	{unix.O_DIRECT, "O_DIRECT"},
	{unix.O_NOFOLLOW, "O_NOFOLLOW"},
	{unix.O_NOATIME, "O_NOATIME"},
	{unix.O_CLOEXEC, "O_CLOEXEC"},
	{unix.O_PATH, "O_PATH"},
	{unix.O_TMPFILE, "O_TMPFILE"},
	{unix.O_DIRECTORY, "O_DIRECTORY"},
}

// Types of control messages of level SOL_SOCKET.
var scmNames = nameTable{
	{unix.SCM_RIGHTS, "SCM_RIGHTS"},
	{unix.SCM_CREDENTIALS, "SCM_CREDENTIALS"},
	{unix.SCM_SECURITY, "SCM_SECURITY"},
	{unix.SO_WIFI_STATUS, "SO_WIFI_STATUS"},
	{unix.SO_TXTIME, "SO_TXTIME"},
	{unix.SO_TIMESTAMP_OLD, "SO_TIMESTAMP_OLD"},
	{unix.SO_TIMESTAMPNS_OLD, "SO_TIMESTAMPNS_OLD"},
	{unix.SO_TIMESTAMPING_OLD, "SO_TIMESTAMPING_OLD"},
	{unix.SO_TIMESTAMP_NEW, "SO_TIMESTAMP_NEW"},
	{unix.SO_TIMESTAMPNS_NEW, "SO_TIMESTAMPNS_NEW"},
	{unix.SO_TIMESTAMPING_NEW, "SO_TIMESTAMPING_NEW"},
	{unix.SCM_TIMESTAMPING_OPT_STATS, "SCM_TIMESTAMPING_OPT_STATS"},
	{unix.SCM_TIMESTAMPING_PKTINFO, "SCM_TIMESTAMPING_PKTINFO"},
}

// Types of control messages of level IPPROTO_IP.
var ipCmsgNames = nameTable{
	{unix.IP_TOS, "IP_TOS"},
	{unix.IP_TTL, "IP_TTL"},
	{unix.IP_RECVOPTS, "IP_RECVOPTS"},
	{unix.IP_RETOPTS, "IP_RETOPTS"},
	{unix.IP_PKTINFO, "IP_PKTINFO"},
	{unix.IP_RECVERR, "IP_RECVERR"},
	{unix.IP_ORIGDSTADDR, "IP_ORIGDSTADDR"},
	{unix.IP_CHECKSUM, "IP_CHECKSUM"},
	{unix.SCM_SECURITY, "SCM_SECURITY"},
}

// Types of packets: packet(7).
var packetTypeNames = nameTable{
	{unix.PACKET_HOST, "PACKET_HOST"},
	{unix.PACKET_BROADCAST, "PACKET_BROADCAST"},
	{unix.PACKET_MULTICAST, "PACKET_MULTICAST"},
	{unix.PACKET_OTHERHOST, "PACKET_OTHERHOST"},
	{unix.PACKET_OUTGOING, "PACKET_OUTGOING"},
	{unix.PACKET_LOOPBACK, "PACKET_LOOPBACK"},
	{unix.PACKET_USER, "PACKET_USER"},
	{unix.PACKET_KERNEL, "PACKET_KERNEL"},
}

// Memberships: packet(7).
var packetMreqNames = nameTable{
	{unix.PACKET_MR_MULTICAST, "PACKET_MR_MULTICAST"},
	{unix.PACKET_MR_PROMISC, "PACKET_MR_PROMISC"},
	{unix.PACKET_MR_ALLMULTI, "PACKET_MR_ALLMULTI"},
	{unix.PACKET_MR_UNICAST, "PACKET_MR_UNICAST"},
}

// Context IDs: vsock(7).
var vsockCidNames = nameTable{
	{unix.VMADDR_CID_HYPERVISOR, "VMADDR_CID_HYPERVISOR"},
	{unix.VMADDR_CID_LOCAL, "VMADDR_CID_LOCAL"},
	{unix.VMADDR_CID_HOST, "VMADDR_CID_HOST"},
	{unix.VMADDR_CID_ANY, "VMADDR_CID_ANY"},
}

// Ports: vsock(7).
var vsockPortNames = nameTable{
	{unix.VMADDR_PORT_ANY, "VMADDR_PORT_ANY"},
}

// Flags of an address: vsock(7).
var vsockFlagNames = nameTable{
	{unix.VMADDR_FLAG_TO_HOST, "VMADDR_FLAG_TO_HOST"},
}

// Flags of an address of AF_XDP.
var xdpFlagNames = nameTable{
	{unix.XDP_SHARED_UMEM, "XDP_SHARED_UMEM"},
	{unix.XDP_COPY, "XDP_COPY"},
	{unix.XDP_ZEROCOPY, "XDP_ZEROCOPY"},
	{unix.XDP_USE_NEED_WAKEUP, "XDP_USE_NEED_WAKEUP"},
}

// Flags of an address of AF_ALG.
var algFlagNames = nameTable{
	{0x1000, "CRYPTO_ALG_KERN_DRIVER_ONLY"}, // <linux/crypto.h>
}

// Values of SO_TXREHASH.
var txrehashNames = nameTable{
	{unix.SOCK_TXREHASH_DISABLED, "SOCK_TXREHASH_DISABLED"},
	{unix.SOCK_TXREHASH_ENABLED, "SOCK_TXREHASH_ENABLED"},
	{unix.SOCK_TXREHASH_DEFAULT, "SOCK_TXREHASH_DEFAULT"},
}

// Types of ICMP messages: raw(7).
var icmpNames = nameTable{
	{0, "ICMP_ECHOREPLY"}, // <linux/icmp.h>
	{3, "ICMP_DEST_UNREACH"},
	{4, "ICMP_SOURCE_QUENCH"},
	{5, "ICMP_REDIRECT"},
	{8, "ICMP_ECHO"},
	{11, "ICMP_TIME_EXCEEDED"},
	{12, "ICMP_PARAMETERPROB"},
	{13, "ICMP_TIMESTAMP"},
	{14, "ICMP_TIMESTAMPREPLY"},
	{15, "ICMP_INFO_REQUEST"},
	{16, "ICMP_INFO_REPLY"},
	{17, "ICMP_ADDRESS"},
	{18, "ICMP_ADDRESSREPLY"},
}

// Requests: ioctl(2), only those whose argument is a C int.
var ioctlNames = nameTable{
	{unix.SIOCINQ, "FIONREAD"},
	{unix.SIOCOUTQ, "TIOCOUTQ"},
	{unix.SIOCOUTQNSD, "SIOCOUTQNSD"},
	{unix.SIOCATMARK, "SIOCATMARK"},
}
