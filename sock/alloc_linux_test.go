//go:build !race

package sock_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// allocFree fails for each call that allocates, or that returns another error than it should.
func allocFree(t *testing.T, calls []allocCall) {
	t.Helper()
	needStack(t)
	for _, c := range calls {
		var err error
		allocs := testing.AllocsPerRun(20, func() { err = c.call() })
		if err != c.err || allocs != 0 {
			t.Errorf("%s: %v allocations, %v, want 0, %v", c.name, allocs, err, c.err)
		}
	}
}

type allocCall struct {
	name string
	err  error
	call func() error
}

// both returns the error of the first of two calls that failed.
func both(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// holds returns an error if a condition isn't met.
func holds(ok bool) error {
	if !ok {
		return EINVAL
	}
	return nil
}

func TestTransfersDontAllocate(t *testing.T) {
	for _, typ := range []int{SOCK_STREAM, SOCK_DGRAM} {
		a, b := pair(t, typ)
		echo(t, a, b, Sockaddr{})
	}
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, Connect(a, name(t, b)))
	echo(t, a, b, name(t, b))
}

func echo(t *testing.T, a, b int, to Sockaddr) {
	allocFree(t, []allocCall{
		{"Send, Recv", nil, func() error {
			var p [64]byte
			_, err := Send(a, p[:], 0)
			_, err2 := Recv(b, p[:], 0)
			return both(err, err2)
		}},
		{"TrySend, TryRecv", nil, func() error {
			var p [64]byte
			_, err := TrySend(a, p[:], 0)
			_, err2 := TryRecv(b, p[:], 0)
			return both(err, err2)
		}},
		{"Sendto, Recvfrom", nil, func() error {
			var p [64]byte
			_, err := Sendto(a, p[:], 0, to)
			_, from, err2 := Recvfrom(b, p[:], 0)
			if from.IsZero() != to.IsZero() {
				return EINVAL
			}
			return both(err, err2)
		}},
		{"SendAll, RecvFull", nil, func() error {
			var p [64]byte
			_, err := SendAll(a, p[:], 0)
			_, err2 := RecvFull(b, p[:])
			return both(err, err2)
		}},
		{"Recv of nothing", EAGAIN, func() error {
			var p [64]byte
			_, err := Recv(b, p[:], MSG_DONTWAIT)
			return err
		}},
		{"Recvfrom of nothing", EAGAIN, func() error {
			var p [64]byte
			_, _, err := Recvfrom(b, p[:], MSG_DONTWAIT)
			return err
		}},
		{"Send to no descriptor", EBADF, func() error {
			var p [64]byte
			_, err := Send(-1, p[:], 0)
			_, err2 := Sendto(-1, p[:], 0, to)
			return both(err, err2)
		}},
	})
}

// A ring keeps its buffers, so they are on the heap.
func TestRingsDontAllocate(t *testing.T) {
	r := newRing(t, 2)
	a, b := pair(t, SOCK_STREAM)
	p, closed := make([]byte, 64), &Ring{}
	echo := func() {
		r.Send(a, p, 0)
		r.Recv(b, p, 0)
	}
	first := func(r *Ring) error {
		err := r.Submit()
		n, err2 := r.Result(0)
		if err2 == nil && n != len(p) {
			return EINVAL
		}
		return both(err, err2)
	}
	allocFree(t, []allocCall{
		{"Ring", nil, func() error { echo(); return first(r) }},
		{"Ring with too few entries", nil, func() error { echo(); echo(); return first(r) }},
		{"Ring of nothing to receive", EAGAIN, func() error { r.Recv(b, p, 0); return first(r) }},
		{"Ring to no descriptor", EBADF, func() error { r.Send(-1, p, 0); return first(r) }},
		{"Ring that is not open", EBADF, func() error { closed.Send(a, p, 0); return first(closed) }},
		{"Result of no transfer", EINVAL, func() error { _, err := r.Result(-1); return err }},
		{"Close of no ring", EBADF, closed.Close},
	})
}

// Errors don't allocate either. The table omits calls that make a buffer or a batch first.
func TestErrorsDontAllocate(t *testing.T) {
	needStack(t)
	for _, c := range badCalls {
		if slices.Contains([]string{"RecvAll", "Sendmmsg", "SendBatch", "Recvmmsg"}, c.name) {
			continue
		}
		if allocs := testing.AllocsPerRun(20, func() { c.call(-1) }); allocs != 0 {
			t.Errorf("%s: %v allocations, want 0", c.name, allocs)
		}
	}
}

