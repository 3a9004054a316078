//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"example.com/berkeley/sock"
)

const (
	pings    = 10
	pingSize = 64
	bulkSize = 8 << 20 // more than the buffers of a path hold, or it isn't known when an answer began

	smallBuffer  = 128 << 10
	shortestLull = 200 * time.Millisecond
)

// datagramSizes are sizes that paths stop at: what every path takes, and Ethernet's frames, the usual and the jumbo ones.
var datagramSizes = []int{pingSize, 1200, 1472, 8972}

// checkEcho looks whether small messages come back, each before the next is sent. It is true if something came back.
func (d *diagnosis) checkEcho(c *conversation) bool {
	var took []time.Duration
	for i := range pings {
		begin := time.Now()
		err := c.ping(piece(pattern(), int64(i*pingSize), pingSize))
		if i == 0 && errors.Is(err, errTimeout) {
			return d.checkLateEcho(c)
		}
		if err != nil {
			d.found("echo", err, "%v", err)
			return false
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	d.lull = max(d.lull, 4*took[pings-1])
	d.found("echo", nil, "%d messages of %d bytes came back, each at once: the fastest in %s, half of them in %s",
		pings, pingSize, durationText(took[0]), durationText(took[pings/2]))
	return true
}

// checkLateEcho looks whether the answer comes when the client has no more to say.
func (d *diagnosis) checkLateEcho(c *conversation) bool {
	if err := sock.Shutdown(c.fd, sock.SHUT_WR); err != nil {
		err = c.failed("shutdown", err)
		d.found("echo", err, "%v", err)
		return false
	}
	c.touch()
	if err := c.expectAnswer(piece(pattern(), 0, pingSize)); err != nil {
		d.found("echo", err, "no answer in %s, and none after our end: %v", d.options.timeout, err)
		return false
	}
	d.found("echo", nil, "the answer came after our end: the server receives all before it sends")
	return true
}

// ping sends a message on a stream and waits for its answer.
func (c *conversation) ping(p []byte) error {
	for rest := p; len(rest) > 0; {
		n, err := c.patiently("send", func() (int, error) { return sock.Send(c.fd, rest, 0) })
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	c.ended.Store(true) // an answer is due
	return c.expectAnswer(p)
}

// expectAnswer receives an answer, however many pieces it comes in.
func (c *conversation) expectAnswer(want []byte) error {
	buf := make([]byte, len(want))
	for from := 0; from < len(want); {
		n, err := c.receive(buf)
		if err != nil {
			return err
		}
		same := common(buf[:n], want[from:])
		from += same
		switch {
		case n == 0:
			return &differentError{c.received + int64(from), fmt.Sprintf("the answer ended, %d bytes are missing", len(want)-from)}
		case same < n && from == len(want):
			return &differentError{c.received + int64(from), "more came than was sent"}
		case same < n:
			return &differentError{c.received + int64(from), "it isn't what was sent"}
		}
	}
	c.received += int64(len(want))
	return nil
}

// progressWriter notes where the answer began: when it gets its first bytes.
type progressWriter struct {
	c     *conversation
	came  atomic.Int64
	begun atomic.Int64 // how much was sent when the answer began
	late  atomic.Bool  // whether all had been
}

func (w *progressWriter) Write(p []byte) (int, error) {
	if w.came.Add(int64(len(p))) == int64(len(p)) {
		w.begun.Store(max(w.c.sent.Load(), int64(len(p)))) // what the kernel has is counted a little later
		w.late.Store(w.c.ended.Load())
	}
	return len(p), nil
}

// checkDuplex sends much on a new connection while it receives the answer, shuts down its writing side and receives to
// the end. It is true if all came back.
func (d *diagnosis) checkDuplex(sa sock.Sockaddr) bool {
	c, err := connectTo(context.Background(), d.options, sa)
	if err != nil {
		d.found("a second connection", err, "%v", err)
		return false
	}
	defer c.close()
	answer := &progressWriter{c: c}
	c.output = answer
	c.input = bytes.NewReader(bytes.Repeat(pattern()[:patternPeriod], bulkSize/patternPeriod+1)[:bulkSize])
	begin := time.Now()
	err = c.exchangeStream()
	took := time.Since(begin)
	d.judgeDuplex(answer, err, took)
	if err != nil && c.ended.Load() {
		d.judgeHalfClose(answer.came.Load(), bulkSize, err)
	}
	d.Kernel = append(d.Kernel, bulkFacts(c.fd)...)
	return err == nil
}

// checkHalfClose sends what the path has room for, shuts down its writing side, and only then receives: something that
// takes our end for the end of all has an answer to cut off.
func (d *diagnosis) checkHalfClose(sa sock.Sockaddr) {
	c, err := connectTo(context.Background(), d.options, sa)
	if err != nil {
		d.found("a third connection", err, "%v", err)
		return
	}
	defer c.close()
	c.output = io.Discard
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

// fill sends without receiving, until nothing more is taken for a while. Little of the answer is to get as far as this
// end's kernel.
func (c *conversation) fill(lull time.Duration) error {
	err := sock.Setsockopt(c.fd, sock.SO_SNDTIMEO, lull)
	if err == nil {
		err = sock.Setsockopt(c.fd, sock.SO_RCVBUF, smallBuffer)
	}
	if err != nil {
		return c.failed("setsockopt", err)
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
		c.sent.Add(int64(n))
	}
	return nil
}

// judgeDuplex tells whether the path carried both directions at once. One that doesn't is slow, not broken.
func (d *diagnosis) judgeDuplex(answer *progressWriter, err error, took time.Duration) {
	const name = "reading while writing"
	came, total := answer.came.Load(), bytesText(bulkSize)
	switch {
	case came == 0:
		d.found(name, orElse(err, io.ErrUnexpectedEOF), "nothing of %s came back: %v", total, err)
	case answer.late.Load():
		d.found(name, nil, "but the answer began only when all of %s was sent, so something on the path keeps it", total)
	case err != nil && !answer.c.ended.Load():
		d.found(name, err, "of %s, %s came back: %v", total, bytesText(float64(came)), err)
	default:
		d.found(name, nil, "the answer began after %s of %s, at %s/s in each direction",
			bytesText(float64(answer.begun.Load())), total, bytesText(float64(came)/took.Seconds()))
	}
}

// judgeHalfClose tells what became of the end of what was sent, by how much of it came back.
func (d *diagnosis) judgeHalfClose(came, sent int64, err error) {
	const name = "half-close"
	switch {
	case err == nil:
		d.found(name, nil, "%s were received after our end, and then the server's own", bytesText(float64(came)))
	case came == sent && errors.Is(err, errTimeout):
		d.found(name, err, "all of the answer came, but not its end: something on the path keeps our end to itself")
	case errors.Is(err, errTimeout):
		d.found(name, err, "after our end the answer stopped at byte %d of %d", came, sent)
	default:
		d.found(name, err, "the answer was cut off at byte %d of %d: something on the path takes our end for the end of all (%v)", came, sent, err)
	}
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// checkDatagrams looks which sizes of datagrams come back. It is true if one did.
func (d *diagnosis) checkDatagrams(c *conversation) bool {
	c.output = io.Discard
	answer := make([]byte, longest)
	var back []int
	for i, size := range datagramSizes {
		begin := time.Now()
		err := c.exchangeDatagram(piece(pattern(), int64(i), int64(size)), answer)
		switch {
		case err == nil && i == 0:
			d.found("echo", nil, "a datagram of %d bytes came back in %s", size, durationText(time.Since(begin)))
		case err != nil && i == 0:
			d.found("echo", err, "%v", err)
			return false
		case err != nil:
			d.found("large datagrams", nil, "those of %v bytes came back; not one of %d: %v", back, size, err)
			return true
		}
		back = append(back, size)
	}
	d.found("large datagrams", nil, "those of %v bytes came back", back)
	return true
}
