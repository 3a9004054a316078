// Package sockdiag asks the kernel about sockets, as ss(8) does: sock_diag(7). The kernel reports sockets of any process in
// this network namespace, and also those that have no descriptor: a connection in a listener's queue, in FIN_WAIT2 after
// close(2), or in TIME_WAIT.
package sockdiag

import (
	"slices"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// Socket is what the kernel reports about one socket. Numbers that it does not report are zero.
type Socket struct {
	Family   int // AF_INET, AF_INET6, AF_UNIX or AF_VSOCK
	Protocol int // IPPROTO_TCP or IPPROTO_UDP; 0 for AF_UNIX and AF_VSOCK
	Type     int // SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET

	// State is TCP's; other protocols use TCP_LISTEN, TCP_ESTABLISHED (connected) and TCP_CLOSE (not connected).
	State         sock.TCPState
	Local, Remote sock.Sockaddr
	Cookie        uint64 // identifies the socket, as SO_COOKIE does
	Inode         uint32 // 0: no descriptor refers to the socket
	Peer          uint32 // AF_UNIX: the inode of the socket at the other end
	UID           uint32 // the owner

	// Received and Queued are the lengths of the queues, in bytes. On a listener, Received is the number of connections that
	// wait to be accepted, and Queued is the limit.
	Received, Queued uint32

	Timer       Timer
	Expires     time.Duration // when the timer does
	Retransmits uint8         // of the segment, or of the probe, that is unanswered

	Drops uint32 // connections or datagrams that the socket lost, if Query.Memory asked for it
	info  []byte // struct tcp_info, in the Conn's buffer
}

// Timer is what a TCP socket waits for.
type Timer uint8

// The timers of TCP, as struct inet_diag_msg numbers them.
const (
	NoTimer Timer = iota
	Retransmit
	Keepalive
	TimeWait
	Probe // of a window that is closed
)

// Query tells which sockets of a family are wanted, and what about them. Zero fields match any socket.
type Query struct {
	Family                int // AF_INET, AF_INET6, AF_UNIX or AF_VSOCK
	Protocol              int // IPPROTO_TCP or IPPROTO_UDP; 0 for AF_UNIX and AF_VSOCK
	LocalPort, RemotePort uint16
	EitherPorts           []uint16 // of TCP and UDP: one of them is the local port or the remote one
	States                States
	Info, Memory          bool // have Info, and Drops
}

// States is a set of states. The empty one stands for all states.
type States uint32

// In makes a set of states.
func In(states ...sock.TCPState) (s States) {
	for _, state := range states {
		s |= 1 << state
	}
	return s
}

// bits are the states as the kernel takes them.
func (s States) bits() uint32 {
	if s == 0 {
		return ^uint32(0)
	}
	return uint32(s)
}

// Each calls visit with each socket that q matches. The Socket is valid until visit returns. An error that ends the listing
// early is a sock.Errno, or ErrMalformed; sock.ENOENT means that the kernel cannot list sockets of that kind.
func (c *Conn) Each(q Query, visit func(*Socket)) error {
	decode := decodeInet
	var request []byte
	switch q.Family {
	case sock.AF_UNIX:
		decode, request = decodeUnix, unixRequest(q.States, 0)
	case sock.AF_VSOCK:
		decode, request = decodeVsock, vsockRequest(q.States)
	default:
		request = appendFilter(inetRequest(q), q.EitherPorts)
	}
	s := Socket{}
	return c.ask(request, unix.NLM_F_DUMP, func(data []byte) error {
		s = Socket{Protocol: q.Protocol}
		if !decode(data, &s) {
			return ErrMalformed
		}
		if q.matches(&s) {
			visit(&s)
		}
		return nil
	})
}

// matches tells whether a socket has the ports of a query. Of TCP sockets that are bound and nothing more, the kernel lists all,
// whatever their ports (Linux 6.8).
func (q Query) matches(s *Socket) bool {
	local, remote := s.Local.AddrPort().Port(), s.Remote.AddrPort().Port()
	return (q.LocalPort == 0 || q.LocalPort == local) && (q.RemotePort == 0 || q.RemotePort == remote) &&
		(len(q.EitherPorts) == 0 || slices.Contains(q.EitherPorts, local) || slices.Contains(q.EitherPorts, remote))
}

// Find finds the socket of a protocol, IPPROTO_TCP or IPPROTO_UDP, that has these two names, with all about it. sock.ENOENT
// means that the kernel has no such socket.
func (c *Conn) Find(protocol int, local, remote sock.Sockaddr) (s Socket, err error) {
	q := Query{Family: local.Family(), Protocol: protocol, Info: true, Memory: true}
	return c.one(inetRequestOf(q, local, remote), Socket{Protocol: protocol}, decodeInet, func(s *Socket) bool {
		// For a connection that it does not know, the kernel finds the listener.
		return s.Local == local && s.Remote.AddrPort() == remote.AddrPort()
	})
}

// FindUnix finds the unix socket of an inode, which is what fstat(2) has for its descriptor.
func (c *Conn) FindUnix(inode uint32) (s Socket, err error) {
	return c.one(unixRequest(0, inode), Socket{}, decodeUnix, func(s *Socket) bool { return s.Inode == inode })
}

// one asks for one socket.
func (c *Conn) one(request []byte, as Socket, decode func([]byte, *Socket) bool, isWanted func(*Socket) bool) (Socket, error) {
	found := false
	err := c.ask(request, 0, func(data []byte) error {
		s := as
		if !decode(data, &s) {
			return ErrMalformed
		}
		if isWanted(&s) {
			as, found = s, true
		}
		return nil
	})
	if err == nil && !found {
		err = sock.ENOENT
	}
	if err != nil {
		return Socket{}, err
	}
	return as, nil
}
