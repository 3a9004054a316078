//go:build unix

package main

import (
	"io"
	"log/slog"
	"net"
	"net/netip"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// server is what the engines share. But for the logger and stop, it doesn't change once they run.
type server struct {
	*options
	log       *slog.Logger
	stop      *fdutil.Event // set when the server is to stop
	listeners []*listener
	localIPs  map[netip.Addr]bool // this machine's addresses, where a datagram socket listens on all of them
}

func newServer(o *options, logs io.Writer) (*server, error) {
	stop, err := fdutil.NewEvent()
	if err != nil {
		return nil, err
	}
	s := &server{options: o, log: newLogger(logs, o.verbose), stop: stop, localIPs: map[netip.Addr]bool{}}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		s.log.Debug("this machine's addresses are unknown", "err", err)
	}
	for _, addr := range addrs {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			s.localIPs[prefix.Addr()] = true
		}
	}
	return s, nil
}

// close gives up what is still open.
func (s *server) close() {
	for _, l := range s.listeners {
		l.retire()
		l.close()
	}
	s.stop.Close()
}

// accepted is what became of an attempt to accept a client.
type accepted int

const (
	aClient accepted = iota // there is one
	nobody                  // nobody waits
	lost                    // one waited, and is gone: try again
	full                    // no descriptor or memory for one: wait
	broken                  // the listener can't go on
)

// accept takes one client off a listener's queue, by way of sock.Accept or its like.
func (s *server) accept(l *listener, accept func(fd int) (int, sock.Sockaddr, error)) (*client, accepted, error) {
	fd, peer, err := accept(l.fd)
	switch err {
	case nil:
		l.full.Store(false)
		c := &client{fd: fd, listener: l, peer: peer.String()}
		s.log.Debug("accepted", "listener", l.url, "peer", c.peer)
		return c, aClient, nil
	case sock.EAGAIN:
		return nil, nobody, nil
	case sock.EINTR:
		return nil, lost, nil
	case sock.EMFILE, sock.ENFILE, sock.ENOBUFS, sock.ENOMEM:
		if !l.full.Swap(true) {
			s.log.Warn("clients wait in the queue until there is room", "listener", l.url, "call", "accept", "err", endpoint.Describe(err))
		}
		return nil, full, nil
	case sock.EBADF, sock.EFAULT, sock.EINVAL, sock.ENOTSOCK:
		return nil, broken, &endpoint.CallError{Call: "accept", Address: l.url, Err: err}
	}
	// The rest is the trouble of a client that was in the queue: accept(2) "Error handling".
	s.log.Warn("a client was lost in the queue", "listener", l.url, "call", "accept", "err", endpoint.Describe(err))
	return nil, lost, nil
}
