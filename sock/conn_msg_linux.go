package sock

// messages are the arguments of the calls that have messages.
type messages struct {
	msg   *Msg
	batch *Batch
}

// Recvmsg receives into the buffers of m: recvmsg(2). It waits until there is something, but with MSG_DONTWAIT; with
// MSG_ERRQUEUE it waits for an error that the queue has.
func (c *Conn) Recvmsg(m *Msg, flags int) (n int, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.msg, d.flags, d.n = m, flags, 0
	err = c.receive("recvmsg", (*direction).recvmsg)
	return d.n, err
}

func (d *direction) recvmsg(fd int) (err error) {
	d.n, err = recvmsgBy(fd, d.msg, d.flags|msgDontwait, d.mode(d.msg.size()))
	return err
}

// Sendmsg sends the buffers of m, with its control messages, to its address: sendmsg(2). n may be less than all on a stream.
func (c *Conn) Sendmsg(m *Msg, flags int) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.msg, d.flags, d.n = m, flags, 0
	err = c.transmit("sendmsg", (*direction).sendmsg)
	return d.n, err
}

func (d *direction) sendmsg(fd int) (err error) {
	d.n, err = sendmsgBy(fd, d.msg, d.flags|msgDontwait, d.mode(d.msg.size()))
	return err
}

// Recvmmsg receives up to as many messages as b has: recvmmsg(2). It waits for the first, and takes those that are there.
func (c *Conn) Recvmmsg(b *Batch, flags int) (n int, err error) {
	d := &c.reader
	d.Lock()
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	err = c.receive("recvmmsg", (*direction).recvmmsg)
	return d.n, err
}

func (d *direction) recvmmsg(fd int) (err error) {
	d.n, err = Recvmmsg(fd, d.batch, d.flags|msgDontwait, nil)
	return err
}

// Sendmmsg sends messages of b: sendmmsg(2). n is how many went out; it waits until there is room for the first.
func (c *Conn) Sendmmsg(b *Batch, flags int) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	err = c.transmit("sendmmsg", (*direction).sendmmsg)
	return d.n, err
}

func (d *direction) sendmmsg(fd int) (err error) {
	d.n, err = Sendmmsg(fd, d.batch, d.flags|msgDontwait)
	return err
}

// SendBatch sends all messages of b with as many calls of sendmmsg(2) as it takes, waiting for room in between.
// n is how many went out; with an error, it is also the index of the message whose error it is.
func (c *Conn) SendBatch(b *Batch, flags int) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.batch, d.flags, d.n = b, flags, 0
	b.prepareSend()
	err = c.transmit("sendmmsg", (*direction).sendBatch)
	return d.n, err
}

// sendBatch goes on, at each step, where the last one stopped.
func (d *direction) sendBatch(fd int) (err error) {
	d.n, err = d.batch.sendFrom(fd, d.n, d.flags|msgDontwait)
	return err
}
