package sock_test

import (
	"net/netip"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// compare measures the same calls made through this package and through golang.org/x/sys/unix.
func compare(b *testing.B, ours, theirs func() error) {
	for _, side := range []struct {
		name string
		call func() error
	}{{"sock", ours}, {"unix", theirs}} {
		b.Run(side.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := side.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// udpPair returns two UDP sockets, the first connected to the second.
func udpPair(b *testing.B) (from, to int) {
	from = bound(b, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	to = bound(b, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(b, Connect(from, name(b, to)))
	return from, to
}

// theirAddr returns an IPv4 address as the type of x/sys.
func theirAddr(sa Sockaddr) unix.Sockaddr {
	ap := sa.AddrPort()
	return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}
}

const pingSize = 64

func BenchmarkSendRecv(b *testing.B) {
	kinds := map[string]func(*testing.B) (int, int){
		"stream": func(b *testing.B) (int, int) { return pair(b, SOCK_STREAM) },
		"udp":    udpPair,
	}
	for kind, open := range kinds {
		b.Run(kind, func(b *testing.B) {
			from, to := open(b)
			p, q := make([]byte, pingSize), make([]byte, pingSize)
			compare(b, func() error {
				if _, err := Send(from, p, 0); err != nil {
					return err
				}
				_, err := Recv(to, q, 0)
				return err
			}, func() error {
				if err := unix.Send(from, p, 0); err != nil {
					return err
				}
				_, _, err := unix.Recvfrom(to, q, 0)
				return err
			})
		})
	}
}

// BenchmarkRing moves a message through each of many socket pairs, with a ring and with one call per transfer.
func BenchmarkRing(b *testing.B) {
	const count = 32
	r := newRing(b, count)
	var from, to [count]int
	for i := range count {
		from[i], to[i] = pair(b, SOCK_STREAM)
	}
	p := make([]byte, pingSize)
	submit := func() error {
		if err := r.Submit(); err != nil {
			return err
		}
		for i := range count {
			if _, err := r.Result(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, side := range []struct {
		name string
		move func() error
	}{
		{"ring", func() error {
			for _, fd := range from {
				r.Send(fd, p, 0)
			}
			if err := submit(); err != nil {
				return err
			}
			for _, fd := range to {
				r.Recv(fd, p, 0)
			}
			return submit()
		}},
		{"calls", func() error {
			for _, fd := range from {
				if _, err := Send(fd, p, MSG_DONTWAIT); err != nil {
					return err
				}
			}
			for _, fd := range to {
				if _, err := Recv(fd, p, MSG_DONTWAIT); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		b.Run(side.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := side.move(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSendtoRecvfrom(b *testing.B) {
	from := bound(b, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	to := bound(b, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	p, q := make([]byte, pingSize), make([]byte, pingSize)
	dest := name(b, to)
	theirDest := theirAddr(dest)
	compare(b, func() error {
		if _, err := Sendto(from, p, 0, dest); err != nil {
			return err
		}
		_, _, err := Recvfrom(to, q, 0)
		return err
	}, func() error {
		if err := unix.Sendto(from, p, 0, theirDest); err != nil {
			return err
		}
		_, _, err := unix.Recvfrom(to, q, 0)
		return err
	})
}

func BenchmarkSend(b *testing.B) {
	// The peer never receives: once its buffer is full, the kernel drops each datagram at once.
	from, to := udpPair(b)
	check(b, Setsockopt(to, SO_RCVBUF, 0))
	p := make([]byte, pingSize)
	compare(b, func() error { _, err := Send(from, p, 0); return err },
		func() error { return unix.Send(from, p, 0) })
}

func BenchmarkRecvNothing(b *testing.B) {
	_, to := udpPair(b)
	p := make([]byte, pingSize)
	nothing := func(err error) error {
		if err != EAGAIN {
			return EINVAL
		}
		return nil
	}
	compare(b, func() error { _, err := Recv(to, p, MSG_DONTWAIT); return nothing(err) },
		func() error { _, _, err := unix.Recvfrom(to, p, unix.MSG_DONTWAIT); return nothing(err) })
}

func BenchmarkAccept(b *testing.B) {
	path, err := Abstract("sock benchmark")
	check(b, err)
	l := bound(b, AF_UNIX, SOCK_STREAM, path)
	check(b, Listen(l, 1))
	dial := func() (int, error) {
		fd, err := Socket(AF_UNIX, SOCK_STREAM, 0)
		if err != nil {
			return fd, err
		}
		return fd, Connect(fd, path)
	}
	compare(b, func() error {
		client, err := dial()
		if err != nil {
			return err
		}
		defer Close(client)
		fd, _, err := Accept(l)
		if err != nil {
			return err
		}
		return Close(fd)
	}, func() error {
		client, err := dial()
		if err != nil {
			return err
		}
		defer Close(client)
		fd, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
		if err != nil {
			return err
		}
		return Close(fd)
	})
}

func BenchmarkConnect(b *testing.B) {
	fd := socket(b, AF_INET, SOCK_DGRAM, 0)
	to := inet("127.0.0.1:9")
	theirTo := theirAddr(to)
	compare(b, func() error { return Connect(fd, to) }, func() error { return unix.Connect(fd, theirTo) })
}

func BenchmarkConnectInet(b *testing.B) {
	fd := socket(b, AF_INET, SOCK_DGRAM, 0)
	to := netip.MustParseAddrPort("127.0.0.1:9")
	compare(b, func() error { return Connect(fd, Inet(to)) }, func() error {
		return unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	})
}

func BenchmarkGetsockname(b *testing.B) {
	fd := bound(b, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	compare(b, func() error { _, err := Getsockname(fd); return err },
		func() error { _, err := unix.Getsockname(fd); return err })
}

func BenchmarkGetsockopt(b *testing.B) {
	fd := tcp4(b)
	compare(b, func() error { _, err := Getsockopt(fd, SO_TYPE); return err },
		func() error { _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); return err })
}

func BenchmarkSetsockopt(b *testing.B) {
	fd := tcp4(b)
	compare(b, func() error { return Setsockopt(fd, SO_KEEPALIVE, true) },
		func() error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1) })
}

func BenchmarkTCPInfo(b *testing.B) {
	fd := tcp4(b)
	compare(b, func() error { _, err := Getsockopt(fd, TCP_INFO); return err },
		func() error { _, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); return err })
}

func BenchmarkPoll(b *testing.B) {
	fd, _ := pair(b, SOCK_STREAM)
	fds := []Pollfd{{Fd: int32(fd), Events: POLLOUT}}
	compare(b, func() error { _, err := Poll(fds, 0); return err },
		func() error { _, err := unix.Poll(fds, 0); return err })
}

func BenchmarkEpollWait(b *testing.B) {
	fd, _ := pair(b, SOCK_STREAM)
	epfd := epoll(b)
	check(b, EpollCtl(epfd, EPOLL_CTL_ADD, fd, &EpollEvent{Events: EPOLLOUT}))
	evs := make([]EpollEvent, 16)
	compare(b, func() error { _, err := EpollWait(epfd, evs, 0); return err },
		func() error { _, err := unix.EpollWait(epfd, evs, 0); return err })
}