func TestConnectionsDontAllocate(t *testing.T) {
	l, sa := listener(t)
	udp := socket(t, AF_INET, SOCK_DGRAM, 0)
	allocFree(t, []allocCall{
		{"Socket, Bind, Close", nil, func() error {
			fd, err := Socket(AF_INET, SOCK_STREAM, 0)
			return both(err, both(Bind(fd, Inet(netip.AddrPortFrom(netip.IPv4Unspecified(), 0))), Close(fd)))
		}},
		{"Socketpair", nil, func() error {
			fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
			return both(err, both(Close(fds[0]), Close(fds[1])))
		}},
		{"Connect, Accept, Shutdown", nil, func() error {
			fd, _ := Socket(AF_INET, SOCK_STREAM, 0)
			err := Connect(fd, sa)
			nfd, from, err2 := Accept(l)
			if from.IsZero() {
				return EINVAL
			}
			return both(both(err, err2), both(Shutdown(fd, SHUT_WR), both(Close(fd), Close(nfd))))
		}},
		{"Connect, Accept4", nil, func() error {
			fd, _ := Socket(AF_INET, SOCK_STREAM, 0)
			err := Connect(fd, sa)
			nfd, _, err2 := Accept4(l, SOCK_NONBLOCK)
			return both(both(err, err2), both(Close(fd), Close(nfd)))
		}},
		{"Connect of a datagram socket", nil, func() error { return both(Connect(udp, sa), Connect(udp, Unspec())) }},
		{"Socket of no family", EAFNOSUPPORT, func() error { _, err := Socket(-1, SOCK_STREAM, 0); return err }},
		{"Socketpair of TCP", EOPNOTSUPP, func() error { _, err := Socketpair(AF_INET, SOCK_STREAM, 0); return err }},
		{"Bind twice", EINVAL, func() error { return Bind(l, sa) }},
		{"Listen on a datagram socket", EOPNOTSUPP, func() error { return Listen(udp, 1) }},
		{"Accept of a datagram socket", EOPNOTSUPP, func() error { _, _, err := Accept(udp); return err }},
		{"Shutdown of no connection", ENOTCONN, func() error { return Shutdown(udp, SHUT_RDWR) }},
		{"Connect of no descriptor", EBADF, func() error { return Connect(-1, sa) }},
		{"Close of no descriptor", EBADF, func() error { return Close(-1) }},
		{"Getpeername of no connection", ENOTCONN, func() error { _, err := Getpeername(l); return err }},
		{"SocketError", nil, func() error { return SocketError(l) }},
	})
}

func TestDescriptorCallsDontAllocate(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	client, _ := tcpPair(t)
	epfd := epoll(t)
	check(t, EpollCtl(epfd, EPOLL_CTL_ADD, a, &EpollEvent{Events: EPOLLOUT}))
	allocFree(t, []allocCall{
		{"Getsockname", nil, func() error { _, err := Getsockname(client); return err }},
		{"Getpeername", nil, func() error { _, err := Getpeername(client); return err }},
		{"SetNonblock", nil, func() error { return both(SetNonblock(a, true), SetNonblock(a, false)) }},
		{"SetInheritable", nil, func() error { return both(SetInheritable(a, true), SetInheritable(a, false)) }},
		{"Poll", nil, func() error {
			fds := [2]Pollfd{{Fd: int32(a), Events: POLLIN}, {Fd: int32(b), Events: POLLOUT}}
			n, err := Poll(fds[:], 1000)
			if n != 1 {
				return EINVAL
			}
			return err
		}},
		{"EpollCreate1", nil, func() error { fd, err := EpollCreate1(0); return both(err, Close(fd)) }},
		{"EpollCtl", nil, func() error {
			ev := EpollEvent{Events: EPOLLIN, Fd: int32(b)}
			return both(EpollCtl(epfd, EPOLL_CTL_ADD, b, &ev), EpollCtl(epfd, EPOLL_CTL_DEL, b, nil))
		}},
		{"EpollWait", nil, func() error {
			var evs [4]EpollEvent
			n, err := EpollWait(epfd, evs[:], 1000)
			if n != 1 {
				return EINVAL
			}
			return err
		}},
		{"Sockatmark", nil, func() error { _, err := Sockatmark(client); return err }},
		{"InputQueue, OutputQueue", nil, func() error { _, err := InputQueue(client); _, err2 := OutputQueue(client); return both(err, err2) }},
		{"Dup, Dup3", nil, func() error { fd, err := Dup(a); return both(err, both(Dup3(b, fd, 0), Close(fd))) }},
		{"InputQueue of no descriptor", EBADF, func() error { _, err := InputQueue(-1); return err }},
		{"EpollCtl of an unregistered descriptor", ENOENT, func() error { return EpollCtl(epfd, EPOLL_CTL_DEL, b, nil) }},
		{"EpollWait of no epoll", EINVAL, func() error { var evs [4]EpollEvent; _, err := EpollWait(a, evs[:], 0); return err }},
	})
}

