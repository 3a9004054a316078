//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"example.com/berkeley/sock"
)

// How much is sent and received at once. A datagram of standard input fits every network's frames.
const (
	streamSize   = 64 << 10
	datagramSize = 1200
	longest      = 256 << 10 // the longest datagram that is received whole
)

// conversation is a connected socket and what goes over it. One goroutine sends and one receives.
type conversation struct {
	*options
	fd            int
	local, remote string
	input         io.Reader
	output        io.Writer
	window        window       // what was sent and isn't back
	sent          atomic.Int64 // bytes handed to the kernel
	ended         atomic.Bool  // whether all of the input was sent
	moved         atomic.Int64 // when something was last sent or received, in nanoseconds since 1970
	received      int64
}

// exchangeStream sends all the input and receives all the answer, both at once: a server that answers as it receives
// would otherwise stop receiving when nobody takes its answer.
func (c *conversation) exchangeStream() error {
	defer c.window.close()
	sending := make(chan error, 1)
	receiving := make(chan error, 1)
	go func() { sending <- c.sendStream() }()
	go func() { receiving <- c.receiveStream() }()
	select {
	case err := <-receiving:
		return err
	case err := <-sending:
		// A server that went away shows in the answer too: the receiver may know better at which byte.
		if answerErr := <-receiving; answerErr != nil || err == nil {
			return answerErr
		}
		return err
	}
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
			c.ended.Store(true)
			c.touch()
			if err := sock.Shutdown(c.fd, sock.SHUT_WR); err != nil && err != sock.ENOTCONN {
				return c.failed("shutdown", err)
			}
			return nil
		case err != nil:
			return fmt.Errorf("standard input: %w", err)
		}
	}
}

// send sends p, however long that takes as long as something moves.
func (c *conversation) send(p []byte) error {
	c.touch() // from now on an answer is due
	if err := c.window.push(p); err != nil {
		return err
	}
	for len(p) > 0 {
		n, err := sock.SendAll(c.fd, p, 0)
		p = p[n:]
		c.sent.Add(int64(n))
		if n > 0 {
			c.touch()
		}
		switch {
		case err == sock.EAGAIN && !c.stalled():
		case err == sock.EAGAIN:
			return c.failed("send", errTimeout)
		case err != nil:
			return c.failed("send", err)
		}
	}
	return nil
}

// receiveStream receives to the end, compares and prints.
func (c *conversation) receiveStream() error {
	buf := make([]byte, streamSize)
	for {
		n, err := c.receive(buf)
		if err != nil {
			return err
		}
		if n == 0 {
			return c.complete()
		}
		if err := c.check(buf[:n]); err != nil {
			return err
		}
	}
}

// receive receives once, however long that takes as long as something moves, or nothing is due.
func (c *conversation) receive(buf []byte) (int, error) {
	for {
		n, err := sock.Recv(c.fd, buf, 0)
		switch {
		case err == nil:
			c.touch()
			return n, nil
		case err == sock.EINTR:
		case err == sock.EAGAIN && !c.stalled():
		case err == sock.EAGAIN:
			return 0, c.failed("recv", errTimeout)
		default:
			return 0, c.failed("recv", err)
		}
	}
}

// check prints what came and compares it with what was sent.
func (c *conversation) check(p []byte) error {
	if _, err := c.output.Write(p); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	same, err := c.window.match(p)
	c.received += int64(same)
	switch {
	case err != nil:
		return err
	case same < len(p) && c.window.empty():
		return &differentError{c.received, "more came than was sent"}
	case same < len(p):
		return &differentError{c.received, "it isn't what was sent"}
	}
	return nil
}

// complete tells whether the end of the answer is where it should be.
func (c *conversation) complete() error {
	switch {
	case !c.ended.Load():
		return &differentError{c.received, "the answer ended before all was sent"}
	case !c.window.empty():
		return &differentError{c.received, fmt.Sprintf("the answer ended, %d bytes are missing", c.window.size())}
	}
	return nil
}

// touch notes that something moved.
func (c *conversation) touch() { c.moved.Store(time.Now().UnixNano()) }

// stalled tells whether something is due and nothing moved for too long.
func (c *conversation) stalled() bool {
	due := c.ended.Load() || !c.window.empty()
	return due && c.timeout > 0 && time.Since(time.Unix(0, c.moved.Load())) >= c.timeout
}

// exchangeDatagrams sends a datagram and waits for its answer, again and again.
func (c *conversation) exchangeDatagrams() error {
	answer := make([]byte, longest)
	if len(c.words) > 0 {
		return c.exchangeDatagram([]byte(strings.Join(c.words, " ")), answer)
	}
	buf := make([]byte, datagramSize)
	for {
		n, err := c.input.Read(buf)
		if n > 0 {
			if err := c.exchangeDatagram(buf[:n], answer); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("standard input: %w", err)
		}
	}
}

func (c *conversation) exchangeDatagram(p, answer []byte) error {
	c.ended.Store(true) // an answer is due at once
	c.touch()
	if _, err := sock.Retry(func() (int, error) { return sock.Send(c.fd, p, 0) }); err != nil {
		return c.failed("send", err)
	}
	c.sent.Add(int64(len(p)))
	n, err := c.receive(answer)
	if err != nil {
		return err
	}
	if _, err := c.output.Write(answer[:n]); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if !bytes.Equal(answer[:n], p) {
		return &differentError{c.received + int64(common(answer[:n], p)), "it isn't the datagram that was sent"}
	}
	c.received += int64(n)
	return nil
}

// common is how many bytes a and b have in common at their beginning.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
