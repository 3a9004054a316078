package main

import (
	"time"

	"example.com/berkeley/sock"
)

const (
	maxDatagrams = 32                     // of one call
	intakeSpace  = maxDatagrams * udpSize // for the datagrams of one call
)

// responder receives datagrams and sends them back, many with one call. One goroutine at a time may use it.
type responder struct {
	admission   admission
	waits       bool // for datagrams; otherwise it receives those that are there
	receiveCall int  // an index of receiveCalls
	sendCall    int  // an index of sendCalls
	inet        intake
	unix        intake
	answers     *sock.Batch
	parts       [maxDatagrams][1][]byte // what the answers are made of
	count       int                     // number of pending answers
	maxAnswer   int                     // the longest allowed answer
	pauses      pauses
}

// intake is a batch of received datagrams.
type intake struct {
	batch       *sock.Batch
	bufferSize  int
	controlSize int
	one         *single // nil while one call receives many
}

// newResponder makes a responder. Only datagrams of UDP have space for control messages: over AF_UNIX a sender could fill it
// with descriptors.
func newResponder(s *server) *responder {
	r := &responder{admission: newAdmission(s), answers: sock.NewBatch(maxDatagrams, 0), pauses: pauses{}}
	r.inet = newIntake(udpSize, controlSpace)
	r.unix = newIntake(recordSize, 0)
	return r
}

func newIntake(size, control int) intake {
	in := intake{batch: sock.NewBatch(0, size), bufferSize: size, controlSize: control}
	in.batch.SetControlSize(control)
	return in
}

// answer sends datagrams back to where they came from; more is false when there were none. If the listener cannot be
// received from, pause is how long to leave it alone. Only a responder that waits for datagrams blocks, and none blocks to send:
// a sender that doesn't receive loses its answer, as datagrams may be.
func (r *responder) answer(l *listener) (more bool, pause time.Duration) {
	in := &r.inet
	r.maxAnswer = udpSize
	if l.addr.Family() == sock.AF_UNIX {
		in, r.maxAnswer = &r.unix, l.maxAnswer()
	}
	n, err := r.receive(l.fd, in)
	if err != nil {
		return false, r.admission.pauseAfter(l, r.pauses, err)
	}
	delete(r.pauses, l)
	r.admission.came()
	for i := range n {
		m, length := in.datagram(i)
		if i == 0 && r.waits && r.isEnd(l, m, length) {
			continue // datagrams may follow: UDP goes on receiving after shutdown(2)
		}
		r.answerOne(l, m, length)
	}
	r.send(l)
	return true, 0
}

// isEnd reports whether a received message means that the socket is shut down, which looks like an empty datagram of a socket without
// an address. If that isn't the server's doing, the listener is given up.
func (r *responder) isEnd(l *listener, m *sock.Msg, length int) bool {
	switch {
	case length > 0 || m.Name.Len() > sock.Unnamed().Len():
		return false
	case r.admission.server.stopping():
		return true
	case !l.polls(sock.POLLRDHUP):
		return false
	}
	r.admission.server.dropListener(l, "recv", errShutDown)
	return true
}

// answerOne answers one received message, which is several datagrams if the kernel joined them.
func (r *responder) answerOne(l *listener, m *sock.Msg, length int) {
	origin := parseOrigin(m.Control)
	control := origin.wayBack(m.Control[:0])
	for buf := m.Iov[0]; ; {
		part, n := buf, length
		if origin.segment > 0 && origin.segment < length && length <= len(buf) {
			part, n = buf[:origin.segment], origin.segment
		}
		switch {
		case !r.admission.admit(l, &m.Name, part, n, origin.toMany()):
		case n > r.maxAnswer:
			r.admission.countFailure(l, &m.Name, sock.EAGAIN)
		default:
			r.add(l, &m.Name, part[:n], control)
		}
		if length -= n; length == 0 {
			return
		}
		buf = buf[n:]
	}
}

// add adds an answer to the pending ones.
func (r *responder) add(l *listener, to *sock.Sockaddr, datagram, control []byte) {
	if r.count == maxDatagrams {
		r.send(l)
	}
	part := &r.parts[r.count]
	part[0] = datagram
	m := r.answers.Msg(r.count)
	m.Name, m.Iov, m.Control = *to, part[:], control
	r.count++
}

// send sends the pending answers. It skips one that can't be sent, after a second attempt if the error may be that of an
// earlier answer.
func (r *responder) send(l *listener) {
	for again := false; r.count > 0; {
		r.answers.Resize(r.count)
		sent, err := r.transmit(l.fd)
		for i := range sent {
			l.counters.sent.Add(int64(len(r.answers.Msg(i).Iov[0])))
		}
		again = isPassing(err) && (sent > 0 || !again)
		if err != nil && !again {
			r.admission.countFailure(l, &r.answers.Msg(sent).Name, err)
			sent++
		}
		r.count -= sent
		for i := range r.count {
			*r.answers.Msg(i) = *r.answers.Msg(sent + i)
		}
	}
}