// getSet reads an option and sets it to the same value.
func getSet[T any](fd int, o Option[T]) func() error {
	return func() error {
		v, err := Getsockopt(fd, o)
		return both(err, Setsockopt(fd, o, v))
	}
}

func TestOptionsDontAllocate(t *testing.T) {
	local, _ := pair(t, SOCK_STREAM)
	tcp, _ := tcpPair(t)
	allocFree(t, []allocCall{
		{"int", nil, getSet(tcp, TCP_KEEPCNT)},
		{"bool", nil, getSet(tcp, SO_KEEPALIVE)},
		{"uint32", nil, getSet(tcp, TCP_NOTSENT_LOWAT)},
		{"seconds", nil, getSet(tcp, TCP_KEEPIDLE)},
		{"milliseconds", nil, getSet(tcp, TCP_USER_TIMEOUT)},
		{"timeval", nil, getSet(tcp, SO_RCVTIMEO)},
		{"linger", nil, getSet(tcp, SO_LINGER)},
		{"TCP_INFO", nil, func() error { _, err := Getsockopt(tcp, TCP_INFO); return err }},
		{"SO_PEERCRED", nil, func() error { _, err := Getsockopt(local, SO_PEERCRED); return err }},
		{"bytes", nil, func() error {
			var p [4]byte
			_, err := GetsockoptBytes(tcp, SOL_SOCKET, SO_TYPE.Number(), p[:])
			return both(err, SetsockoptBytes(tcp, SOL_SOCKET, SO_KEEPALIVE.Number(), p[:]))
		}},
		{"unsupported option", EOPNOTSUPP, func() error { _, err := Getsockopt(local, TCP_NODELAY); return err }},
		{"value out of range", EINVAL, func() error { return Setsockopt(tcp, TCP_KEEPIDLE, -time.Second) }},
		{"get-only option", ENOPROTOOPT, func() error { return Setsockopt(tcp, SO_TYPE, 1) }},
	})
}

// Calls that emulators lack.
func TestRareCallsDontAllocate(t *testing.T) {
	needKernel(t)
	client, _ := tcpPair(t)
	fd := tcp4(t)
	allocFree(t, []allocCall{
		{"UnsentQueue", nil, func() error { _, err := UnsentQueue(client); return err }},
		{"string", nil, func() error { return Setsockopt(fd, TCP_CONGESTION, "reno") }},
		{"unknown string", ENOENT, func() error { return Setsockopt(fd, TCP_CONGESTION, "none") }},
	})
}

func TestAddressesDontAllocate(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("[::1]:80")
	sa := Inet(v4)
	known := map[Sockaddr]bool{sa: true}
	room := make([]byte, 0, 128)
	allocFree(t, []allocCall{
		{"Inet of IPv4", nil, func() error { return holds(Inet(v4).AddrPort() == v4) }},
		{"Inet of IPv6", nil, func() error { return holds(InetFlow(v6, 7).AddrPort() == v6) }},
		{"==", nil, func() error { return holds(Inet(v4) == sa && Inet(v6) != sa) }},
		{"map", nil, func() error { return holds(known[Inet(v4)] && !known[Inet(v6)]) }},
		{"AppendTo", nil, func() error { return holds(len(Inet(v6).AppendTo(room)) == Inet(v6).Len()) }},
		{"Unix", nil, func() error { sa, err := Unix("/run/x"); return both(err, holds(sa.Family() == AF_UNIX)) }},
		{"Abstract", nil, func() error { sa, err := Abstract("x"); return both(err, holds(sa.Len() == 4)) }},
		{"Unnamed, Unspec", nil, func() error { return holds(Unnamed().Len() == 2 && !Unspec().IsZero()) }},
		{"Raw", nil, func() error { sa, err := Raw(AF_INET, room[:4]); return both(err, holds(sa.Len() == 6)) }},
		{"VM", nil, func() error { cid, port, ok := VM(2, 80).VM(); return holds(ok && cid == 2 && port == 80) }},
		{"Netlink", nil, func() error { port, _, ok := Netlink(2, 1).Netlink(); return holds(ok && port == 2) }},
		{"Packet", nil, func() error { a, ok := Packet(PacketAddr{Ifindex: 1}).Packet(); return holds(ok && a.Ifindex == 1) }},
	})
}
