//go:build unix

package sock

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// direction is one half of a Conn: a call at a time. What a call needs passes through its fields, so that the step that
// the runtime's poller runs is bound once, and no call allocates or starts a goroutine.
type direction struct {
	sync.Mutex
	quick bool // whether transfers never take long
	step  func(fd uintptr) bool
	call  func(d *direction, fd int) error
	err   error

	p     []byte
	flags int
	sa    Sockaddr
	n     int
	messages
}

// msgDontwait goes with each transfer. The socket doesn't block anyway, unless another program that shares it says so.
const msgDontwait = MSG_DONTWAIT

// mode is how a transfer of n bytes is made.
func (d *direction) mode(n int) callMode { return callMode(d.quick) && rawIfShort(n) }

// run makes the call, and tells whether it is through: not after EAGAIN, when it is made again once the socket is ready.
func (d *direction) run(fd uintptr) bool {
	d.err = d.call(d, int(fd))
	return d.err != EAGAIN || d.flags&MSG_DONTWAIT != 0
}

// release lets go of the caller's buffers, and of the direction.
func (d *direction) release() {
	d.p, d.messages = nil, messages{}
	d.Unlock()
}

// receive makes a call of a direction that has its arguments, waiting until the socket has something for it. Before each
// attempt, also after EINTR, the runtime's poller looks for Close and the deadline.
func (c *Conn) receive(name string, call func(*direction, int) error) error {
	d := &c.reader
	d.call = call
	err := c.awaitRead(d.step)
	for err == nil && d.err == EINTR {
		err = c.awaitRead(d.step)
	}
	return d.ended(name, err)
}

// transmit is receive for the calls that wait until the socket has room.
func (c *Conn) transmit(name string, call func(*direction, int) error) error {
	d := &c.writer
	d.call = call
	err := c.awaitWrite(d.step)
	for err == nil && d.err == EINTR {
		err = c.awaitWrite(d.step)
	}
	return d.ended(name, err)
}

// ended is a call's error: that of waiting for it, or its own.
func (d *direction) ended(name string, waited error) error {
	if waited != nil {
		return waited
	}
	return os.NewSyscallError(name, d.err)
}

// awaitRead makes a step, again whenever the socket may have something, until it is through.
func (c *Conn) awaitRead(step func(fd uintptr) bool) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 16*time.Millisecond) {
		err := c.raw.Read(step)
		if err == nil || c.closed.Load() || errors.Is(err, os.ErrDeadlineExceeded) {
			return c.ended(err)
		}
		// The runtime refuses to wait for input, "not pollable", as long as the last that epoll told was EPOLLERR alone: while
		// errors are queued, of MSG_ZEROCOPY for example, and the buffer for sending is full. What is to be read now is read,
		// and what epoll tells next ends that state.
		var through bool
		if err := c.raw.Control(func(fd uintptr) { through = step(fd) }); err != nil || through {
			return c.ended(err)
		}
		time.Sleep(pause)
	}
}

// awaitWrite makes a step, again whenever the socket may have room, until it is through.
func (c *Conn) awaitWrite(step func(fd uintptr) bool) error { return c.ended(c.raw.Write(step)) }

// Recv receives into p: recv(2). n == 0 with no error is the end of a stream, or an empty datagram.
// It waits until there is something, but with MSG_DONTWAIT, which makes it EAGAIN; MSG_WAITALL doesn't wait for all.
func (c *Conn) Recv(p []byte, flags int) (n int, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n = p, flags, 0
	err = c.receive("recv", (*direction).recv)
	return d.n, err
}

func (d *direction) recv(fd int) (err error) {
	d.n, err = recvfromAt(fd, d.p, d.flags|msgDontwait, nil, d.mode(len(d.p)))
	return err
}

// Recvfrom is Recv that also tells who sent it: recvfrom(2).
func (c *Conn) Recvfrom(p []byte, flags int) (n int, from Sockaddr, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n = p, flags, 0
	d.sa = Sockaddr{} // by itself: among others the compiler makes one more copy of it
	err = c.receive("recvfrom", (*direction).recvfrom)
	from = d.sa
	return d.n, from, err
}

func (d *direction) recvfrom(fd int) (err error) {
	d.n, err = recvfromAt(fd, d.p, d.flags|msgDontwait, &d.sa, d.mode(len(d.p)))
	return err
}

// Send sends p on a connected socket: send(2). n may be less than len(p) on a stream; Write sends all.
// It waits until there is some room, but with MSG_DONTWAIT, which makes it EAGAIN.
func (c *Conn) Send(p []byte, flags int) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n = p, flags, 0
	err = c.transmit("send", (*direction).send)
	return d.n, err
}

func (d *direction) send(fd int) (err error) {
	d.n, err = sendtoAt(fd, d.p, d.flags|msgDontwait, nil, d.mode(len(d.p)))
	return err
}

