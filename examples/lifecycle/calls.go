//go:build linux

package main

import (
	"fmt"

	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

// An actor's calls: each is the call of package sock, recorded. Where a scenario can't go on after an error, it ends.

func (a *actor) socket(domain, typ int) *socket {
	s := &socket{side: a.side, family: domain, typ: typ &^ sock.SOCK_NONBLOCK}
	a.do(s, "socket", func(st *step) {
		fd, err := sock.Socket(domain, typ, 0)
		check("socket", err)
		s.fd = fd
		st.returns(fd)
		a.sockets = append(a.sockets, s)
	})
	return s
}

func (a *actor) bind(s *socket, sa sock.Sockaddr) {
	a.do(s, "bind", func(st *step) {
		check("bind", sock.Bind(s.fd, sa))
		s.name()
		a.service = s.local
		if port := s.local.AddrPort().Port(); a.capture != nil && port != 0 {
			st.after = func() { _ = a.capture.Only(port) } // where filters are refused, it captures all
		}
	}, s.fd, sa)
}

func (a *actor) listen(s *socket, backlog int) {
	a.do(s, "listen", func(st *step) { check("listen", sock.Listen(s.fd, backlog)) }, s.fd, backlog)
}

func (a *actor) accept(listener *socket) *socket {
	a.await(listener, sock.POLLIN, "accept", listener.fd)
	st := a.do(listener, "accept", func(st *step) {
		fd, from, err := sock.Accept(listener.fd)
		check("accept", err)
		st.socket = a.end(a.side, listener.local, from)
		st.socket.fd, st.peer = fd, from
		st.returns(fd)
	}, listener.fd)
	return st.socket
}

func (a *actor) connect(s *socket, sa sock.Sockaddr) {
	a.do(s, "connect", func(st *step) {
		if st.err = sock.Connect(s.fd, sa); st.err != sock.EINPROGRESS {
			check("connect", st.err)
		}
		s.name()
		s.remote, st.peer = sa, sa
		if s.typ == sock.SOCK_STREAM {
			a.end(a.side.Other(), s.remote, s.local) // in the listener's queue, if the kernel has it there
		}
	}, s.fd, sa)
}

// awaitConnected waits, by poll(2), for the end of a connect that didn't.
func (a *actor) awaitConnected(s *socket) {
	a.await(s, sock.POLLOUT, "poll", s.fd, "POLLOUT")
	a.do(s, "poll", func(st *step) {
		fds := []sock.Pollfd{{Fd: int32(s.fd), Events: sock.POLLOUT}}
		n, err := sock.Poll(fds, -1)
		st.err = err
		st.returns(n)
	}, s.fd, "POLLOUT")
}

func (a *actor) send(s *socket, p []byte) {
	a.do(s, "send", func(st *step) {
		n, err := sock.Send(s.fd, p, 0)
		st.err = err
		st.returns(n)
	}, s.fd, show(p))
}

func (a *actor) sendto(s *socket, p []byte, to sock.Sockaddr) {
	a.do(s, "sendto", func(st *step) {
		n, err := sock.Sendto(s.fd, p, 0, to)
		st.peer, st.err = to, err
		st.returns(n)
	}, s.fd, show(p), to)
}

// recv returns how many bytes there were, 0 at the end and after an error.
func (a *actor) recv(s *socket, p []byte) int {
	a.await(s, sock.POLLIN, "recv", s.fd)
	st := a.do(s, "recv", func(st *step) {
		n, err := sock.Recv(s.fd, p, 0)
		st.received(s, p, n, err)
	})
	return st.N
}

// recvAll waits in the kernel until p is full.
func (a *actor) recvAll(s *socket, p []byte) {
	a.await(s, sock.POLLIN, "recv", s.fd, "MSG_WAITALL")
	a.do(s, "recv", func(st *step) {
		n, err := sock.Recv(s.fd, p, sock.MSG_WAITALL)
		st.received(s, p, n, err)
	})
}

func (a *actor) recvfrom(s *socket, p []byte) (n int, from sock.Sockaddr) {
	a.await(s, sock.POLLIN, "recvfrom", s.fd)
	st := a.do(s, "recvfrom", func(st *step) {
		n, from, err := sock.Recvfrom(s.fd, p, 0)
		st.peer = from
		st.received(s, p, n, err)
	})
	return st.N, st.peer
}

func (st *step) received(s *socket, p []byte, n int, err error) {
	st.err = err
	st.returns(n)
	st.takes(s.fd)
	if n > 0 {
		st.takes(s.fd, show(p[:n]))
	}
}

func (a *actor) shutdown(s *socket) {
	a.do(s, "shutdown", func(st *step) { st.err = sock.Shutdown(s.fd, sock.SHUT_WR) }, s.fd, "SHUT_WR")
}

func (a *actor) close(s *socket) {
	a.do(s, "close", func(st *step) {
		st.err = sock.Close(s.fd)
		s.fd = life.NoFD
	}, s.fd)
}

// set is setsockopt(2).
func set[T any](a *actor, s *socket, option sock.Option[T], v T, text string) {
	a.do(s, "setsockopt", func(st *step) { st.err = sock.Setsockopt(s.fd, option, v) }, s.fd, option, text)
}

// work does something other than calls, until no other actor can run.
func (a *actor) work() {
	a.idle = true
	a.pause(struct{}{})
	a.idle = false
}

// name learns the socket's own name.
func (s *socket) name() {
	var err error
	s.local, err = sock.Getsockname(s.fd)
	check("getsockname", err)
}

// end is the end of a connection, by both its names: the one that waits for accept, or a new one.
func (r *recorder) end(side life.Side, local, remote sock.Sockaddr) *socket {
	for _, s := range r.sockets {
		if s.fd == life.NoFD && s.last.State != life.Gone && s.local == local && s.remote == remote {
			return s
		}
	}
	s := &socket{side: side, fd: life.NoFD, family: local.Family(), typ: sock.SOCK_STREAM, local: local, remote: remote}
	r.sockets = append(r.sockets, s)
	return s
}

// show is bytes as they are if they are few, else their number.
func show(p []byte) string {
	if len(p) > 16 {
		return fmt.Sprintf("%d bytes", len(p))
	}
	return fmt.Sprintf("%q", p)
}
