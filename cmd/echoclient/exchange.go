//go:build unix

package main

import (
	"bytes"
	"errors"
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
	sa            sock.Sockaddr // what it was connected to: the peer may have another name
	local, remote string
	own           sourceFile
	input         io.Reader
	output        io.Writer
	window        window       // what was sent and isn't back
	sent          atomic.Int64 // bytes handed to the kernel
	sending       atomic.Bool  // whether the server is to take something
	ended         atomic.Bool  // whether all of the input was sent
	printing      atomic.Bool  // whether it is standard output that everything waits for
	moved         atomic.Int64 // when something was last sent or received, in nanoseconds since 1970
	received      int64
}

// exchangeStream sends all the input and receives all the answer, both at once: a server that answers as it receives
// would otherwise stop receiving when nobody takes its answer.
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
		// A server that knows how much will come may close first. The sender is then about to find the end of the input.
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

// complete tells whether the answer, which has ended, is whole. sendErr is how the sending went: EPIPE is the other side
// of an answer that ended too early, and not worth a word of its own.
func (c *conversation) complete(sendErr error) error {
	switch {
	case sendErr != nil && !errors.Is(sendErr, sock.EPIPE):
		return sendErr
	case sendErr != nil:
		return &differentError{c.received, "the answer ended before all was sent"}
	case !c.window.empty():
		return &differentError{c.received, fmt.Sprintf("the answer ended, %d bytes are missing", c.window.size())}
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
			return fmt.Errorf("standard input: %w", err)
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
		n, err := c.patiently("send", func() (int, error) { return sock.Send(c.fd, p, 0) })
		if err != nil {
			return err
		}
		p = p[n:]
		c.sent.Add(int64(n))
	}
	return nil
}

// patiently makes a call that sends or receives, again and again as long as something moves, or nothing is due.
func (c *conversation) patiently(call string, f func() (int, error)) (int, error) {
	if call == "send" {
		c.touch()
		c.sending.Store(true)
		defer c.sending.Store(false)
	}
	for {
		n, err := f()
		switch {
		case err == nil:
			c.touch()
			return n, nil
		case err == sock.EINTR:
		case err == sock.EAGAIN && !c.stalled():
		case err == sock.EAGAIN:
			return 0, c.failed(call, errTimeout)
		default:
			return 0, c.failed(call, err)
		}
	}
}

// touch notes that something moved.
func (c *conversation) touch() { c.moved.Store(time.Now().UnixNano()) }

// stalled tells whether the server is to do something and nothing moved for too long. While the client waits for its
// own input or output, nothing is due: a server may well answer when it has everything.
func (c *conversation) stalled() bool {
	due := (c.ended.Load() || c.sending.Load()) && !c.printing.Load()
	return due && c.timeout > 0 && time.Since(time.Unix(0, c.moved.Load())) >= c.timeout
}

// receiveStream receives to the end, compares and prints.
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
	n, err := c.patiently("recv", func() (int, error) { return sock.Recv(c.fd, buf, 0) })
	if errors.Is(err, sock.EPIPE) {
		return 0, nil // the end was here, but the kernel has yet to tell of a send after it
	}
	return n, err
}

// check prints what came and compares it with what was sent.
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
		return &differentError{c.received, "more came than was sent"}
	case same < len(p):
		return &differentError{c.received, "it isn't what was sent"}
	}
	return nil
}

// print writes to standard output. Who reads that may take any time.
func (c *conversation) print(p []byte) error {
	c.printing.Store(true)
	_, err := c.output.Write(p)
	c.touch()
	c.printing.Store(false)
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
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
	if _, err := c.patiently("send", func() (int, error) { return sock.Send(c.fd, p, 0) }); err != nil {
		return err
	}
	c.sent.Add(int64(len(p)))
	c.ended.Store(true) // an answer is due
	n, err := c.receive(answer)
	if err != nil {
		return err
	}
	if err := c.print(answer[:n]); err != nil {
		return err
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
