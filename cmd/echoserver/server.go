//go:build unix

package main

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"time"

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
	full                    // it can't be had now: wait
	broken                  // the listener can't go on
)

// accept takes one client off a listener's queue, by way of sock.Accept or its like.
func (s *server) accept(l *listener, accept func(fd int) (int, sock.Sockaddr, error)) (*client, accepted, error) {
	fd, peer, err := accept(l.fd)
	switch err {
	case nil:
		c := &client{fd: fd, listener: l, peer: peer.String()}
		if l.addr.Family() == sock.AF_UNIX {
			err = inlineUrgent(fd, l.Endpoint) // other families inherit it
		}
		if err != nil {
			s.finish(c, c.failed("setsockopt", err))
			return nil, lost, nil
		}
		s.log.Debug("accepted", "listener", l.url, "peer", c.peer)
		return c, aClient, nil
	case sock.EAGAIN:
		return nil, nobody, nil
	case sock.EINTR:
		return nil, lost, nil
	case sock.ECONNABORTED, sock.EPROTO, sock.ENETDOWN, sock.ENOPROTOOPT, sock.EHOSTDOWN, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.ETIMEDOUT:
		// The trouble of one client, who is out of the queue now: accept(2) "Error handling".
		s.log.Warn("a client was lost in the queue", "listener", l.url, "call", "accept", "err", endpoint.Describe(err))
		return nil, lost, nil
	case sock.EBADF, sock.EFAULT, sock.EINVAL, sock.ENOTSOCK:
		return nil, broken, &endpoint.CallError{Call: "accept", Address: l.url, Err: err}
	}
	// No descriptor or memory, or something that may leave the client in the queue: asking again at once could go on for ever.
	if now := time.Now(); now.Sub(time.Unix(0, l.full.Load())) > time.Second {
		l.full.Store(now.UnixNano())
		s.log.Warn("clients wait in the queue", "listener", l.url, "call", "accept", "err", endpoint.Describe(err))
	}
	return nil, full, nil
}
