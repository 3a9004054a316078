package main

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"example.com/berkeley/sock"
)

// slots holds the datagrams in flight, each in the slot that is its number modulo the depth.
type slots struct {
	numbers []int64 // the number of the datagram in a slot, or of the next one
	due     []time.Duration
	sent    []time.Duration // when, or 0 if nothing is in flight there
	free    []int
	unsent  int           // the slot of a datagram that didn't fit into the send buffer, or -1
	gone    time.Duration // since when the server is unreachable, 0 if it has answered since
}

func newSlots(depth int) *slots {
	s := &slots{numbers: make([]int64, depth), due: make([]time.Duration, depth), sent: make([]time.Duration, depth), unsent: -1}
	for i := range depth {
		s.numbers[i] = int64(i)
		s.free = append(s.free, depth-1-i)
	}
	return s
}

// release frees a slot for the next datagram.
func (s *slots) release(slot int) {
	s.numbers[slot] += int64(len(s.numbers))
	s.sent[slot] = 0
	s.free = append(s.free, slot)
}

// find returns the slot of a datagram in flight: the one with a number, or else any.
func (s *slots) find(number int64) (slot int, exact bool) {
	if slot := int(uint64(number) % uint64(len(s.numbers))); s.numbers[slot] == number && s.sent[slot] > 0 {
		return slot, true
	}
	for slot, at := range s.sent {
		if at > 0 {
			return slot, false
		}
	}
	return -1, false
}

// overdue returns how many datagrams were sent so long ago that they are lost.
func (s *slots) overdue(now, timeout time.Duration) (n int64) {
	for _, at := range s.sent {
		if at > 0 && timeout > 0 && now-at >= timeout {
			n++
		}
	}
	return n
}

func (c *connection) advanceDatagrams() {
	if c.state != open {
		return
	}
	for c.beginDatagram() {
		if !c.sentSome(c.trySend(c.datagram(c.loop.out, c.slots.numbers[c.slots.unsent]))) {
			return
		}
	}
	if c.begun == c.done && c.loop.over(c) {
		c.close()
	}
}

// beginDatagram reports whether a datagram is to be sent: a new one, or one that didn't fit into the send buffer.
func (c *connection) beginDatagram() bool {
	s := c.slots
	if s.unsent >= 0 {
		return true
	}
	if len(s.free) == 0 {
		return false
	}
	due, ok := c.loop.begin(c)
	if !ok {
		return false
	}
	last := len(s.free) - 1
	s.unsent, s.free = s.free[last], s.free[:last]
	s.due[s.unsent] = due
	c.begun++
	c.moved = c.loop.now
	return true
}

// sentDatagram handles the result of a send. It reports whether to send the next one.
func (c *connection) sentDatagram(err error) (more bool) {
	switch {
	case err == sock.EAGAIN:
		c.awaitSpace()
		return false
	case err != nil && !c.loses("send", err):
		return false
	}
	c.slots.sent[c.slots.unsent] = c.loop.now
	c.slots.unsent = -1
	return true
}

// datagram writes a datagram into p: its number, and its part of the pattern.
func (c *connection) datagram(p []byte, number int64) []byte {
	p = p[:c.options.size]
	binary.BigEndian.PutUint64(p, uint64(number))
	copy(p[numberSize:], piece(c.loop.load.pattern, c.base+number*int64(c.options.size), int64(c.options.size-numberSize)))
	return p
}

// loses reports whether an error only means that a datagram is lost: its answer will be missing. Otherwise the connection fails.
// The next call on a socket reports the ICMP error for what was sent before, whichever call that is. A server that has answered may
// answer again.
func (c *connection) loses(call string, err error) bool {
	switch {
	case c.options.timeout == 0: // it would wait for the answer for ever
	case err == sock.EMSGSIZE && (call == "recv" || c.begun > 1):
		return true // a router sends no packets as long, which the kernel knows from now on
	case err == sock.ENOBUFS, slices.Contains(unreachable, err) && c.mayReturn():
		c.note(call, err)
		return true
	}
	c.fail(call, err)
	return false
}

// unreachable are the errors of sending and receiving while a server is gone or something on the way refuses datagrams: icmp(7).
var unreachable = []error{sock.ECONNREFUSED, sock.EHOSTUNREACH, sock.ENETUNREACH, sock.EHOSTDOWN, sock.ENETDOWN, sock.ENOPROTOOPT, sock.EPROTO,
	sock.EACCES, sock.EPERM}

// mayReturn reports whether an unreachable server has ever answered, and is not given up yet: the time for that begins with the
// first error after an answer.
func (c *connection) mayReturn() bool {
	if c.slots.gone == 0 {
		c.slots.gone = c.loop.now
	}
	patience := c.options.connectTimeout
	return c.heard && (patience == 0 || c.loop.now-c.slots.gone < patience)
}

// checkDatagram compares an answer with the datagram that has its number.
func (c *connection) checkDatagram(p []byte) {
	number := int64(-1)
	if len(p) >= numberSize {
		number = int64(binary.BigEndian.Uint64(p))
	}
	slot, exact := c.slots.find(number)
	switch {
	case exact && bytes.Equal(p, c.datagram(c.loop.out, number)):
		c.answered(c.slots.due[slot])
		c.slots.gone = 0
		c.slots.release(slot)
		c.done++
	case number >= 0 && number <= c.last() && bytes.Equal(p, c.datagram(c.loop.out, number)):
		c.loop.results.late++
	case slot < 0:
		c.loop.results.mistake(c.about(&differentError{offset: 0, reason: "a datagram came that answers none"}))
	default:
		offset := common(p, c.datagram(c.loop.out, c.slots.numbers[slot]))
		c.loop.results.mistake(c.about(&differentError{offset: int64(offset), reason: "it isn't the datagram that was sent"}))
	}
}

// last is a number that no datagram was sent above.
func (c *connection) last() int64 {
	var last int64
	for slot, number := range c.slots.numbers {
		if c.slots.sent[slot] == 0 {
			number -= int64(len(c.slots.numbers))
		}
		last = max(last, number)
	}
	return last
}

// expireDatagrams gives up datagrams that weren't answered in time.
func (c *connection) expireDatagrams() {
	if c.options.timeout == 0 {
		return
	}
	if c.slots.unsent >= 0 && c.quietFor(c.options.timeout) {
		c.fail("send", errTimeout)
		return
	}
	for slot, at := range c.slots.sent {
		if at > 0 && c.loop.now-at >= c.options.timeout {
			c.loop.results.lost++
			c.loop.results.lasted(at - c.loop.pace.begins) // the wait for an answer isn't a part of the load
			c.slots.release(slot)
			c.done++
		}
	}
	c.advance()
}
