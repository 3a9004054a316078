package main

import (
	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// receiveCalls are the calls that receive datagrams, the best first: a sandbox may refuse them, and an old system may lack
// them.
var receiveCalls = []struct {
	datagramCall
	receive func(fd int, in *intake, flags int) (n int, err error)
}{
	{datagramCall{"recvmmsg", "datagrams are received one by one"}, receiveMany},
	{datagramCall{"recvmsg", unknownOrigin}, receiveMessage},
	{datagramCall{"recvfrom", ""}, receiveFrom},
}

// sendCalls are the calls that send answers, the best first. They return the number of answers sent.
var sendCalls = []struct {
	datagramCall
	send func(fd int, answers *sock.Batch) (n int, err error)
}{
	{datagramCall{"sendmmsg", "datagrams are sent one by one"}, sendMany},
	{datagramCall{"sendmsg", "answers come from the address that the kernel picks"}, sendMessage},
	{datagramCall{"sendto", ""}, sendTo},
}

// datagramCall is a call that receives or sends datagrams.
type datagramCall struct {
	name    string
	without string // what is lost without it, "" if there is no other call
}

// receive receives what is there or, if the responder waits, what comes next, with the best call that the system has. It
// retries a few times after errors that are cleared once they are reported.
func (r *responder) receive(fd int, in *intake) (n int, err error) {
	flags := sock.MSG_TRUNC // which returns a datagram's real length if it was cut
	if !r.waits {
		flags |= sock.MSG_DONTWAIT
	}
	for range retries {
		current := &receiveCalls[r.receiveCall]
		n, err = current.receive(fd, in, flags)
		switch {
		case isMissing(err, func() error { _, err := current.receive(-1, in, flags); return err }) && current.without != "":
			r.giveUp(current.datagramCall, err)
			r.receiveCall++
		case !isPassing(err):
			return n, err
		}
	}
	return n, err
}

// transmit sends the first answers, with the best call that the system has. With an error, n is the index of the answer
// whose error it is.
func (r *responder) transmit(fd int) (n int, err error) {
	for {
		current := &sendCalls[r.sendCall]
		n, err = current.send(fd, r.answers)
		if n > 0 || current.without == "" || !isMissing(err, func() error { _, err := current.send(-1, r.answers); return err }) {
			return n, err
		}
		r.giveUp(current.datagramCall, err)
		r.sendCall++
	}
}

func (r *responder) giveUp(call datagramCall, err error) {
	r.admission.server.log.Warn(call.without, "call", call.name, "err", callerr.Describe(err))
}

// isMissing reports whether an error means that this system has no such call. A firewall refuses single datagrams
// with the same errors with which a sandbox refuses a call. So probe repeats the call on a bad descriptor: EBADF
// shows that the call reaches the kernel.
func isMissing(err error, probe func() error) bool {
	return err == sock.ENOSYS || callerr.Unavailable(err) && probe() != sock.EBADF
}

// single is one datagram, for the calls that receive only one.
type single struct {
	sock.Msg
	buffer  []byte
	control []byte
	length  int
}

func (in *intake) single() *single {
	if in.one == nil {
		in.one = &single{buffer: make([]byte, in.bufferSize), control: make([]byte, in.controlSize)}
		in.one.Iov = make([][]byte, 1)
	}
	in.one.Name, in.one.Iov[0], in.one.Control = sock.Sockaddr{}, in.one.buffer, in.one.control
	return in.one
}

// datagram is one of the datagrams that were received last, and its length.
func (in *intake) datagram(i int) (m *sock.Msg, length int) {
	if in.one != nil {
		return &in.one.Msg, in.one.length
	}
	return in.batch.Msg(i), in.batch.N(i)
}

func receiveMany(fd int, in *intake, flags int) (n int, err error) {
	if flags&sock.MSG_DONTWAIT == 0 {
		flags |= sock.MSG_WAITFORONE
	}
	in.batch.Resize(intakeSpace / in.bufferSize)
	return sock.Recvmmsg(fd, in.batch, flags, nil)
}

func receiveMessage(fd int, in *intake, flags int) (n int, err error) {
	one := in.single()
	if one.length, err = sock.Recvmsg(fd, &one.Msg, flags); err != nil {
		return 0, err
	}
	return 1, nil
}

func receiveFrom(fd int, in *intake, flags int) (n int, err error) {
	one := in.single()
	one.Control = nil
	if one.length, one.Name, err = sock.Recvfrom(fd, one.buffer, flags); err != nil {
		return 0, err
	}
	return 1, nil
}

func sendMany(fd int, answers *sock.Batch) (n int, err error) {
	return sock.SendBatch(fd, answers, sock.MSG_DONTWAIT)
}

func sendMessage(fd int, answers *sock.Batch) (n int, err error) {
	_, err = sock.Retry(func() (int, error) { return sock.Sendmsg(fd, answers.Msg(0), sock.MSG_DONTWAIT) })
	return sentOne(err)
}

func sendTo(fd int, answers *sock.Batch) (n int, err error) {
	m := answers.Msg(0)
	_, err = sock.Retry(func() (int, error) { return sock.Sendto(fd, m.Iov[0], sock.MSG_DONTWAIT, m.Name) })
	return sentOne(err)
}

func sentOne(err error) (n int, _ error) {
	if err != nil {
		return 0, err
	}
	return 1, nil
}
