//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

const (
	datagramSize = 1200      // for standard input: it fits every network's frames
	longest      = 256 << 10 // the longest datagram that is received whole
)

// talkDatagrams sends the input in datagrams, and waits for the answer to each before it sends the next. It returns the
// conversation with the address that answers.
func (r *route) talkDatagrams(c *conversation) (*conversation, error) {
	next := c.pieces()
	if len(r.options.words) > 0 {
		next = once([]byte(strings.Join(r.options.words, " ")))
	}
	for {
		p, err := next()
		if err == io.EOF {
			return c, nil
		}
		if err != nil {
			return c, standard("input", err)
		}
		if c, err = r.exchange(context.Background(), c, p); err != nil {
			return c, err
		}
	}
}

// pieces reads the input in pieces for datagrams, until io.EOF.
func (c *conversation) pieces() (next func() ([]byte, error)) {
	input, buf := c.input, make([]byte, datagramSize)
	return func() ([]byte, error) {
		for {
			if n, err := input.Read(buf); n > 0 {
				return buf[:n], nil // the next read returns the error again
			} else if err != nil {
				return nil, err
			}
		}
	}
}

// once returns p, and then io.EOF.
func once(p []byte) (next func() ([]byte, error)) {
	err := error(nil)
	return func() ([]byte, error) {
		defer func() { err = io.EOF }()
		return p, err
	}
}

// exchangeDatagram sends p and waits for the answer. A datagram that is too long for a router on the way is lost, but the kernel
// sends the next one in shorter packets.
func (c *conversation) exchangeDatagram(ctx context.Context, p []byte) (err error) {
	const most = 8 // routers, each of which takes less than the one before
	for range most {
		var call *callerr.CallError
		err = c.tryDatagram(ctx, p)
		if !errors.As(err, &call) || call.Call != "recv" || call.Err != sock.EMSGSIZE {
			return err
		}
	}
	return err
}

// tryDatagram sends p once, and waits for the answer.
func (c *conversation) tryDatagram(ctx context.Context, p []byte) error {
	if _, err := c.patiently("send", func(flags int) (int, error) { return sock.Send(c.fd, p, flags) }); err != nil {
		return err
	}
	c.sent.Add(int64(len(p)))
	c.ended.Store(true) // an answer is due
	c.endIn(within(ctx, c.options.timeout))
	defer c.endIn(0)
	buf := c.buffer()
	for {
		n, err := c.receive(buf)
		if err != nil {
			return err
		}
		switch answer := buf[:n]; {
		case bytes.Equal(answer, p):
			c.received += int64(n)
			c.earlier.add(p)
			return c.print(answer)
		case !c.earlier.has(answer):
			if err := c.print(answer); err != nil {
				return err
			}
			return &differentError{offset: c.received + int64(common(answer, p)), reason: "it isn't the datagram that was sent"}
		case c.late(): // only duplicate answers arrive
			return c.failed("recv", errTimeout)
		}
	}
}

// earlier remembers the last few datagrams that were answered: the network may duplicate an answer, and deliver the
// duplicate while the client waits for the answer to another datagram.
type earlier struct {
	seed   maphash.Seed
	hashes [64]uint64
	count  int
}

func (e *earlier) add(p []byte) {
	if e.count == 0 {
		e.seed = maphash.MakeSeed()
	}
	e.hashes[e.count%len(e.hashes)] = maphash.Bytes(e.seed, p)
	e.count++
}

func (e *earlier) has(p []byte) bool {
	return e.count > 0 && slices.Contains(e.hashes[:min(e.count, len(e.hashes))], maphash.Bytes(e.seed, p))
}
