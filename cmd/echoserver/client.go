//go:build unix

package main

import (
	"errors"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// recordSize is the size of the buffer for a record or datagram, which must be received at once: enough for any UDP
// datagram, and for what net.core.wmem_default lets a program send over AF_UNIX.
const recordSize = 256 << 10

var (
	errTooLong = errors.New("the message is longer than -max-message")
	errIdle    = errors.New("idle for longer than -idle-timeout")
)

// pieces is the size of the pieces in which a client's bytes arrive.
type pieces uint8

const (
	small pieces = iota
	large        // too large for a group
	bulk         // so large that it goes through a pipe
)

// interest encodes the events of a client that an event loop waits for, in one byte: the zero value is input.
type interest uint8

// client is one accepted connection, the same for every engine. One goroutine at a time may use it.
// A server may have very many: it is small, and holds nothing else while it is idle.
type client struct {
	fd       int32
	ended    bool // the client has shut down its writing side, and everything it sent was received
	last     bool // the end has arrived, perhaps behind unread bytes: a receive that doesn't fill the buffer gets the rest
	pieces   pieces
	interest interest // of an event loop
	listener *listener
	peer     string // the bytes of its address, after the family: most are never printed
	pending  *spool // received and not yet sent back, nil if there is nothing
	idle     idleLinks
}

func newClient(l *listener, fd int, peer sock.Sockaddr) *client {
	var space [128]byte
	b := peer.AppendTo(space[:0])
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

// step does a bounded part of a conversation: it sends pending bytes, or receives once and sends the bytes back. done is
// true at the conversation's end. sock.EAGAIN means that the socket isn't ready: for writing if sending returns true,
// else for reading.
func (s *server) step(c *client, buf []byte) (done bool, err error) {
	switch {
	case s.sending(c):
		return s.flush(c, buf)
	case s.options.message:
		return s.collect(c, buf)
	case c.pieces == bulk:
		return s.splice(c, buf)
	}
	return s.echo(c, buf)
}

// echo receives once and sends the bytes back. Those that the socket doesn't accept at once are kept for later.
func (s *server) echo(c *client, buf []byte) (done bool, err error) {
	n, err := s.receive(c, buf, 0)
	if n == 0 || err != nil {
		return c.ended, err
	}
	c.listener.counters.received.Add(int64(n)) // before the client can see the answer
	sent, err := c.send(buf[:n], c.more())
	return s.echoed(c, buf, n, sent, err)
}

// echoed handles the result of an attempt to send back the first n bytes of buf.
func (s *server) echoed(c *client, buf []byte, n, sent int, err error) (done bool, _ error) {
	if err != nil && err != sock.EAGAIN && err != sock.EINTR {
		return false, c.failed("send", err)
	}
	c.listener.counters.sent.Add(int64(sent))
	switch c.pieces = small; {
	case n >= bulkSize && canSplice && !c.listener.Records() && sent == n:
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

// collect receives once, and keeps the bytes until the end has arrived.
func (s *server) collect(c *client, buf []byte) (done bool, err error) {
	n, err := s.receiveAllowed(c, buf)
	if err == nil && n > 0 {
		c.listener.counters.received.Add(int64(n))
		err = s.keep(c, buf[:n])
	}
	if err != nil || !c.ended {
		return false, err
	}
	return s.flush(c, buf)
}

// receiveAllowed receives once, at most as much as the client may still send. Anything more is an error.
func (s *server) receiveAllowed(c *client, buf []byte) (n int, err error) {
	allowed := s.options.maxMessage - c.pending.total()
	switch {
	case c.listener.Records():
		n, err = s.receive(c, buf, 0)
	case allowed > 0:
		n, err = s.receive(c, buf[:min(int64(len(buf)), allowed)], 0)
	default:
		// Only the end may follow. A byte that does stays unread: that makes close(2) an error for the client, on AF_UNIX too.
		n, err = s.receive(c, buf[:1], sock.MSG_PEEK)
	}
	if int64(n) > allowed {
		return 0, errTooLong
	}
	return n, err
}

// receive receives once. A record that is longer than the buffer is an error; n is its length.
func (s *server) receive(c *client, buf []byte, flags int) (n int, err error) {
	if c.listener.Records() {
		flags |= sock.MSG_TRUNC // returns a record's real length if it was cut
	} else {
		buf = buf[:min(len(buf), s.options.buffer)]
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

// received interprets the result of a receive into a buffer of some size.
func (c *client) received(n, size int, err error) (int, error) {
	if err != nil {
		return 0, c.failed("recv", err)
	}
	if n > size {
		return n, c.failed("recv", sock.EMSGSIZE)
	}
	c.ended = n == 0 || c.last && n < size
	if c.listener.Records() && n > largeSize {
		growSendBuffer(int(c.fd), recordSize+32) // a record has to be 32 bytes shorter than the buffer, or it can't be sent back
	}
	return n, nil
}

// more returns the flag for the last bytes sent to a client: close(2) sends them and the end in the same TCP segment.
func (c *client) more() int {
	if c.ended && c.listener.tcp() {
		return msgMore
	}
	return 0
}

// keep stores bytes to be sent back later.
func (s *server) keep(c *client, p []byte) error {
	if c.pending == nil {
		c.pending = &spool{records: c.listener.Records()}
	}
	before := c.pending.written
	err := c.pending.add(&s.space, p, s.shortage.exists())
	c.listener.counters.spooled.Add(c.pending.written - before)
	s.watch.holds(c)
	return err
}

// sending reports whether there are pending bytes to send to a client now.
func (s *server) sending(c *client) bool {
	return !c.pending.empty() && (c.ended || !s.options.message)
}

// flush sends pending bytes to the client, at most a burst.
func (s *server) flush(c *client, buf []byte) (done bool, err error) {
	for turn := int64(burst); !c.pending.empty() && turn > 0; {
		n, err := c.pending.send(&s.space, int(c.fd), buf, c.more())
		c.listener.counters.sent.Add(n)
		turn -= n
		if err != nil {
			s.watch.holds(c)
			return false, c.failed("send", err)
		}
	}
	if !c.pending.empty() {
		s.watch.holds(c)
		return false, nil
	}
	s.discard(c)
	return c.ended, nil
}

// failed adds the call and the peer to an error, except to EAGAIN, which is no failure.
func (c *client) failed(call string, err error) error {
	if err == nil || err == sock.EAGAIN {
		return err
	}
	return &clientError{c, call, err}
}

// clientError is a call that failed for a client. It is formatted only for a log line that is not suppressed.
type clientError struct {
	client *client
	call   string
	err    error
}

func (e *clientError) Error() string {
	address := e.client.listener.Network + " " + e.client.name()
	return (&callerr.CallError{Call: e.call, Address: address, Err: e.err}).Error()
}

func (e *clientError) Unwrap() error { return e.err }

// discard frees what a client holds.
func (s *server) discard(c *client) {
	if c.pending != nil {
		s.watch.released(c)
		c.pending.discard(s)
		c.pending = nil
	}
}

// finish closes a connection: cleanly if all went well, and otherwise with a reset, so that the client can't mistake a
// part for the whole. The reset comes from SO_LINGER {1, 0}, which the socket inherits from its listener.
func (s *server) finish(c *client, err error) {
	s.finishWith(c, err, func() error { return sock.Close(int(c.fd)) })
}

// finishWith is finish with another function to close the socket.
func (s *server) finishWith(c *client, err error, closeSocket func() error) {
	l := c.listener
	s.discard(c)
	l.counters.active.Add(-1) // all is counted before the client can see the end
	s.active.Add(-1)
	if err == nil && l.resets() {
		err = c.failed("setsockopt", sock.Setsockopt(int(c.fd), sock.SO_LINGER, sock.Linger{}))
	}
	l.counters.ended(err)
	if closeErr := closeSocket(); err == nil && closeErr != nil {
		err = c.failed("close", closeErr)
		l.counters.ended(err)
	}
	s.vacancies.add()
	if err == nil {
		s.debug("closed", c)
		return
	}
	s.report(l, connectionFailed, func() []any { return []any{"peer", c.name(), "err", err} })
}
