package main

import (
	"time"

	"example.com/berkeley/sock"
)

const mostDatagrams = 32 // of one call

// responder receives datagrams and sends them back, many with one call. One goroutine at a time may use it.
type responder struct {
	admission
	receiveCall int // an index of receiveCalls
	sendCall    int // an index of sendCalls
	inet        intake
	unix        intake
	answers     *sock.Batch
	parts       [mostDatagrams][1][]byte // what the answers are made of
	count       int                      // of answers that wait to be sent
	longest     int                      // how long an answer may be
	rests       rests
	received    int // how many came last
	bytes       int // of these
}

// intake is a batch of received datagrams.
type intake struct {
	*sock.Batch
	bufferSize  int
	controlSize int
	size        int     // how many are asked for, which follows how many came lately
	one         *single // nil while they are received many at a time
}

// newResponder makes a responder. Only datagrams of UDP have room for control messages: over AF_UNIX a sender could fill it
// with descriptors.
func newResponder(s *server) *responder {
	r := &responder{admission: newAdmission(s), answers: sock.NewBatch(0, 0), rests: rests{}}
	r.inet = newIntake(udpSize, controlSpace)
	r.unix = newIntake(recordSize, 0)
	return r
}

func newIntake(size, control int) intake {
	in := intake{Batch: sock.NewBatch(0, size), bufferSize: size, controlSize: control, size: 1}
	in.SetControlSize(control)
	return in
}

// adapt has the next call ask for as many datagrams as came lately.
func (in *intake) adapt(came int) {
	switch {
	case came == in.size:
		in.size = min(2*in.size, mostDatagrams)
	case came < in.size/2:
		in.size /= 2
	}
}

// answer sends datagrams back to where they came from; more is false when there were none. If the listener cannot be
// received from, rest tells for how long to leave it alone. It never blocks: a sender that doesn't receive loses its answer,
// as datagrams may be.
func (r *responder) answer(l *listener) (more bool, rest time.Duration) {
	in := &r.inet
	r.longest = udpSize
	if l.addr.Family() == sock.AF_UNIX {
		in, r.longest = &r.unix, l.longestAnswer()
	}
	r.received, r.bytes = 0, 0
	n, err := r.receive(l.fd, in)
	if err != nil {
		return false, r.receiveFailed(l, r.rests, err)
	}
	delete(r.rests, l)
	in.adapt(n)
	r.received = n
	r.came()
	for i := range n {
		m, length := in.datagram(i)
		r.bytes += length
		r.answerOne(l, m, length)
	}
	r.send(l)
	return true, 0
}

// answerOne answers what was received as one message: it is several datagrams where the kernel joined them.
func (r *responder) answerOne(l *listener, m *sock.Msg, length int) {
	origin := parseOrigin(m.Control)
	control := origin.wayBack(m.Control[:0])
	for buf := m.Iov[0]; ; {
		part, n := buf, length
		if origin.segment > 0 && origin.segment < length && length <= len(buf) {
			part, n = buf[:origin.segment], origin.segment
		}
		switch {
		case !r.admit(l, &m.Name, part, n, origin.toMany()):
		case n > r.longest:
			r.answerFailed(l, &m.Name, sock.EAGAIN)
		default:
			r.add(l, &m.Name, part[:n], control)
		}
		if length -= n; length == 0 {
			return
		}
		buf = buf[n:]
	}
}

// add puts an answer with those that wait to be sent.
func (r *responder) add(l *listener, to *sock.Sockaddr, datagram, control []byte) {
	if r.count == mostDatagrams {
		r.send(l)
	}
	r.answers.Resize(r.count + 1)
	part := &r.parts[r.count]
	part[0] = datagram
	*r.answers.Msg(r.count) = sock.Msg{Name: *to, Iov: part[:], Control: control}
	r.count++
}

// send sends the answers that wait. One that can't be sent isn't the others' fault.
func (r *responder) send(l *listener) {
	for r.count > 0 {
		r.answers.Resize(r.count)
		sent, err := r.transmit(l.fd)
		for i := range sent {
			l.sent.Add(int64(len(r.answers.Msg(i).Iov[0])))
		}
		if err != nil {
			r.answerFailed(l, &r.answers.Msg(sent).Name, err)
			sent++
		}
		r.count -= sent
		for i := range r.count {
			*r.answers.Msg(i) = *r.answers.Msg(sent + i)
		}
	}
}
