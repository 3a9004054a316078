package main_test

import (
	"net/netip"
	"time"

	"example.com/berkeley/sock"
)

// sendDatagrams sends some identical datagrams, and then receives the answers that have arrived.
func (p *hostile) sendDatagrams(size, count int) {
	fd, _ := p.connect()
	datagram := make([]byte, size)
	for range count {
		sock.Send(fd, datagram, 0)
	}
	p.pause(10 * time.Millisecond)
	for err := error(nil); err == nil; {
		_, err = sock.Recv(fd, datagram, sock.MSG_DONTWAIT)
	}
}

// sendAndGoAway closes the socket before the answers arrive: the kernel reports that to the server, over UDP after an ICMP
// message.
func sendAndGoAway(p *hostile) {
	for range 20 {
		fd, _ := p.connect()
		sock.Send(fd, somePattern(100), 0)
		p.closeAll()
	}
	p.pause(10 * time.Millisecond)
}

// neverReceiveDatagrams fills its own queue, and over unixgram the server's send buffer with it.
func neverReceiveDatagrams(p *hostile) {
	for _, fd := range p.connectTo(20) {
		for _, size := range []int{1, 1000, 10_000, 60_000} {
			for range 10 {
				sock.Send(fd, somePattern(size), sock.MSG_DONTWAIT)
			}
		}
	}
	p.pause(100 * time.Millisecond)
}

// sendFromOwnPort sends with the server's own port as the sender's, as a loop of two servers would.
func sendFromOwnPort(p *hostile) {
	sa, err := sock.ParseSockaddr(p.addr)
	if err != nil {
		return
	}
	// Unless the server has bound the port on all addresses, it is free on another loopback address.
	own := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), sa.AddrPort().Port()))
	p.sendFrom(own, sa, sock.SO_REUSEADDR)
}

// sendToMany sends to the loopback network's broadcast address, and to a multicast group on it.
func sendToMany(p *hostile) {
	sa, err := sock.ParseSockaddr(p.addr)
	if err != nil {
		return
	}
	for _, to := range []string{"127.255.255.255", "224.0.0.1"} {
		many := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(to), sa.AddrPort().Port()))
		p.sendFrom(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), many, sock.SO_BROADCAST)
	}
}

// sendFrom sends some datagrams from a socket with an option.
func (p *hostile) sendFrom(from, to sock.Sockaddr, option sock.Option[bool]) {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	if err != nil {
		return
	}
	p.fds = append(p.fds, fd)
	sock.Setsockopt(fd, option, true)
	sock.Setsockopt(fd, sock.IP_MULTICAST_IF, sock.IPMreqn{Address: netip.MustParseAddr("127.0.0.1")})
	if sock.Bind(fd, from) == nil {
		for range 50 {
			sock.Sendto(fd, []byte("x"), 0, to)
		}
	}
	p.pause(10 * time.Millisecond)
}
