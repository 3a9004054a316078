//go:build !race

package sock_test

import (
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

func TestOptionValuesDontAllocate(t *testing.T) {
	needKernel(t)
	tcp, udp, udp6, vm := tcp4(t), udp4(t), udp6(t), vsock(t)
	member, member6 := IPMreqn{Multiaddr: group4, Ifindex: 1}, IPv6Mreq{group6, 1}
	group := GroupReq{1, sockaddr(group4)}
	allocFree(t, []allocCall{
		{"microseconds", nil, getSet(tcp, SO_BUSY_POLL)},
		{"microseconds out of range", EINVAL, func() error { return Setsockopt(tcp, TCP_TX_DELAY, time.Hour) }},
		{"network order", nil, getSet(udp, IP_UNICAST_IF)},
		{"uint", nil, getSet(tcp, SO_MAX_PACING_RATE)},
		{"uint64", nil, getSet(vm, SO_VM_SOCKETS_BUFFER_SIZE)},
		{"struct", nil, getSet(udp, SO_TIMESTAMPING)},
		{"IP_MULTICAST_IF", nil, getSet(udp, IP_MULTICAST_IF)},
		{"IP_ADD_MEMBERSHIP", nil, func() error {
			return both(Setsockopt(udp, IP_ADD_MEMBERSHIP, member), Setsockopt(udp, IP_DROP_MEMBERSHIP, member))
		}},
		{"IPV6_JOIN_GROUP", nil, func() error {
			return both(Setsockopt(udp6, IPV6_JOIN_GROUP, member6), Setsockopt(udp6, IPV6_LEAVE_GROUP, member6))
		}},
		{"MCAST_JOIN_GROUP", nil, func() error {
			return both(Setsockopt(udp, MCAST_JOIN_GROUP, group), Setsockopt(udp, MCAST_LEAVE_GROUP, group))
		}},
		{"SO_ATTACH_FILTER", nil, func() error {
			return both(Setsockopt(udp, SO_ATTACH_FILTER, dropAll), Setsockopt(udp, SO_DETACH_FILTER, 0))
		}},
	})
}
