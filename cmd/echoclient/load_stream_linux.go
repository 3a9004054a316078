package main

import (
	"strings"

	"example.com/berkeley/sock"
)

// goal returns the position in the pattern at which the messages that were begun end.
func (c *connection) goal() int64 {
	if c.options.reconnect {
		return c.base + int64(c.options.size)
	}
	return c.base + c.begun*int64(c.options.size)
}

func (c *connection) advanceStream() {
	c.beginMessages()
	c.send()
	if c.state == open && c.sent == c.goal() && (c.options.reconnect || c.begun == c.done && c.loop.over(c)) {
		c.halfClose()
	}
}

// beginMessages begins as many messages as may be in flight.
func (c *connection) beginMessages() {
	for !c.options.reconnect && c.begun-c.done < int64(c.options.depth) {
		due, ok := c.loop.begin(c)
		if !ok {
			break
		}
		if c.begun == c.done {
			c.moved = c.loop.now
		}
		c.times[c.begun%int64(c.options.depth)] = due
		c.begun++
	}
}

// send sends as much of the begun messages as the kernel accepts: on a stream, several messages at once.
func (c *connection) send() {
	for c.sent < c.goal() {
		if !c.sentSome(c.trySend(c.unsent())) {
			return
		}
	}
}

// isQuick reports whether TrySend and TryRecv suit the transport.
func (l *loop) isQuick() bool {
	return strings.HasPrefix(l.options.server.Network, "tcp") || strings.HasPrefix(l.options.server.Network, "udp")
}

func (c *connection) trySend(p []byte) (int, error) {
	if c.loop.isQuick() {
		return sock.TrySend(c.fd, p, 0)
	}
	return sock.Send(c.fd, p, sock.MSG_DONTWAIT)
}

func (c *connection) tryRecv(p []byte) (int, error) {
	if c.loop.isQuick() {
		return sock.TryRecv(c.fd, p, 0)
	}
	return sock.Recv(c.fd, p, sock.MSG_DONTWAIT)
}

// unsent returns the next bytes to send.
func (c *connection) unsent() []byte {
	if c.options.server.Records() {
		return piece(c.loop.load.pattern, c.sent, int64(c.options.size))
	}
	return piece(c.loop.load.pattern, c.sent, c.goal()-c.sent)
}

// sentSome handles the result of a send. It reports whether to send more.
func (c *connection) sentSome(n int, err error) (more bool) {
	if err == sock.EINTR {
		return c.repeats("send")
	}
	c.interrupted = 0
	if c.slots != nil {
		return c.sentDatagram(err)
	}
	switch err {
	case nil:
		c.sent += int64(n)
		c.moved = c.loop.now
		return true
	case sock.EAGAIN:
		c.awaitSpace()
	case sock.EPIPE:
		c.receive(true) // bytes that arrived before the end
	default:
		c.fail("send", err)
	}
	return false
}

// repeats reports whether to repeat a call that failed with EINTR, and fails if that goes on: a sandbox may refuse each
// call so.
func (c *connection) repeats(call string) bool {
	const most = 1000
	if c.interrupted++; c.interrupted < most {
		return true
	}
	c.fail(call, sock.EINTR)
	return false
}

// awaitSpace makes the loop wait for EPOLLOUT too, from now on.
func (c *connection) awaitSpace() {
	if c.writing {
		return
	}
	c.writing = true
	events := sock.EpollEvent{Events: sock.EPOLLIN | sock.EPOLLOUT | sock.EPOLLRDHUP | sock.EPOLLET, Fd: int32(c.index)}
	if err := sock.EpollCtl(c.loop.epfd, sock.EPOLL_CTL_MOD, c.fd, &events); err != nil {
		c.fail("epoll_ctl", err)
	}
}

func (c *connection) halfClose() {
	c.state = ending
	c.moved = c.loop.now
	if err := sock.Shutdown(c.fd, sock.SHUT_WR); err != nil && err != sock.ENOTCONN {
		c.fail("shutdown", err)
	}
}

// receive receives everything that has arrived: until the end of the stream, if the kernel reports one. Datagrams that come
// faster than they are received don't keep it from other work.
func (c *connection) receive(end bool) {
	const most = 4096 // datagrams: more than a queue holds
	for i := 0; (c.state == open || c.state == ending) && (c.slots == nil || i < most); i++ {
		n, err := c.tryRecv(c.loop.buf)
		c.loop.now = c.loop.load.clock()
		if !c.receivedSome(c.loop.buf, n, err, end) {
			return
		}
	}
}

// receivedSome handles the result of a receive. It reports whether to receive more, as for the end of the stream.
func (c *connection) receivedSome(buf []byte, n int, err error, end bool) (more bool) {
	if err == sock.EINTR {
		return c.repeats("recv")
	}
	c.interrupted = 0
	switch {
	case err == sock.EAGAIN:
		return false
	case err != nil && c.slots != nil:
		return c.loses("recv", err)
	case err != nil:
		c.fail("recv", err)
	case c.slots != nil:
		c.checkDatagram(buf[:n])
	case n == 0:
		c.ended()
		return false
	default:
		c.check(buf[:n])
	}
	// A short receive has emptied the socket's buffer, and the kernel will report what arrives after it. Of records, no
	// more should arrive than are in flight.
	drained := n < len(buf)
	if c.options.server.Records() {
		drained = c.begun == c.done
	}
	return end || !drained
}

// check compares the received bytes with those sent, and counts the complete messages.
func (c *connection) check(p []byte) {
	c.moved = c.loop.now
	if c.options.server.Records() && len(p) != c.options.size && c.received < c.sent {
		same := common(p, piece(c.loop.load.pattern, c.received, int64(c.options.size)))
		c.wrong(c.received+int64(same)-c.base, "it isn't the record that was sent")
		return
	}
	for len(p) > 0 {
		want := piece(c.loop.load.pattern, c.received, min(c.sent-c.received, int64(len(p))))
		same := common(p, want)
		c.received += int64(same)
		switch {
		case same < len(want):
			c.wrong(c.received-c.base, "it isn't what was sent")
			return
		case same == 0:
			c.wrong(c.received-c.base, "more came than was sent")
			return
		}
		p = p[same:]
	}
	for !c.options.reconnect && c.received >= c.base+(c.done+1)*int64(c.options.size) {
		c.answered(c.times[c.done%int64(c.options.depth)])
		c.done++
	}
}

// ended handles the end of the stream.
func (c *connection) ended() {
	switch {
	case c.received < c.sent:
		c.wrong(c.received-c.base, missing(c.sent-c.received))
	case c.state != ending:
		c.wrong(c.received-c.base, "the answer ended before all was sent")
	case c.options.reconnect:
		c.answered(c.times[0])
		c.base = c.received
		c.disconnect()
		c.advance()
	default:
		c.close()
	}
}
