//go:build linux

package main

import (
	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// socket is one of a run. The kernel has it before accept gives it a descriptor, and may have it after close.
type socket struct {
	side          life.Side
	fd            int // life.NoFD before accept and after close
	family, typ   int
	local, remote sock.Sockaddr // remote is the name of the peer that it is connected to
	last          life.State    // as last seen
}

// kind is what matters to what the socket sends.
func (s *socket) kind() life.Kind {
	return map[[2]int]life.Kind{
		{sock.AF_INET, sock.SOCK_STREAM}: life.TCP,
		{sock.AF_INET, sock.SOCK_DGRAM}:  life.UDP,
		{sock.AF_UNIX, sock.SOCK_STREAM}: life.UnixStream,
	}[[2]int{s.family, s.typ}]
}

// look asks the kernel for the state of all sockets. It returns that of own, and those that changed.
func (r *recorder) look(own *socket) (seen []life.State) {
	for i, s := range r.sockets {
		now := life.State{Socket: i, FD: s.fd}
		if !r.asker.Ask(&now, s.local, s.remote) && s.last.State != "" {
			now.State = life.Gone
		}
		now.Changed = now.State != s.last.State
		now.Refills = now.Unread != s.last.Unread
		if now.State != "" && (now.Changed || now.Refills || s == own) {
			seen = append(seen, now)
		}
		s.last = now
	}
	return seen
}
