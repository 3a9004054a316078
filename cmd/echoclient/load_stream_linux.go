package main

import (
	"fmt"

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
	c.send()
	if c.state == open && c.sent == c.goal() && (c.reconnect || c.begun == c.done && c.over(c)) {
		c.halfClose()
	}
}

// send sends what was begun, as far as the kernel takes it: several messages at once, where there are no boundaries.
func (c *connection) send() {
	for c.sent < c.goal() {
		n := c.goal() - c.sent
		if c.server.Records() {
			n = int64(c.size)
		}
		sent, err := sock.Send(c.fd, piece(c.pattern, c.sent, n), sock.MSG_DONTWAIT)
		switch err {
		case nil:
			c.sent += int64(sent)
			c.moved = c.now
		case sock.EINTR:
		case sock.EAGAIN:
			c.awaitRoom()
			return
		case sock.EPIPE:
			c.receive(true) // what came before the end
			return
		default:
			c.fail("send", err)
			return
		}
	}
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
		n, err := sock.Recv(c.fd, c.buf, sock.MSG_DONTWAIT)
		c.now = c.clock()
		switch {
		case err == sock.EAGAIN:
			return
		case err == sock.EINTR:
			continue
		case err != nil:
			c.fail("recv", err)
		case c.slots != nil:
			c.checkDatagram(c.buf[:n])
		case n == 0:
			c.ended()
			return
		default:
			c.check(c.buf[:n])
		}
		// A short answer is all that was there, and the kernel will tell of what comes after it. Of records, the ones in
		// flight are all that there should be.
		drained := n < len(c.buf)
		if c.server.Records() {
			drained = c.begun == c.done
		}
		if drained && !end {
			return
		}
	}
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
