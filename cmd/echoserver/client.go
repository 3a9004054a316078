//go:build unix

package main

import (
	"errors"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// recordSize is how much of a record or datagram is received, which must come in one piece: enough for any datagram of
// UDP, and for what net.core.wmem_default lets a program send over AF_UNIX.
const recordSize = 256 << 10

var (
	errTooLong = errors.New("the message is longer than -max-message")
	errIdle    = errors.New("nothing came or went for -idle-timeout")
)

// pieces is how large what comes from a client at a time is.
type pieces uint8

const (
	small pieces = iota
	large        // too large for a batch
	bulk         // so large that it goes through a pipe
)

// interest is what an event loop waits for of a client, in one byte: the zero value is input.
type interest uint8

// client is one accepted connection, the same for every engine. One goroutine at a time may use it.
// A server may have very many: it is small, and holds nothing else while it is idle.
type client struct {
	fd       int32
	ended    bool // the client has shut down its writing side, and all it sent was received
	last     bool // the end has come, though not all before it was received: a receive that leaves room gets the rest
	pieces   pieces
	watched  interest // of an event loop
	listener *listener
	peer     string // the bytes of its address, after the family: most are never printed
	owed     *spool // received and not yet sent back, nil if there is nothing
	idleLinks
}

func newClient(l *listener, fd int, peer sock.Sockaddr) *client {
	var room [128]byte
	b := peer.AppendTo(room[:0])
	return &client{fd: int32(fd), listener: l, peer: string(b[min(2, len(b)):])}
}

// name is the peer's address as text.
func (c *client) name() string {
	peer, err := sock.Raw(c.listener.addr.Family(), []byte(c.peer))
	if err != nil || peer == sock.Unnamed() {
		return "(unnamed)" // most clients of a unix socket are
	}
	return peer.String()
}

// step moves a conversation on by a bounded piece: it sends what is due, or receives what is there, n bytes, and sends that.
// done is true at its end. sock.EAGAIN means that the socket isn't ready, for writing where sending tells so and for reading
// otherwise.
func (s *server) step(c *client, buf []byte) (n int, done bool, err error) {
	switch {
	case s.sending(c):
		done, err = s.flush(c, buf)
		return 0, done, err
	case s.message:
		return s.collect(c, buf)
	case c.pieces == bulk:
		return s.pour(c, buf)
	}
	return s.echo(c, buf)
}

// echo receives what is there and sends it back. What the client doesn't take at once is kept for later.
func (s *server) echo(c *client, buf []byte) (n int, done bool, err error) {
	n, err = s.receive(c, buf, 0)
	if n == 0 || err != nil {
		return 0, c.ended, err
	}
	c.listener.received.Add(int64(n)) // before the client can know
	sent, err := c.send(buf[:n], c.more())
	done, err = s.echoed(c, buf, n, sent, err)
	return n, done, err
}

// echoed is what becomes of the first n bytes of buf, which were received, after an attempt to send them back.
func (s *server) echoed(c *client, buf []byte, n, sent int, err error) (done bool, _ error) {
	if err != nil && err != sock.EAGAIN && err != sock.EINTR {
		return false, c.failed("send", err)
	}
	c.listener.sent.Add(int64(sent))
	switch c.pieces = small; {
	case n >= bulkSize && canPour && !c.listener.Records() && sent == n:
		c.pieces = bulk
	case n >= largeSize:
		c.pieces = large
	}
	if sent == n {
		return c.ended, nil
	}
	if err := s.keep(c, buf[sent:n]); err != nil || !c.ended {
		return false, err
	}
	return s.flush(c, buf)
}

// collect receives what is there, as much as the client may still send, and keeps it until the end has come.
func (s *server) collect(c *client, buf []byte) (n int, done bool, err error) {
	flags, room := 0, s.maxMessage-c.owed.total()
	switch {
	case c.listener.Records():
	case room <= 0:
		buf, flags = buf[:1], flags|sock.MSG_PEEK // what stays unread makes close(2) an error for the client, on AF_UNIX too
	default:
		buf = buf[:min(int64(len(buf)), room)]
	}
	n, err = s.receive(c, buf, flags)
	switch {
	case int64(n) > room:
		return n, false, errTooLong
	case err != nil:
		return 0, false, err
	case n > 0:
		c.listener.received.Add(int64(n))
		if err := s.keep(c, buf[:n]); err != nil || !c.ended {
			return n, false, err
		}
	}
	done, err = s.flush(c, buf)
	return n, done, err
}

// receive takes what is there. A record that is longer than the buffer is an error; n is its length.
func (s *server) receive(c *client, buf []byte, flags int) (n int, err error) {
	if c.listener.Records() {
		flags |= sock.MSG_TRUNC // gives a record's real length if it was cut
	} else {
		buf = buf[:min(len(buf), s.buffer)]
	}
	for n, err = c.recv(buf, flags); err == sock.EINTR; {
		n, err = c.recv(buf, flags)
	}
	return c.received(n, len(buf), err)
}

// recv is recv(2) without waiting, and send is send(2).
func (c *client) recv(p []byte, flags int) (int, error) {
	if c.listener.tcp() {
		return sock.TryRecv(int(c.fd), p, flags)
	}
	return sock.Recv(int(c.fd), p, flags|sock.MSG_DONTWAIT)
}

func (c *client) send(p []byte, flags int) (int, error) {
	if c.listener.tcp() {
		return sock.TrySend(int(c.fd), p, flags)
	}
	return sock.Send(int(c.fd), p, flags|sock.MSG_DONTWAIT)
}

// received is what an attempt to receive into a buffer of some size means.
func (c *client) received(n, size int, err error) (int, error) {
	if err != nil {
		return 0, c.failed("recv", err)
	}
	if n > size {
		return n, c.failed("recv", sock.EMSGSIZE)
	}
	c.ended = n == 0 || c.last && n < size
	return n, nil
}

// more is the flag of what is sent to a client last: close(2) sends the end along with it, in the same segment of TCP.
func (c *client) more() int {
	if c.ended && c.listener.tcp() {
		return msgMore
	}
	return 0
}

// keep stores what the client gets later.
func (s *server) keep(c *client, p []byte) error {
	if c.owed == nil {
		c.owed = &spool{records: c.listener.Records()}
	}
	before := c.owed.written
	err := c.owed.add(&s.space, p)
	c.listener.spooled.Add(c.owed.written - before)
	return err
}

// sending tells whether a client is owed bytes that it should get now.
func (s *server) sending(c *client) bool {
	return !c.owed.empty() && (c.ended || !s.message)
}

// flush sends what the client is owed, but no more than a burst.
func (s *server) flush(c *client, buf []byte) (done bool, err error) {
	for turn := int64(burst); !c.owed.empty() && turn > 0; {
		n, err := c.owed.send(&s.space, int(c.fd), buf, c.more())
		c.listener.sent.Add(n)
		turn -= n
		if err != nil {
			return false, c.failed("send", err)
		}
	}
	if !c.owed.empty() {
		return false, nil
	}
	s.discard(c)
	return c.ended, nil
}

// failed adds the call and the peer to an error, but EAGAIN, which is none.
func (c *client) failed(call string, err error) error {
	if err == nil || err == sock.EAGAIN {
		return err
	}
	return &clientError{c, call, err}
}

// clientError is a call that failed for a client. Only a log line that is not suppressed makes text of it.
type clientError struct {
	client *client
	call   string
	err    error
}

func (e *clientError) Error() string {
	address := e.client.listener.Network + " " + e.client.name()
	return (&endpoint.CallError{Call: e.call, Address: address, Err: e.err}).Error()
}

func (e *clientError) Unwrap() error { return e.err }

// discard gives back what a client holds.
func (s *server) discard(c *client) {
	if c.owed != nil {
		c.owed.discard(s)
		c.owed = nil
	}
}

// finish closes a connection: cleanly if all went well, and otherwise with a reset, so that the client can't take what it
// got for the whole. The reset is SO_LINGER {1, 0}, which the socket has from its listener.
func (s *server) finish(c *client, err error) {
	s.finishWith(c, err, func() error { return sock.Close(int(c.fd)) })
}

// finishWith is finish where another function closes the socket.
func (s *server) finishWith(c *client, err error, closeSocket func() error) {
	l := c.listener
	s.discard(c)
	l.active.Add(-1) // before the client sees the end
	s.active.Add(-1)
	if err == nil && l.resets() {
		err = c.failed("setsockopt", sock.Setsockopt(int(c.fd), sock.SO_LINGER, sock.Linger{}))
	}
	if closeErr := closeSocket(); err == nil {
		err = c.failed("close", closeErr)
	}
	if err == nil {
		s.debug("closed", c)
		return
	}
	l.failed.Add(1)
	if err == errTooLong {
		l.refused.Add(1)
	}
	s.report(l, connectionFailed, func() []any { return []any{"peer", c.name(), "err", err} })
}
