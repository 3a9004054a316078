//go:build unix

package sock

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// direction is one half of a Conn, and makes one call at a time. Arguments and results pass through its fields, so that
// the step function that the runtime's poller runs is bound once, and no call allocates or starts a goroutine.
type direction struct {
	sync.Mutex
	mode  callMode // of transfers
	trust int      // how often in a row a call may find no space where the poller reported some
	tries int      // how often in a row it did
	step  func(fd uintptr) bool
	once  func(fd uintptr) // step for a call that doesn't wait, made when first needed
	call  func(d *direction, fd int) error
	err   error

	p     []byte
	flags int
	sa    Sockaddr
	n     int
	messages
}

// msgDontwait is set for each transfer, since another program that shares the socket may have made it blocking.
const msgDontwait = MSG_DONTWAIT

// run makes the call, and reports whether it is done. After EAGAIN it is not, and is repeated once the poller reports
// that the socket is ready, as long as the poller is to be trusted.
func (d *direction) run(fd uintptr) bool {
	d.err = d.call(d, int(fd))
	if d.err != EAGAIN || d.flags&MSG_DONTWAIT != 0 {
		return true
	}
	d.tries++
	return d.tries > d.trust
}

// stopped reports whether the call ended without a result and has to be made again.
func (d *direction) stopped() bool {
	return d.err == EINTR || d.err == EAGAIN && d.flags&MSG_DONTWAIT == 0
}

// release drops the references to the caller's buffers and unlocks the direction.
func (d *direction) release() {
	d.p, d.messages = nil, messages{}
	d.Unlock()
}

// forReceive returns the reader, locked for a call. A call with MSG_DONTWAIT that would have to wait for its turn gets
// a direction of its own: it may find what the call in progress doesn't wait for, such as an error in the queue.
func (c *Conn) forReceive(flags int) *direction {
	return c.reader.lockFor(flags&MSG_DONTWAIT != 0)
}

// forSend is forReceive for the writer. On a stream every call waits for its turn, so that the bytes of two never mix.
func (c *Conn) forSend(flags int) *direction {
	return c.writer.lockFor(flags&MSG_DONTWAIT != 0 && !c.isStream())
}

// lockFor locks the direction for a call, or makes another one if it is in use and the call is to be made at once.
func (d *direction) lockFor(atOnce bool) *direction {
	if d.TryLock() {
		return d
	}
	if atOnce {
		d = &direction{mode: d.mode}
	}
	d.Lock()
	return d
}

// do makes the call whose arguments the direction holds, and waits until the socket has data, or space to send.
func (c *Conn) do(d *direction, name string, call func(*direction, int) error) error {
	const shortest, longest = 50 * time.Microsecond, 16 * time.Millisecond
	d.call, d.tries = call, 0
	before := d.n
	err := c.await(d)
	for pause := shortest; err == nil && d.stopped(); {
		switch {
		case d.err == EINTR:
		case d.n > before:
			before, d.tries, pause = d.n, 0, shortest
		default:
			time.Sleep(pause)
			pause = min(2*pause, longest)
		}
		err = c.await(d)
	}
	return d.outcome(name, err)
}

// await runs the call of a direction once the socket is ready. Before each attempt, even after EINTR, the runtime's
// poller checks for Close and the deadline. It lets only one call wait, so a call that doesn't wait doesn't ask it, except
// on a stream, where it must not come between the parts of another.
func (c *Conn) await(d *direction) error {
	switch dontwait := d.flags&MSG_DONTWAIT != 0; {
	case d == &c.reader && !dontwait:
		return c.awaitRead(d.step)
	case d == &c.writer && (!dontwait || c.isStream()):
		return c.awaitWrite(d.step)
	}
	if d.once == nil {
		d.once = func(fd uintptr) { d.run(fd) }
	}
	return c.ended(c.raw.Control(d.once))
}

// outcome returns a call's error: that of waiting for it, or its own.
func (d *direction) outcome(name string, waited error) error {
	if waited != nil {
		return waited
	}
	return os.NewSyscallError(name, d.err)
}

// awaitRead runs a step whenever the socket may be readable, until the step is done.
func (c *Conn) awaitRead(step func(fd uintptr) bool) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 16*time.Millisecond) {
		err := c.raw.Read(step)
		if err == nil || c.closed.Load() || errors.Is(err, os.ErrDeadlineExceeded) {
			return c.ended(err)
		}
		// The runtime refuses to wait for input ("not pollable") while epoll's last report was only EPOLLERR: errors
		// are queued, such as MSG_ZEROCOPY completions, and the send buffer is full. The step reads what there is to
		// read now; epoll's next report ends that state.
		var through bool
		if err := c.raw.Control(func(fd uintptr) { through = step(fd) }); err != nil || through {
			return c.ended(err)
		}
		time.Sleep(pause)
	}
}

// awaitWrite runs a step whenever the socket may be writable, until the step is done.
func (c *Conn) awaitWrite(step func(fd uintptr) bool) error { return c.ended(c.raw.Write(step)) }

