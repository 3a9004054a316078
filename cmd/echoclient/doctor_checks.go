//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"time"

	"example.com/berkeley/sock"
)

const (
	pings         = 10
	pingSize      = 64
	bulkSize      = 8 << 20 // exceeds the buffers of a path; otherwise the start of an answer couldn't be seen
	checkTimeouts = 10      // a check takes at most this many times -timeout, even if bytes keep moving

	smallBuffer  = 128 << 10
	shortestLull = 200 * time.Millisecond
)

// longestCheck is the longest time that a check may take, 0 for no limit.
func (d *diagnosis) longestCheck() time.Duration {
	return checkTimeouts * min(d.options.timeout, math.MaxInt64/(2*checkTimeouts))
}

// begin connects for a check, and starts the clock of the check.
func (d *diagnosis) begin(name string, sa sock.Sockaddr) (*conversation, error) {
	c, err := connectTo(context.Background(), d.options, sa)
	if err != nil {
		d.found(name, err, "%v", err)
		return nil, err
	}
	c.output = io.Discard
	c.endIn(d.longestCheck())
	return c, nil
}

// checkEcho checks that small messages come back, each before the next is sent. It reports whether anything came back.
func (d *diagnosis) checkEcho(c *conversation) bool {
	c.endIn(d.longestCheck())
	start := time.Now()
	var took []time.Duration
	for i := range pings {
		begin := time.Now()
		err := c.ping(piece(pattern(), int64(i*pingSize), pingSize))
		switch {
		case err == nil:
			took = append(took, time.Since(begin))
		case i == 0 && errors.Is(err, errTimeout) && !c.overdue():
			return d.checkLateEcho(c)
		case errors.Is(err, errTimeout):
			d.found("echo", err, "%d of %d bytes came back in %s: %v", c.received, c.sent.Load(), durationText(time.Since(start)), err)
			return false
		default:
			d.found("echo", err, "%v", err)
			return false
		}
	}
	slices.Sort(took)
	d.lull = max(d.lull, 4*took[pings-1])
	d.found("echo", nil, "%d messages of %d bytes came back, each before the next was sent: fastest in %s, median %s",
		pings, pingSize, durationText(took[0]), durationText(took[pings/2]))
	return true
}

// checkLateEcho checks whether the answer, or the rest of it, comes after the client has stopped sending.
func (d *diagnosis) checkLateEcho(c *conversation) bool {
	early, within := c.received, d.options.timeout
	begin := time.Now()
	err := c.end()
	if err == nil {
		err = c.await()
	}
	took := durationText(time.Since(begin))
	switch {
	case err == nil && early == 0:
		d.found("echo", nil, "no answer within %s; it came %s after we stopped sending: the server reads everything before it answers, or is slow", within, took)
	case err == nil:
		d.found("echo", nil, "%d of %d bytes came back within %s; the rest came %s after we stopped sending", early, pingSize, within, took)
	case c.received == 0:
		d.found("echo", err, "no answer within %s, and none after we stopped sending: %v", within, err)
	default:
		d.found("echo", err, "%d of %d bytes came back within %s, and %d more after we stopped sending: %v", early, pingSize, within, c.received-early, err)
	}
	return err == nil
}

// ping sends a message on a stream and waits for its answer.
func (c *conversation) ping(p []byte) error {
	if err := c.send(p); err != nil {
		return err
	}
	c.ended.Store(true) // an answer is due
	return c.await()
}

// await receives the bytes that haven't come back, in any number of pieces.
func (c *conversation) await() error {
	for !c.window.empty() {
		n, err := c.receive(c.buffer())
		if err != nil {
			return err
		}
		if n == 0 {
			return c.complete(nil)
		}
		if err := c.check(c.buf[:n]); err != nil {
			return err
		}
	}
	return nil
}

// checkDuplex sends much on a new connection while it receives the answer, shuts down its writing side and receives until
// the end. It reports whether all bytes came back.
func (d *diagnosis) checkDuplex(sa sock.Sockaddr) bool {
	c, err := d.begin("a second connection", sa)
	if err != nil {
		return false
	}
	defer c.close()
	answer := &progressWriter{c: c, start: time.Now()}
	c.output = answer
	c.input = bytes.NewReader(bytes.Repeat(pattern()[:patternPeriod], bulkSize/patternPeriod+1)[:bulkSize])
	err = c.exchangeStream()
	d.judgeDuplex(answer, err)
	if err != nil && c.ended.Load() && tellsOfHalfClose(err) {
		d.judgeHalfClose(answer.came.Load(), bulkSize, err)
	}
	d.Kernel = append(d.Kernel, bulkFacts(c.fd)...)
	return err == nil
}

// checkHalfClose sends until the path is full, shuts down its writing side, and only then receives: a proxy that treats the
// half-close as a full close then has an answer to cut off.
func (d *diagnosis) checkHalfClose(sa sock.Sockaddr) {
	c, err := d.begin("a third connection", sa)
	if err != nil {
		return
	}
	defer c.close()
	if err := c.fill(d.lull); err != nil {
		d.found("half-close", err, "%v", err)
		return
	}
	err = c.end()
	if err == nil {
		err = c.receiveStream()
	}
	if err == nil {
		err = c.complete(nil)
	}
	d.judgeHalfClose(c.received, c.sent.Load(), err)
}

// fill sends without receiving, until the path has accepted nothing for a while. Then this machine's kernel holds little
// of the answer.
func (c *conversation) fill(lull time.Duration) error {
	if err := sock.Setsockopt(c.fd, sock.SO_SNDTIMEO, lull); err != nil {
		return c.failed("setsockopt SO_SNDTIMEO", err)
	}
	if err := c.options.lacks.tolerate("SO_RCVBUF", sock.Setsockopt(c.fd, sock.SO_RCVBUF, smallBuffer)); err != nil {
		return c.failed("setsockopt SO_RCVBUF", err)
	}
	for c.sent.Load() < bulkSize {
		p := piece(pattern(), c.sent.Load(), streamSize)
		n, err := sock.Retry(func() (int, error) { return sock.Send(c.fd, p, 0) })
		switch {
		case err == sock.EAGAIN:
			return nil
		case err != nil:
			return c.failed("send", err)
		}
		if err := c.window.push(p[:n]); err != nil {
			return err
		}
		if c.sent.Add(int64(n)); c.overdue() {
			return c.failed("send", errTimeout)
		}
	}
	return nil
}
