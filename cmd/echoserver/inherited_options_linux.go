package main

import (
	"fmt"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// datagramOptions are the values that datagram sockets need. With other values the kernel may join, cut, drop or consume
// datagrams; queue errors or times of sending, which keep the socket ready; add control messages, which leave no space
// for those that the server needs; or take descriptors from clients. UDP_GRO may be on, as the server can split the
// datagrams that it joins.
var datagramOptions = append([]wantedOption{
	{sock.UDP_SEGMENT, 0},
	{sock.UDP_ENCAP, 0},
	{sock.SO_TIMESTAMPING, sock.SoTimestamping{}},
}, off(
	sock.UDP_CORK, sock.UDP_NO_CHECK6_TX, sock.SO_BROADCAST, sock.SO_TIMESTAMP, sock.SO_TIMESTAMPNS, sock.SO_RXQ_OVFL, sock.SO_WIFI_STATUS,
	sock.SO_RCVMARK, sock.SO_RCVPRIORITY, sock.SO_PASSRIGHTS,
	sock.IP_RECVERR, sock.IP_RECVOPTS, sock.IP_RETOPTS, sock.IP_RECVTTL, sock.IP_RECVTOS, sock.IP_PASSSEC,
	sock.IP_RECVORIGDSTADDR, sock.IP_CHECKSUM, sock.IP_RECVFRAGSIZE,
	sock.IPV6_RECVERR, sock.IPV6_2292PKTINFO, sock.IPV6_2292HOPOPTS, sock.IPV6_2292DSTOPTS, sock.IPV6_2292RTHDR,
	sock.IPV6_2292HOPLIMIT, sock.IPV6_FLOWINFO, sock.IPV6_RECVHOPLIMIT, sock.IPV6_RECVHOPOPTS, sock.IPV6_RECVRTHDR,
	sock.IPV6_RECVDSTOPTS, sock.IPV6_RECVPATHMTU, sock.IPV6_RECVTCLASS, sock.IPV6_RECVORIGDSTADDR, sock.IPV6_RECVFRAGSIZE,
)...)

// streamOptions are the values that accepted sockets need, which inherit them from the listener. With other values the
// server would wait for more bytes than arrive, for less time than -idle-timeout, or for bytes that it doesn't send, and
// take descriptors from clients.
var streamOptions = append([]wantedOption{
	{sock.SO_RCVLOWAT, 1},
	{sock.SO_RCVTIMEO, time.Duration(0)},
	{sock.SO_SNDTIMEO, time.Duration(0)},
	{sock.SO_PEEK_OFF, -1},
	{sock.SO_TIMESTAMPING, sock.SoTimestamping{}},
}, off(sock.TCP_CORK, sock.IP_RECVERR, sock.IPV6_RECVERR, sock.SO_PASSRIGHTS)...)

func off(options ...sock.Option[bool]) (wanted []wantedOption) {
	for _, o := range options {
		wanted = append(wanted, wantedOption{o, false})
	}
	return wanted
}

// otherThan returns the options of a table that have another value on a socket.
func otherThan(fd int, table []wantedOption) (others []wantedOption) {
	for _, o := range table {
		if value, err := o.Get(fd); err == nil && value != o.value {
			others = append(others, o)
		}
	}
	return others
}

// adoptDatagrams prepares an inherited datagram socket.
func (s *server) adoptDatagrams(l *listener) error {
	for _, o := range otherThan(l.fd, datagramOptions) {
		s.log.Info("an option of an inherited socket changes", "listener", l.url, "option", o.Name(), "value", o.value)
		if err := o.Set(l.fd, o.value); err != nil {
			return fmt.Errorf("setsockopt %s: %s", o.Name(), callerr.Describe(err))
		}
	}
	if l.addr.Family() == sock.AF_UNIX {
		l.growForAnswers()
		return nil
	}
	s.askOrigin(l)
	clearErrors(l.fd)
	return nil
}

// clearErrors empties a socket's error queue of the errors and times of earlier datagrams. Until then the socket is always
// ready.
func clearErrors(fd int) {
	sock.SocketError(fd)
	m := sock.Msg{Control: make([]byte, controlSpace)}
	for range 1 << 16 { // more than a queue holds
		if _, err := sock.Recvmsg(fd, &m, sock.MSG_ERRQUEUE|sock.MSG_DONTWAIT); err != nil {
			return
		}
	}
}
