//go:build unix

package main

import (
	"errors"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// How much is received at once. A record must come in one piece: recordSize is enough for any datagram of UDP, and for
// what net.core.wmem_default lets a program send over AF_UNIX.
const (
	streamSize = 64 << 10
	recordSize = 256 << 10
)

var (
	errTooLong = errors.New("the message is longer than -max-message")
	errIdle    = errors.New("nothing came or went for -idle-timeout")
)

// client is one accepted connection, the same for every engine. One goroutine at a time may use it.
type client struct {
	fd       int
	listener *listener
	peer     string
	owed     outbox // received and not yet sent back
	ended    bool   // the client has shut down its writing side
	idleLinks
}

// step moves a conversation on: it sends what is due, or receives what is there and sends that. done is true at its end.
// sock.EAGAIN means that the socket isn't ready, for writing where sending tells so and for reading otherwise.
func (s *server) step(c *client, buf []byte) (done bool, err error) {
	if s.sending(c) {
		err := c.flush()
		return err == nil && c.ended, err
	}
	n, err := s.receive(c, buf)
	switch {
	case err != nil:
		return false, err
	case n == 0:
		c.ended = true
		err := c.flush()
		return err == nil, err
	case s.message:
		c.owed.add(buf[:n], c.listener.Records())
		return false, nil
	}
	sent, err := sock.SendAll(c.fd, buf[:n], 0)
	if err == sock.EAGAIN {
		c.owed.add(buf[sent:n], c.listener.Records())
	}
	return false, c.failed("send", err)
}

// receive takes what is there, as much as the client may still send.
func (s *server) receive(c *client, buf []byte) (n int, err error) {
	flags, room := 0, len(buf)
	if s.message {
		room = s.maxMessage - c.owed.size()
	}
	switch {
	case c.listener.Records():
		flags = sock.MSG_TRUNC // gives a record's real length if it was cut
	case room <= 0:
		buf, flags = buf[:1], sock.MSG_PEEK // what stays unread makes close(2) an error for the client, on AF_UNIX too
	default:
		buf = buf[:min(len(buf), room)]
	}
	n, err = sock.Retry(func() (int, error) { return sock.Recv(c.fd, buf, flags) })
	switch {
	case err != nil:
		return 0, c.failed("recv", err)
	case s.message && n > room:
		return 0, errTooLong
	case n > len(buf):
		return 0, c.failed("recv", sock.EMSGSIZE)
	}
	return n, nil
}

// sending tells whether a client is owed bytes that it should get now.
func (s *server) sending(c *client) bool {
	return !c.owed.empty() && (c.ended || !s.message)
}

// flush sends all that the client is owed.
func (c *client) flush() error {
	for !c.owed.empty() {
		n, err := sock.SendAll(c.fd, c.owed.next(), 0)
		c.owed.sent += n
		if err != nil {
			return c.failed("send", err)
		}
	}
	c.owed = outbox{} // an idle client holds no memory
	return nil
}

// failed adds the call and the peer to an error, but EAGAIN, which is none.
func (c *client) failed(call string, err error) error {
	if err == nil || err == sock.EAGAIN {
		return err
	}
	return &endpoint.CallError{Call: call, Address: c.listener.Network + " " + c.peer, Err: err}
}

// finish closes a connection: cleanly if all went well, and otherwise with a reset, so that the client can't take what it
// got for the whole. The reset is SO_LINGER {1, 0}, which the socket has from its listener.
func (s *server) finish(c *client, err error) {
	if err == nil && c.listener.resets() {
		err = c.failed("setsockopt", sock.Setsockopt(c.fd, sock.SO_LINGER, sock.Linger{}))
	}
	if closeErr := sock.Close(c.fd); err == nil {
		err = c.failed("close", closeErr)
	}
	if err != nil {
		s.log.Warn("connection failed", "listener", c.listener.url, "peer", c.peer, "err", err)
		return
	}
	s.log.Debug("closed", "listener", c.listener.url, "peer", c.peer)
}