// Recv receives into p: recv(2). n == 0 with no error is the end of a stream, or an empty datagram. It waits for data
// unless MSG_DONTWAIT is set, which returns EAGAIN instead. MSG_WAITALL has no effect.
func (c *Conn) Recv(p []byte, flags int) (n int, err error) {
	d := c.forReceive(flags)
	defer d.release()
	d.p, d.flags, d.n = p, flags, 0
	err = c.do(d, "recv", (*direction).recv)
	return d.n, err
}

func (d *direction) recv(fd int) (err error) {
	d.n, err = recvfrom(fd, d.p, d.flags|msgDontwait, nil, d.mode)
	return err
}

// Recvfrom is Recv that also returns the sender's address: recvfrom(2). MSG_DONTWAIT is as with Recv.
func (c *Conn) Recvfrom(p []byte, flags int) (n int, from Sockaddr, err error) {
	d := c.forReceive(flags)
	defer d.release()
	d.sa = Sockaddr{}
	n, err = c.receiveFrom(d, p, flags)
	return n, d.sa, err
}

// receiveFrom is Recvfrom with a locked direction. The sender's address is in d.sa, where bytes of an earlier one may
// follow it: clearing and copying a whole Sockaddr would cost a notable part of the time that a datagram takes.
func (c *Conn) receiveFrom(d *direction, p []byte, flags int) (n int, err error) {
	d.p, d.flags, d.n = p, flags, 0
	err = c.do(d, "recvfrom", (*direction).recvfrom)
	return d.n, err
}

func (d *direction) recvfrom(fd int) (err error) {
	d.n, err = recvfrom(fd, d.p, d.flags|msgDontwait, &d.sa, d.mode)
	return err
}

// Send sends p on a connected socket: send(2). n may be less than len(p) on a stream; Write sends all. It waits for
// space in the send buffer unless MSG_DONTWAIT is set, which returns EAGAIN instead. On a stream it still waits for its
// turn.
func (c *Conn) Send(p []byte, flags int) (n int, err error) {
	d := c.forSend(flags)
	defer d.release()
	d.p, d.flags, d.n = p, flags, 0
	err = c.do(d, "send", (*direction).send)
	return d.n, err
}

func (d *direction) send(fd int) (err error) {
	d.n, err = sendto(fd, d.p, d.flags|msgDontwait, nil, d.mode)
	return err
}

// sendAll continues at each step where the last one stopped.
func (d *direction) sendAll(fd int) error {
	n, err := sendOn(fd, d.p[d.n:], d.flags|msgDontwait, d.mode)
	d.n += n
	return whenConnected(err)
}

// whenConnected returns EAGAIN in place of EINPROGRESS: a send may begin to connect, with TCP_FASTOPEN_CONNECT and no cookie.
func whenConnected(err error) error {
	if err == EINPROGRESS {
		return EAGAIN
	}
	return err
}

// Sendto sends p to an address: sendto(2). The zero Sockaddr is no address, for connected sockets. MSG_DONTWAIT is as
// with Send. While the queue of an AF_NETLINK receiver is full, or of an AF_UNIX one that the socket isn't connected to,
// it tries again after pauses of up to 16 ms, because no poller reports when there is room.
//
// With MSG_FASTOPEN it connects a TCP socket, and n is the number of bytes in the first segment. EINPROGRESS means that
// the segment carries no data, because there is no cookie of this server yet, and that the attempt is in progress:
// Write waits for its end and sends p. It is simpler to use DialConn with a Control that sets TCP_FASTOPEN_CONNECT: the
// first time it connects and gets the cookie; from then on it returns at once, and the first Write connects.
func (c *Conn) Sendto(p []byte, flags int, to Sockaddr) (n int, err error) {
	d := c.forSend(flags)
	defer d.release()
	d.sa = to
	return c.sendTo(d, p, flags)
}

// sendTo is Sendto with a locked direction, to the address in d.sa.
func (c *Conn) sendTo(d *direction, p []byte, flags int) (n int, err error) {
	d.p, d.flags, d.n = p, flags, 0
	err = c.do(d, "sendto", (*direction).sendto)
	return d.n, err
}

func (d *direction) sendto(fd int) (err error) {
	d.n, err = sendto(fd, d.p, d.flags|msgDontwait, &d.sa, d.mode)
	return err
}

// Shutdown ends one or both directions of a connection: shutdown(2). how is SHUT_RD, SHUT_WR or SHUT_RDWR. On AF_UNIX it
// may not wake calls of a Conn that wait, because the poller isn't told: a call that sends after SHUT_WR or the peer's
// SHUT_RD, one that receives datagrams after SHUT_RD, Accept after SHUT_RDWR. A deadline or Close does.
func (c *Conn) Shutdown(how int) error {
	return c.control("shutdown", func(fd int) error { return Shutdown(fd, how) })
}

// CloseRead is Shutdown with SHUT_RD, under package net's name: shutdown(2).
func (c *Conn) CloseRead() error { return c.opError("close", c.Shutdown(SHUT_RD)) }

// CloseWrite is Shutdown with SHUT_WR, under package net's name: shutdown(2). The peer receives what was
// sent, then the end of the stream.
func (c *Conn) CloseWrite() error { return c.opError("close", c.Shutdown(SHUT_WR)) }

var _ net.Conn = (*Conn)(nil)
