package main

import (
	"fmt"
	"strings"

	"example.com/berkeley/sock"
)

// goal is where in the pattern the messages end that were begun.
func (c *connection) goal() int64 {
	if c.reconnect {
		return c.base + int64(c.size)
	}
	return c.base + c.begun*int64(c.size)
}

func (c *connection) advanceStream() {
	c.beginMessages()
	c.send()
	if c.state == open && c.sent == c.goal() && (c.reconnect || c.begun == c.done && c.over(c)) {
		c.halfClose()
	}
}

// beginMessages begins as many messages as there may be in flight.
func (c *connection) beginMessages() {
	for !c.reconnect && c.begun-c.done < int64(c.depth) {
		due, ok := c.begin(c)
		if !ok {
			break
		}
		if c.begun == c.done {
			c.moved = c.now
		}
		c.times[c.begun%int64(c.depth)] = due
		c.begun++
	}
}

// send sends what was begun, as far as the kernel takes it: several messages at once, where there are no boundaries.
func (c *connection) send() {
	for c.sent < c.goal() {
		if !c.sentSome(c.trySend(c.unsent())) {
			return
		}
	}
}

// isQuick tells whether the transport is one of those that TrySend and TryRecv are for.
func (l *loop) isQuick() bool {
	return strings.HasPrefix(l.server.Network, "tcp") || strings.HasPrefix(l.server.Network, "udp")
}

func (c *connection) trySend(p []byte) (int, error) {
	if c.isQuick() {
		return sock.TrySend(c.fd, p, 0)
	}
	return sock.Send(c.fd, p, sock.MSG_DONTWAIT)
}

func (c *connection) tryRecv(p []byte) (int, error) {
	if c.isQuick() {
		return sock.TryRecv(c.fd, p, 0)
	}
	return sock.Recv(c.fd, p, sock.MSG_DONTWAIT)
}

// unsent is what was begun and is to be sent next.
func (c *connection) unsent() []byte {
	if c.server.Records() {
		return piece(c.pattern, c.sent, int64(c.size))
	}
	return piece(c.pattern, c.sent, c.goal()-c.sent)
}

// sentSome goes on after a send. It tells whether the next one may be made.
func (c *connection) sentSome(n int, err error) (more bool) {
	if c.slots != nil {
		return c.sentDatagram(err)
	}
	switch err {
	case nil:
		c.sent += int64(n)
		c.moved = c.now
		return true
	case sock.EINTR:
		return true
	case sock.EAGAIN:
		c.awaitRoom()
	case sock.EPIPE:
		c.receive(true) // what came before the end
	default:
		c.fail("send", err)
	}
	return false
}

// awaitRoom asks the kernel to tell when there is room to send, from now on.
func (c *connection) awaitRoom() {
	if c.writing {
		return
	}
	c.writing = true
	events := sock.EpollEvent{Events: sock.EPOLLIN | sock.EPOLLOUT | sock.EPOLLRDHUP | sock.EPOLLET, Fd: int32(c.index)}
	if err := sock.EpollCtl(c.epfd, sock.EPOLL_CTL_MOD, c.fd, &events); err != nil {
		c.fail("epoll_ctl", err)
	}
}

func (c *connection) halfClose() {
	c.state = ending
	c.moved = c.now
	if err := sock.Shutdown(c.fd, sock.SHUT_WR); err != nil && err != sock.ENOTCONN {
		c.fail("shutdown", err)
	}
}

// receive receives all that is there: to the end of the stream, if the kernel tells of one.
func (c *connection) receive(end bool) {
	for c.state == open || c.state == ending {
		n, err := c.tryRecv(c.buf)
		c.now = c.clock()
		if !c.receivedSome(c.buf, n, err, end) {
			return
		}
	}
}

// receivedSome goes on after a receive. It tells whether there is to be another, as for the end of the stream.
func (c *connection) receivedSome(buf []byte, n int, err error, end bool) (more bool) {
	switch {
	case err == sock.EAGAIN:
		return false
	case err == sock.EINTR:
		return true
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
	// A short answer is all that was there, and the kernel will tell of what comes after it. Of records, the ones in
	// flight are all that there should be.
	drained := n < len(buf)
	if c.server.Records() {
		drained = c.begun == c.done
	}
	return end || !drained
}

// check compares what came with what was sent, and counts the messages that are whole.
func (c *connection) check(p []byte) {
	c.moved = c.now
	if c.server.Records() && len(p) != c.size && c.received < c.sent {
		same := common(p, piece(c.pattern, c.received, int64(c.size)))
		c.wrong(c.received+int64(same)-c.base, "it isn't the record that was sent")
		return
	}
	for len(p) > 0 {
		want := piece(c.pattern, c.received, min(c.sent-c.received, int64(len(p))))
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
	for !c.reconnect && c.received >= c.base+(c.done+1)*int64(c.size) {
		c.answered(c.times[c.done%int64(c.depth)])
		c.done++
	}
}

// ended is the end of the stream.
func (c *connection) ended() {
	switch {
	case c.received < c.sent:
		c.wrong(c.received-c.base, fmt.Sprintf("the answer ended, %d bytes are missing", c.sent-c.received))
	case c.state != ending:
		c.wrong(c.received-c.base, "the answer ended before all was sent")
	case c.reconnect:
		c.answered(c.times[0])
		c.base = c.received
		c.shut(idle)
		c.advance()
	default:
		c.drop()
	}
}
