//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// conversation is a connected socket, and the state of an exchange on it. One goroutine sends and one receives.
type conversation struct {
	options       *options
	fd            int
	closed        bool          // only for close
	sa            sock.Sockaddr // the address it was connected to: the peer may have another name
	local, remote string
	own           sourceFile
	release       func() // ends the guard of the socket's file
	input         io.Reader
	output        io.Writer
	window        window       // bytes sent that haven't come back
	sent          atomic.Int64 // bytes handed to the kernel
	sending       atomic.Bool  // whether a send waits for the server
	ended         atomic.Bool  // whether all of the input was sent
	printing      atomic.Bool  // whether everything waits for standard output
	received      int64
	buf           []byte        // for receives
	earlier       earlier       // datagrams that were answered
	clock         clock         // of the times below
	moved         atomic.Int64  // when something was last sent or received
	deadline      time.Duration // when to give up even if bytes move, 0 for never
}

// clock measures the time since some moment. It is monotonic: setting the machine's clock doesn't change it.
type clock func() time.Duration

var started = time.Now()

func sinceStart() time.Duration { return time.Since(started) }

// patiently repeats a call that sends or receives while there is progress, or while nothing is due.
func (c *conversation) patiently(call string, f func(flags int) (int, error)) (int, error) {
	if call == "send" {
		c.touch()
		c.sending.Store(true)
		defer c.sending.Store(false)
	}
	flags := 0
	for {
		if flags == 0 && c.late() {
			// This process may have been stopped meanwhile: bytes that have arrived by now were in time.
			flags = sock.MSG_DONTWAIT
		}
		n, err := f(flags)
		switch {
		case err == nil:
			c.touch()
			return n, nil
		case (err == sock.EAGAIN || err == sock.EINTR) && flags == 0:
		case err == sock.EAGAIN || err == sock.EINTR:
			return 0, c.failed(call, errTimeout)
		default:
			return 0, c.failed(call, err)
		}
	}
}

// touch records progress.
func (c *conversation) touch() { c.moved.Store(int64(c.clock())) }

// late reports whether to give up: the deadline has passed, or the server is due to act and made no progress for -timeout.
// While the client waits for its own input or output, nothing is due: a server may answer only when it has everything.
func (c *conversation) late() bool {
	due := (c.ended.Load() || c.sending.Load()) && !c.printing.Load()
	return c.overdue() || due && c.options.timeout > 0 && c.clock()-time.Duration(c.moved.Load()) >= c.options.timeout
}

// overdue reports whether the deadline has passed.
func (c *conversation) overdue() bool { return c.deadline > 0 && c.clock() >= c.deadline }

// endIn sets the deadline; 0 means none.
func (c *conversation) endIn(d time.Duration) {
	c.deadline = 0
	if d > 0 {
		c.deadline = c.clock() + d
	}
}

// buffer returns a buffer for the longest datagram.
func (c *conversation) buffer() []byte {
	if c.buf == nil {
		c.buf = make([]byte, longest)
	}
	return c.buf
}

// print writes to standard output. Its reader may be slow.
func (c *conversation) print(p []byte) error {
	c.printing.Store(true)
	_, err := c.output.Write(p)
	c.touch()
	c.printing.Store(false)
	return standard("output", err)
}

// standard returns an error of standard input or output as this program prints it.
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
	return &callerr.CallError{Call: call, Address: "standard " + stream, Err: err}
}

// common returns the length of the longest common prefix of a and b.
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
