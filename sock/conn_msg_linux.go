package sock

import (
	"net"
	"os"
)

const netlinkFamily = AF_NETLINK

// messages holds the arguments of the message calls.
type messages struct {
	msg     *Msg
	batch   *Batch
	buffers *net.Buffers
}

// Recvmsg receives into the buffers of m: recvmsg(2). It waits for a message unless MSG_DONTWAIT is set, which returns
// EAGAIN instead. With MSG_ERRQUEUE it waits for an error in the queue, and other receives wait for their turn
// meanwhile: a goroutine that receives both sets MSG_DONTWAIT to look at the queue. As with the function Recvmsg, the
// caller closes descriptors that arrive, and restores the length of Control before the next call.
func (c *Conn) Recvmsg(m *Msg, flags int) (n int, err error) {
	d := c.forReceive(flags)
	defer d.release()
	d.msg, d.flags, d.n = m, flags, 0
	err = c.do(d, "recvmsg", (*direction).recvmsg)
	return d.n, err
}

func (d *direction) recvmsg(fd int) (err error) {
	d.n, err = recvmsgBy(fd, d.msg, d.flags|msgDontwait, d.mode)
	return err
}

// Sendmsg sends the buffers of m, with its control messages, to its address: sendmsg(2). On a
// stream, n may be less than all. MSG_DONTWAIT is as with Send.
func (c *Conn) Sendmsg(m *Msg, flags int) (n int, err error) {
	d := c.forSend(flags)
	defer d.release()
	d.msg, d.flags, d.n = m, flags, 0
	err = c.do(d, "sendmsg", (*direction).sendmsg)
	return d.n, err
}

func (d *direction) sendmsg(fd int) (err error) {
	d.n, err = sendmsgBy(fd, d.msg, d.flags|msgDontwait, d.mode)
	return err
}

// Recvmmsg receives up to as many messages as b has: recvmmsg(2). It waits for the first message, unless MSG_DONTWAIT
// is set, and takes the others that have arrived. The caller closes descriptors that arrive.
func (c *Conn) Recvmmsg(b *Batch, flags int) (n int, err error) {
	d := c.forReceive(flags)
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	err = c.do(d, "recvmmsg", (*direction).recvmmsg)
	return d.n, err
}

func (d *direction) recvmmsg(fd int) (err error) {
	d.n, err = Recvmmsg(fd, d.batch, d.flags|msgDontwait, nil)
	return err
}

// Sendmmsg sends messages of b: sendmmsg(2). It waits until there is space for the first, unless MSG_DONTWAIT is set. n
// is the number sent.
func (c *Conn) Sendmmsg(b *Batch, flags int) (n int, err error) {
	d := c.forSend(flags)
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	err = c.do(d, "sendmmsg", (*direction).sendmmsg)
	return d.n, err
}

func (d *direction) sendmmsg(fd int) (err error) {
	d.n, err = Sendmmsg(fd, d.batch, d.flags|msgDontwait)
	return err
}

// SendBatch sends all messages of b, with as many calls of sendmmsg(2) as needed, and waits for space in between. n is
// the number sent; with an error, it is also the index of the message that caused it, of which a stream may have taken N(n)
// bytes. MSG_DONTWAIT is as with Send.
func (c *Conn) SendBatch(b *Batch, flags int) (n int, err error) {
	if b == nil {
		return 0, os.NewSyscallError("sendmmsg", EFAULT)
	}
	d := c.forSend(flags)
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	b.prepareSend()
	err = c.do(d, "sendmmsg", (*direction).sendBatch)
	return d.n, err
}

// sendBatch continues at each step where the last one stopped.
func (d *direction) sendBatch(fd int) (err error) {
	d.n, err = d.batch.sendFrom(fd, d.n, d.flags|msgDontwait)
	return err
}

// WriteBuffers sends all buffers, up to 1024 with one call of sendmsg(2): on a stream with as many calls as needed,
// otherwise as one message. Like the WriteTo of net.Buffers, it removes what was sent from v. Use it instead: given a
// Conn, WriteTo calls Write for each buffer, since package net combines them only for its own types.
func (c *Conn) WriteBuffers(v *net.Buffers) (n int64, err error) {
	if v == nil {
		return 0, c.opError("write", EFAULT)
	}
	d := &c.writer
	d.Lock()
	defer d.release()
	m := newMessage(nil, nil)
	defer m.release()
	d.msg, d.buffers, d.flags, d.n = &m.Msg, v, 0, 0
	call := (*direction).sendmsg
	if m.Iov = *v; c.isStream() {
		call = (*direction).sendBuffers
	}
	err = c.do(d, "sendmsg", call)
	if err == nil && !c.isStream() {
		consume(v, d.n)
	}
	return int64(d.n), c.opError("write", err)
}

// sendBuffers continues at each step where the last one stopped.
func (d *direction) sendBuffers(fd int) error {
	for len(*d.buffers) > 0 {
		d.msg.Iov = (*d.buffers)[:min(len(*d.buffers), maxIovecs)]
		size := d.msg.size()
		n, err := sendmsgBy(fd, d.msg, d.flags|msgDontwait, d.mode)
		d.n += n
		consume(d.buffers, n)
		switch {
		case err != nil:
			return whenConnected(err)
		case n == 0 && size > 0:
			return EIO
		}
	}
	return nil
}
