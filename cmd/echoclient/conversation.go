//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// conversation is a connected socket and what goes over it. One goroutine sends and one receives.
type conversation struct {
	*options
	fd            int
	closed        bool          // only for close
	sa            sock.Sockaddr // what it was connected to: the peer may have another name
	local, remote string
	own           sourceFile
	release       func() // ends the guard of the socket's file
	input         io.Reader
	output        io.Writer
	window        window       // what was sent and isn't back
	sent          atomic.Int64 // bytes handed to the kernel
	sending       atomic.Bool  // whether the server is to take something
	ended         atomic.Bool  // whether all of the input was sent
	printing      atomic.Bool  // whether it is standard output that everything waits for
	received      int64
	buf           []byte        // for what is received
	earlier       earlier       // datagrams that were answered
	clock         clock         // of the times below
	moved         atomic.Int64  // when something was last sent or received
	deadline      time.Duration // when to give up though something moves, 0 for never
}

// clock tells the time since some moment. It is a monotonic one: setting the machine's clock doesn't change it.
type clock func() time.Duration

var started = time.Now()

func sinceStart() time.Duration { return time.Since(started) }

// patiently makes a call that sends or receives, again and again as long as something moves, or nothing is due.
func (c *conversation) patiently(call string, f func(flags int) (int, error)) (int, error) {
	if call == "send" {
		c.touch()
		c.sending.Store(true)
		defer c.sending.Store(false)
	}
	flags := 0
	for {
		if flags == 0 && c.late() {
			// This process may have been stopped meanwhile: what is there by now came in time.
			flags = sock.MSG_DONTWAIT
		}
		n, err := f(flags)
		switch {
		case err == nil:
			c.touch()
			return n, nil
		case err == sock.EINTR:
		case err == sock.EAGAIN && flags == 0:
		case err == sock.EAGAIN:
			return 0, c.failed(call, errTimeout)
		default:
			return 0, c.failed(call, err)
		}
	}
}

// touch notes that something moved.
func (c *conversation) touch() { c.moved.Store(int64(c.clock())) }

// late tells whether to give up: the deadline is over, or the server is to do something and nothing moved for -timeout.
// While the client waits for its own input or output, nothing is due: a server may well answer when it has everything.
func (c *conversation) late() bool {
	due := (c.ended.Load() || c.sending.Load()) && !c.printing.Load()
	return c.overdue() || due && c.timeout > 0 && c.clock()-time.Duration(c.moved.Load()) >= c.timeout
}

// overdue tells whether the deadline is over.
func (c *conversation) overdue() bool { return c.deadline > 0 && c.clock() >= c.deadline }

// endIn sets the deadline; 0 is never.
func (c *conversation) endIn(d time.Duration) {
	c.deadline = 0
	if d > 0 {
		c.deadline = c.clock() + d
	}
}

// buffer is where the longest datagram is received.
func (c *conversation) buffer() []byte {
	if c.buf == nil {
		c.buf = make([]byte, longest)
	}
	return c.buf
}

// print writes to standard output. Its reader may take any time.
func (c *conversation) print(p []byte) error {
	c.printing.Store(true)
	_, err := c.output.Write(p)
	c.touch()
	c.printing.Store(false)
	return standard("output", err)
}

// standard is an error of standard input or output as this program prints it.
func standard(stream string, err error) error {
	if err == nil {
		return nil
	}
	call := "write"
	if stream == "input" {
		call = "read"
	}
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		err = file.Err
	}
	return &endpoint.CallError{Call: call, Address: "standard " + stream, Err: err}
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
