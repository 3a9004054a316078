//go:build unix

package sock

import (
	"cmp"
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Accept takes the next client off a listening socket's queue: accept(2). The new Conn is the caller's to close;
// its RemoteAddr is the client's address. It skips clients that gave up while they waited, but returns
// ECONNABORTED after many in a row. Only net.ErrClosed should end an accept loop; after any other error (EMFILE,
// for example) pause, and try again.
func (c *Conn) Accept() (*Conn, error) {
	fd, sa, err := c.accept()
	if err != nil {
		return nil, err
	}
	if c.bequest != nil {
		c.kind.setDefaults(fd, *c.bequest)
	}
	client, err := newConn(fd, c.kind)
	if err != nil {
		return nil, err
	}
	client.network = c.network
	client.setRemote(sa)
	return client, nil
}

func (c *Conn) accept() (fd int, sa Sockaddr, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.flags, d.n = 0, -1
	err = c.do(d, "accept", (*direction).accept)
	return d.n, d.sa, err
}

func (d *direction) accept(fd int) (err error) {
	const mostAborted = 64 // after more in a row, the socket itself must be at fault
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

// Connect connects the socket to an address and waits for the result: connect(2). It ends when ctx does, with the error
// of ctx, and at the write deadline. Like ConnectContext, it waits for room in the queue of an AF_UNIX server, and may
// return ErrSelfConnect. After an error close the Conn, since an attempt may still be in progress.
func (c *Conn) Connect(ctx context.Context, sa Sockaddr) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for !c.writer.TryLock() {
		if err := pause(ctx); err != nil {
			return err
		}
	}
	defer c.writer.release()
	if ctx.Done() == nil {
		return c.connect(ctx, sa)
	}
	// A deadline in the past wakes the wait. It remains set, because the Conn must then be closed.
	stop := context.AfterFunc(ctx, func() { c.SetWriteDeadline(time.Unix(1, 0)) })
	err := c.connect(ctx, sa)
	if !stop() {
		return ctx.Err()
	}
	return err
}

func (c *Conn) connect(ctx context.Context, sa Sockaddr) error {
	err := c.beginConnect(sa)
	for sa.Family() == unix.AF_UNIX && err == EAGAIN {
		if err = pause(ctx); err == nil {
			err = c.beginConnect(sa)
		}
	}
	if err == EINPROGRESS || err == EINTR {
		c.writer.flags = 0
		err = c.do(&c.writer, "connect", (*direction).connected)
	}
	if errno, ok := err.(Errno); ok {
		return os.NewSyscallError("connect", errno)
	}
	if err != nil {
		return err
	}
	local, peer := c.learnNames()
	if peer.IsZero() && sa.Family() != unix.AF_UNSPEC { // the kernel doesn't report a peer with port 0
		c.names.Lock()
		defer c.names.Unlock()
		c.setRemote(sa)
		return nil
	}
	if hasConnections(c.kind.typ) && local == peer && local.AddrPort().IsValid() {
		return ErrSelfConnect
	}
	return nil
}

// beginConnect calls connect(2) once, and doesn't wait for the result. It fails after the write deadline, which thus
// also ends the attempts to reach a full AF_UNIX queue: no poller reports when it has room.
func (c *Conn) beginConnect(sa Sockaddr) error {
	d := &c.writer
	d.sa, d.flags, d.call = sa, MSG_DONTWAIT, (*direction).connect
	if err := c.awaitWrite(d.step); err != nil {
		return err
	}
	return d.err
}

// connect begins an attempt. File may have made the socket blocking, but not before the call has returned.
func (d *direction) connect(fd int) error {
	copySteps.RLock()
	defer copySteps.RUnlock()
	if someBlock.Load() {
		SetNonblock(fd, true)
	}
	return Connect(fd, d.sa)
}

// connected returns EAGAIN while an attempt to connect is in progress: a wake-up doesn't mean that it has ended.
func (d *direction) connected(fd int) error {
	if err := SocketError(fd); err != nil {
		return err
	}
	_, err := Getpeername(fd)
	if err != ENOTCONN {
		return err
	}
	state := [1]Pollfd{{Fd: int32(fd), Events: unix.POLLOUT}}
	if _, err := Retry(func() (int, error) { return Poll(state[:], 0) }); err != nil || state[0].Revents&unix.POLLHUP == 0 {
		return EAGAIN
	}
	// It ended after the first look, or the error was given to another call, such as a Read that waited for the connection.
	return cmp.Or(SocketError(fd), error(ECONNABORTED))
}
