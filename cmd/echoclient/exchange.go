//go:build unix

package main

import (
	"errors"
	"io"
	"time"

	"example.com/berkeley/sock"
)

const streamSize = 64 << 10 // how much is sent and received at once

// exchangeStream sends all the input and at the same time receives all the answer: otherwise a server that answers as it
// receives would stop receiving once the buffers are full of its answer.
func (c *conversation) exchangeStream() error {
	defer c.window.close()
	sent, received := make(chan error, 1), make(chan error, 1)
	go func() { sent <- c.sendStream() }()
	go func() { received <- c.receiveStream() }()
	select {
	case err := <-received:
		if err != nil {
			return err
		}
		// A server that knows the input's length may close first. Then the sender is about to find the end of the input.
		select {
		case err := <-sent:
			return c.complete(err)
		case <-time.After(time.Second):
			return c.complete(sock.EPIPE)
		}
	case err := <-sent:
		if err != nil && !errors.Is(err, sock.EPIPE) && !errors.Is(err, sock.ECONNRESET) {
			return err
		}
		if err := <-received; err != nil {
			return err
		}
		return c.complete(err)
	}
}

// complete returns nil if the answer, which has ended, is complete. sendErr is the sender's error: EPIPE is the
// consequence of an answer that ended too early, and is not reported.
func (c *conversation) complete(sendErr error) error {
	switch {
	case sendErr != nil && !errors.Is(sendErr, sock.EPIPE):
		return sendErr
	case sendErr != nil:
		return &differentError{offset: c.received, reason: "the answer ended before all was sent", early: true}
	case !c.window.empty():
		return &differentError{offset: c.received, reason: missing(c.window.size()), early: true}
	}
	return nil
}

// sendStream sends the input and shuts down the writing side.
func (c *conversation) sendStream() error {
	buf := make([]byte, streamSize)
	for {
		n, err := c.input.Read(buf)
		if sendErr := c.send(buf[:n]); sendErr != nil {
			return sendErr
		}
		switch {
		case err == io.EOF:
			return c.end()
		case err != nil:
			return standard("input", err)
		}
	}
}

// end shuts down the writing side.
func (c *conversation) end() error {
	c.touch()
	c.ended.Store(true)
	if err := sock.Shutdown(c.fd, sock.SHUT_WR); err != nil && err != sock.ENOTCONN {
		return c.failed("shutdown", err)
	}
	return nil
}

// send sends p.
func (c *conversation) send(p []byte) error {
	if err := c.window.push(p); err != nil {
		return err
	}
	for len(p) > 0 {
		n, err := c.patiently("send", func(flags int) (int, error) { return sock.Send(c.fd, p, flags) })
		if err != nil {
			return err
		}
		p = p[n:]
		c.sent.Add(int64(n))
	}
	return nil
}

// receiveStream receives until the end, compares and prints.
func (c *conversation) receiveStream() error {
	buf := make([]byte, streamSize)
	for {
		n, err := c.receive(buf)
		if n == 0 || err != nil {
			return err
		}
		if err := c.check(buf[:n]); err != nil {
			return err
		}
	}
}

// receive receives once.
func (c *conversation) receive(buf []byte) (int, error) {
	n, err := c.patiently("recv", func(flags int) (int, error) { return sock.Recv(c.fd, buf, flags) })
	if errors.Is(err, sock.EPIPE) {
		return 0, nil // the end came first; the kernel reports the error of a later send only now
	}
	return n, err
}

// check prints the received bytes and compares them with those sent.
func (c *conversation) check(p []byte) error {
	if err := c.print(p); err != nil {
		return err
	}
	same, err := c.window.match(p)
	c.received += int64(same)
	switch {
	case err != nil:
		return err
	case same < len(p) && c.window.empty():
		return &differentError{offset: c.received, reason: "more came than was sent"}
	case same < len(p):
		return &differentError{offset: c.received, reason: "it isn't what was sent"}
	}
	return nil
}
