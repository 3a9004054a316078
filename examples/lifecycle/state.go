//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// socket is one of a run. The kernel has it before accept gives it a descriptor, and may have it after close.
type socket struct {
	side          side
	fd            int
	typ           int           // SOCK_STREAM or SOCK_DGRAM
	local, remote sock.Sockaddr // remote is of who it is connected to
	state         string        // as last seen; empty: never
}

// States that aren't TCP's: of other sockets, and of one that the kernel knows no more.
const (
	unconnected = "UNCONNECTED"
	connected   = "CONNECTED"
	gone        = "gone"
)

// look asks the kernel for the state of all sockets. It returns that of own, and those that changed.
func (r *recorder) look(own *socket) (seen []sighting) {
	for _, s := range r.sockets {
		state := s.look()
		if state != "" && (state != s.state || s == own) {
			seen = append(seen, sighting{s, s.fd, state, state != s.state, s.resent(state)})
		}
		s.state = state
	}
	return seen
}

// resent is how many SYNs it took beyond the first, if now is the state of a new connection.
func (s *socket) resent(now string) int {
	if s.state != sock.TCPState(sock.TCP_SYN_SENT).String() || s.state == now {
		return 0
	}
	info, err := sock.Getsockopt(s.fd, sock.TCP_INFO)
	check("getsockopt", err)
	return int(info.TotalRetrans)
}

func (s *socket) look() string {
	if s.fd != noFd {
		if state := stateOf(s.fd); state != sock.TCPState(sock.TCP_CLOSE).String() {
			return state
		}
	}
	// A connection may be there without a descriptor, and outlives a socket that is at CLOSE: in TIME_WAIT.
	state, found := askKernel(s.local, s.remote)
	switch {
	case found:
		return state.String()
	case s.fd != noFd:
		return sock.TCPState(sock.TCP_CLOSE).String()
	case s.state != "":
		return gone
	}
	return ""
}

// stateOf is the state of a socket with a descriptor.
func stateOf(fd int) string {
	if info, err := sock.Getsockopt(fd, sock.TCP_INFO); err == nil {
		return info.State.String()
	}
	if listens, err := sock.Getsockopt(fd, sock.SO_ACCEPTCONN); err == nil && listens {
		return sock.TCPState(sock.TCP_LISTEN).String()
	}
	if _, err := sock.Getpeername(fd); err == nil {
		return connected
	}
	return unconnected
}

// diagID is struct inet_diag_sockid of <linux/inet_diag.h>: both names of a socket, in network byte order.
type diagID struct {
	SourcePort, DestinationPort [2]byte
	Source, Destination         [16]byte
	Interface                   uint32
	Cookie                      [2]uint32
}

// diagRequest is struct nlmsghdr and struct inet_diag_req_v2.
type diagRequest struct {
	unix.NlMsghdr
	Family, Protocol, Extensions, _ uint8
	States                          uint32
	ID                              diagID
}

// diagAnswer is the beginning of struct inet_diag_msg.
type diagAnswer struct {
	Family, State, Timer, Retransmits uint8
	ID                                diagID
}

// askKernel finds the state of a TCP socket by its two names, with or without a descriptor: sock_diag(7), as ss(8) does.
func askKernel(local, remote sock.Sockaddr) (state sock.TCPState, found bool) {
	if local.Family() != sock.AF_INET || remote.Family() != sock.AF_INET {
		return 0, false
	}
	request := diagRequest{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, States: ^uint32(0), ID: newDiagID(local, remote)}
	request.NlMsghdr = unix.NlMsghdr{Len: uint32(binary.Size(request)), Type: unix.SOCK_DIAG_BY_FAMILY, Flags: unix.NLM_F_REQUEST}
	p, err := binary.Append(nil, binary.NativeEndian, request)
	check("sock_diag", err)

	fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_DGRAM, unix.NETLINK_SOCK_DIAG)
	check("socket", err)
	defer sock.Close(fd)
	_, err = sock.Sendto(fd, p, 0, sock.Netlink(0, 0))
	check("sendto", err)
	p = make([]byte, 4096)
	n, err := sock.Recv(fd, p, 0)
	check("recv", err)
	messages, err := syscall.ParseNetlinkMessage(p[:n])
	check("sock_diag", err)

	var answer diagAnswer
	for _, m := range messages {
		if m.Header.Type == unix.SOCK_DIAG_BY_FAMILY {
			_, err := binary.Decode(m.Data, binary.NativeEndian, &answer)
			check("sock_diag", err)
		}
	}
	// Where there is no such socket, the answer is an error, or the listener of that port.
	return sock.TCPState(answer.State), answer.ID.DestinationPort == request.ID.DestinationPort && answer.State != 0
}

func newDiagID(local, remote sock.Sockaddr) diagID {
	id := diagID{Cookie: [2]uint32{^uint32(0), ^uint32(0)}} // of any socket
	fill := func(port *[2]byte, address *[16]byte, name netip.AddrPort) {
		binary.BigEndian.PutUint16(port[:], name.Port())
		copy(address[:], name.Addr().AsSlice())
	}
	fill(&id.SourcePort, &id.Source, local.AddrPort())
	fill(&id.DestinationPort, &id.Destination, remote.AddrPort())
	return id
}