// sendAll goes on, at each step, where the last one stopped.
func (d *direction) sendAll(fd int) error {
	n, err := sendOn(fd, d.p[d.n:], d.flags|msgDontwait, d.mode(len(d.p)-d.n))
	d.n += n
	return err
}

// Sendto sends p to an address: sendto(2). The zero Sockaddr is no address, for connected sockets.
func (c *Conn) Sendto(p []byte, flags int, to Sockaddr) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n, d.sa = p, flags, 0, to
	err = c.transmit("sendto", (*direction).sendto)
	return d.n, err
}

func (d *direction) sendto(fd int) (err error) {
	d.n, err = sendtoAt(fd, d.p, d.flags|msgDontwait, &d.sa, d.mode(len(d.p)))
	return err
}

// Accept takes the next client off a listening socket's queue: accept(2). The new Conn is the caller's to close; its
// RemoteAddr is the client's address. Clients that gave up while they waited are passed over, except that many in a row give
// ECONNABORTED. Only net.ErrClosed should end an accept loop; after any other error (EMFILE, for example) pause, and try again.
func (c *Conn) Accept() (*Conn, error) {
	fd, sa, err := c.accept()
	if err != nil {
		return nil, err
	}
	client, err := newConn(fd, c.kind)
	if err != nil {
		return nil, err
	}
	client.remote = client.kind.addr(sa)
	return client, nil
}

func (c *Conn) accept() (fd int, sa Sockaddr, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.flags, d.n = 0, -1
	err = c.receive("accept", (*direction).accept)
	return d.n, d.sa, err
}

func (d *direction) accept(fd int) (err error) {
	const mostAborted = 64 // with more at once, what is wrong is the socket
	for range mostAborted {
		d.n, d.sa, err = accept(fd, sockNonblock)
		if err == nil && sockNonblock == 0 {
			err = SetNonblock(d.n, true)
		}
		if err != ECONNABORTED {
			return err
		}
	}
	return err
}

// Connect connects the socket to an address, and waits until it is: connect(2). It ends when ctx does, with ctx's error,
// and at the write deadline. As ConnectContext it waits for room in an AF_UNIX server's queue, and knows ErrSelfConnect.
// After an error close the Conn: an attempt may be going on.
func (c *Conn) Connect(ctx context.Context, sa Sockaddr) error {
	c.writer.Lock()
	defer c.writer.release()
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Done() == nil {
		return c.connect(ctx, sa)
	}
	// A deadline in the past wakes the wait. It stays: the Conn is then only to be closed.
	stop := context.AfterFunc(ctx, func() { c.SetWriteDeadline(time.Unix(1, 0)) })
	err := c.connect(ctx, sa)
	if !stop() {
		return ctx.Err()
	}
	return err
}

func (c *Conn) connect(ctx context.Context, sa Sockaddr) error {
	err := c.beginConnect(sa)
	for sa.Family() == unix.AF_UNIX && errors.Is(err, EAGAIN) {
		if err = pause(ctx); err == nil {
			err = c.beginConnect(sa)
		}
	}
	if errors.Is(err, EINPROGRESS) || errors.Is(err, EINTR) {
		c.writer.flags = 0
		err = c.transmit("connect", (*direction).connected)
	}
	if err != nil {
		return err
	}
	if local, peer := c.learnNames(); local == peer && local.AddrPort().IsValid() {
		return ErrSelfConnect
	}
	return nil
}

// beginConnect doesn't wait, but ends at the write deadline: no poller knows when a queue of AF_UNIX has room.
func (c *Conn) beginConnect(sa Sockaddr) (err error) {
	if waited := c.awaitWrite(func(fd uintptr) bool { err = Connect(int(fd), sa); return true }); waited != nil {
		return waited
	}
	return os.NewSyscallError("connect", err)
}

// connected is EAGAIN as long as an attempt to connect goes on. Being woken doesn't mean that it is over.
func (d *direction) connected(fd int) error {
	if err := SocketError(fd); err != nil {
		return err
	}
	_, err := Getpeername(fd)
	if err == ENOTCONN {
		return EAGAIN
	}
	return err
}

// Shutdown ends one or both directions of a connection: shutdown(2). how is SHUT_RD, SHUT_WR or SHUT_RDWR.
func (c *Conn) Shutdown(how int) error {
	return c.control("shutdown", func(fd int) error { return Shutdown(fd, how) })
}

// CloseRead is Shutdown with SHUT_RD, under package net's name: shutdown(2).
func (c *Conn) CloseRead() error { return c.opError("close", c.Shutdown(SHUT_RD)) }

// CloseWrite is Shutdown with SHUT_WR, under package net's name: shutdown(2). The peer receives what was sent, then the end.
func (c *Conn) CloseWrite() error { return c.opError("close", c.Shutdown(SHUT_WR)) }

var _ net.Conn = (*Conn)(nil)
