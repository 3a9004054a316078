package main

import "example.com/berkeley/sock"

// route is which of this machine's addresses a datagram was sent to, as the control message that makes the answer come
// from there: a client that is connected takes it from nowhere else. It is empty where the listener has one address.
type route []byte

// askRoute has the kernel tell the route of each datagram to a listener on all addresses.
func (l *listener) askRoute() error {
	if !l.wildcard() {
		return nil
	}
	if l.addr.Family() == sock.AF_INET {
		return sock.Setsockopt(l.fd, sock.IP_PKTINFO, true)
	}
	return sock.Setsockopt(l.fd, sock.IPV6_RECVPKTINFO, true)
}

// receive takes one datagram; n is its length, also if that is more than buf holds.
func (l *listener) receive(buf []byte) (n int, from sock.Sockaddr, r route, err error) {
	const flags = sock.MSG_DONTWAIT | sock.MSG_TRUNC
	if !l.wildcard() {
		n, from, err = sock.Recvfrom(l.fd, buf, flags)
		return n, from, nil, err
	}
	m := sock.Msg{Iov: [][]byte{buf}, Control: make([]byte, 128)}
	if n, err = sock.Recvmsg(l.fd, &m, flags); err != nil {
		return 0, sock.Sockaddr{}, nil, err
	}
	for c := range sock.Cmsgs(m.Control) {
		if info, ok := sock.ParseControl(c, sock.CMSG_IPV6_PKTINFO); ok {
			return n, m.Name, sock.AppendControl(nil, sock.CMSG_IPV6_PKTINFO, sock.In6Pktinfo{Addr: info.Addr}), nil
		}
		if info, ok := sock.ParseControl(c, sock.CMSG_IP_PKTINFO); ok && l.addr.Family() == sock.AF_INET {
			return n, m.Name, sock.AppendControl(nil, sock.CMSG_IP_PKTINFO, sock.InPktinfo{SpecDst: info.SpecDst}), nil
		}
	}
	return n, m.Name, nil, nil
}

// send sends one datagram by a route, without blocking.
func (l *listener) send(p []byte, to sock.Sockaddr, r route) error {
	if len(r) == 0 {
		_, err := sock.Sendto(l.fd, p, sock.MSG_DONTWAIT, to)
		return err
	}
	_, err := sock.Sendmsg(l.fd, &sock.Msg{Name: to, Iov: [][]byte{p}, Control: r}, sock.MSG_DONTWAIT)
	return err
}

// wildcard tells whether a listener is bound to all of this machine's addresses.
func (l *listener) wildcard() bool {
	ap := l.addr.AddrPort()
	return ap.IsValid() && ap.Addr().IsUnspecified()
}
