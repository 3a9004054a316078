package life

import (
	"fmt"
	"slices"
	"strconv"

	"example.com/berkeley/sock"
)

// BothSides has the recorder expect a program that plays both sides, whose sockets are each other's peers. One that listens,
// or that accept returned, is the server's, and one that connects is the client's. Of datagram sockets, those that send
// before they receive are the client's. It also draws sockets of other families, such as AF_NETLINK, whose peer is the kernel.
func (r *Recorder) BothSides() {
	r.both, r.most = true, 4*mostSockets
}

// takeSide puts a socket on the side that a call tells, and its peer on the other.
func (r *Recorder) takeSide(c sock.Call, s *recorded) {
	if !r.both || c.Err != nil && c.Err != sock.EINPROGRESS {
		return
	}
	switch sends, stream := slices.Contains(sending, c.Name) || c.Name == "sendmmsg", s.Kind.stream(); {
	case stream && (c.Name == "listen" || c.Name == "accept" || c.Name == "accept4"), !stream && c.Name == "bind" && !s.used:
		s.Side = Server
	case stream && c.Name == "connect", !stream && sends && !s.used:
		s.Side = Client
	}
	for _, peer := range r.sockets {
		if !peer.own && peer.local == s.remote && peer.remote == s.local {
			peer.Side = s.Side.Other()
		}
	}
}

// adopt finds the socket that accept returned among those that are known from its peer: it was in the listener's queue.
func (r *Recorder) adopt(c sock.Call) int {
	if !r.both || c.Name == "socket" {
		return -1
	}
	local, err := sock.Getsockname(c.Result)
	if err != nil {
		return -1
	}
	remote, err := sock.Getpeername(c.Result)
	if err != nil {
		return -1
	}
	i := slices.IndexFunc(r.sockets, func(s *recorded) bool {
		return !s.own && s.last.State != Gone && s.local == local && s.remote == remote
	})
	if i >= 0 {
		r.sockets[i].own, r.sockets[i].last.FD = true, c.Result
	}
	return i
}

// hasPeer reports whether the peer of a socket is one of the program. It may have connected in another thread, whose call
// hasn't been recorded yet: its names tell.
func (r *Recorder) hasPeer(s *recorded) bool {
	for _, other := range r.sockets {
		if !other.own || other == s || other.Kind != s.Kind {
			continue
		}
		if other.remote.IsZero() && other.last.FD != NoFD {
			other.learn()
		}
		if other.remote == s.local && other.local == s.remote || !s.Kind.stream() && other.remote.IsZero() && reaches(s.remote, other.local) {
			return true
		}
	}
	return false
}

// reaches reports whether what is sent to a name arrives at a socket that is bound to another.
func reaches(name, bound sock.Sockaddr) bool {
	to, at := name.AddrPort(), bound.AddrPort()
	return name == bound || at.Addr().IsUnspecified() && to.Port() == at.Port()
}

// learn asks for a socket's names.
func (s *recorded) learn() {
	if local, err := sock.Getsockname(s.last.FD); err == nil {
		s.local, s.Local = local, local.String()
	}
	if remote, err := sock.Getpeername(s.last.FD); err == nil {
		s.remote, s.Remote = remote, remote.String()
	}
}

var pairOfFDs = lazily(`\[(\d+), (\d+)\]\) = 0$`)

// addPair adds the sockets of socketpair(2), which have no names: they are given some by which they find each other.
func (r *Recorder) addPair(c sock.Call) int {
	m := pairOfFDs().FindStringSubmatch(c.Line)
	if m == nil || len(r.sockets)+2 > r.most {
		return -1
	}
	first := len(r.sockets)
	for i, text := range m[1:] {
		fd, _ := strconv.Atoi(text)
		names := [2]string{fmt.Sprintf("pair %d, left", first), fmt.Sprintf("pair %d, right", first)}
		s := &recorded{Socket: Socket{Side: Side(i), Kind: kindOf(fd), Local: names[i], Remote: names[1-i]}, own: true, last: State{FD: fd}}
		s.remote = sock.Unnamed()
		r.sockets = append(r.sockets, s)
	}
	return first
}
