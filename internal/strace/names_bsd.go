//go:build unix && !linux

package strace

import "golang.org/x/sys/unix"

// Names that macOS and the BSDs have in common.

var familyNames = nameTable{
	{unix.AF_UNSPEC, "AF_UNSPEC"},
	{unix.AF_UNIX, "AF_UNIX"},
	{unix.AF_INET, "AF_INET"},
	{unix.AF_INET6, "AF_INET6"},
	{unix.AF_ROUTE, "AF_ROUTE"},
}

var typeNames = nameTable{
	{unix.SOCK_STREAM, "SOCK_STREAM"},
	{unix.SOCK_DGRAM, "SOCK_DGRAM"},
	{unix.SOCK_RAW, "SOCK_RAW"},
	{unix.SOCK_RDM, "SOCK_RDM"},
	{unix.SOCK_SEQPACKET, "SOCK_SEQPACKET"},
}

// Here a socket's flags are set by fcntl(2), not in its type.
var typeFlagNames nameTable

var protocolNames = nameTable{
	{unix.IPPROTO_IP, "IPPROTO_IP"},
	{unix.IPPROTO_ICMP, "IPPROTO_ICMP"},
	{unix.IPPROTO_TCP, "IPPROTO_TCP"},
	{unix.IPPROTO_UDP, "IPPROTO_UDP"},
	{unix.IPPROTO_IPV6, "IPPROTO_IPV6"},
	{unix.IPPROTO_ICMPV6, "IPPROTO_ICMPV6"},
	{unix.IPPROTO_RAW, "IPPROTO_RAW"},
}

var messageFlagNames = nameTable{
	{unix.MSG_OOB, "MSG_OOB"},
	{unix.MSG_PEEK, "MSG_PEEK"},
	{unix.MSG_DONTROUTE, "MSG_DONTROUTE"},
	{unix.MSG_CTRUNC, "MSG_CTRUNC"},
	{unix.MSG_TRUNC, "MSG_TRUNC"},
	{unix.MSG_DONTWAIT, "MSG_DONTWAIT"},
	{unix.MSG_EOR, "MSG_EOR"},
	{unix.MSG_WAITALL, "MSG_WAITALL"},
	{unix.MSG_NOSIGNAL, "MSG_NOSIGNAL"},
}

var shutdownNames = nameTable{
	{unix.SHUT_RD, "SHUT_RD"},
	{unix.SHUT_WR, "SHUT_WR"},
	{unix.SHUT_RDWR, "SHUT_RDWR"},
}

var pollNames = nameTable{
	{unix.POLLIN, "POLLIN"},
	{unix.POLLPRI, "POLLPRI"},
	{unix.POLLOUT, "POLLOUT"},
	{unix.POLLERR, "POLLERR"},
	{unix.POLLHUP, "POLLHUP"},
	{unix.POLLNVAL, "POLLNVAL"},
}

var levelNames = append(nameTable{{unix.SOL_SOCKET, "SOL_SOCKET"}}, protocolNames...)
