package sock

import (
	"net"
	"slices"
)

// Batch is a number of messages for one Sendmmsg or Recvmmsg: struct mmsghdr of sendmmsg(2). It keeps the structs
// that the kernel needs, so it can be used again without allocation. Only one goroutine may use it at a time. Do not
// copy it.
type Batch struct {
	all         []*batchMsg // every message ever allocated
	n           int         // the number that calls use
	done        int         // the number that the last call sent or received
	part        int         // how much a stream took of a message that SendBatch has not sent whole yet
	size        int
	controlSize int
	hasControl  bool // whether each receive begins with the control buffers
	ready       int  // how many messages kernel describes for a receive, 0 if the next one has to describe all
	filled      int  // how many of these the last receive may have filled
	kernel      kernelBatch
}

// batchMsg is a message, with the buffers that it has at the start of each receive.
type batchMsg struct {
	Msg
	iov     [1][]byte
	buffer  []byte
	control []byte
}

// NewBatch makes n messages for sendmmsg(2) and recvmmsg(2), each with a buffer of size bytes. If size is 0, the
// caller sets the buffers of each message through Msg. NewBatch panics if n and size need more than memory can hold,
// as make does.
func NewBatch(n, size int) *Batch {
	b := &Batch{size: max(0, size)}
	b.Resize(n)
	return b
}

// Msg returns the message i: set it before Sendmmsg, read it after Recvmmsg. The bytes received are the first N(i)
// of its Iov; to send them back, cut Iov[0] to that length. The pointer stays valid for the life of the batch.
func (b *Batch) Msg(i int) *Msg { return &b.all[i].Msg }

// Len returns how many messages the next call sends or receives, as NewBatch or Resize set it.
func (b *Batch) Len() int { return b.n }

// N returns how many bytes of the message i the last call sent or received; 0 if the call did not get to it.
func (b *Batch) N(i int) int {
	if i < 0 || i >= b.done {
		return 0
	}
	return b.kernel.length(i)
}

// Resize sets how many messages the next calls send or receive; a negative n is 0. It allocates only beyond the largest
// number so far, and panics as NewBatch does. One call sends at most 1024 messages: sendmmsg(2).
func (b *Batch) Resize(n int) {
	n = max(0, n)
	b.all = slices.Grow(b.all, max(0, n-len(b.all))) // panics if n is too large
	b.n, b.done = n, 0
	for len(b.all) < b.n {
		m := &batchMsg{buffer: make([]byte, b.size), control: make([]byte, b.controlSize)}
		b.all = append(b.all, m)
		b.giveBuffer(m)
	}
}

// SetControlSize gives each message a buffer of size bytes, into which Recvmmsg receives control messages. Control
// refers to it only after that call, so what a message is sent with stays the caller's.
func (b *Batch) SetControlSize(size int) {
	b.controlSize, b.hasControl, b.ready = max(0, size), true, 0
	for _, m := range b.all {
		m.control = make([]byte, b.controlSize)
	}
}

// giveBuffer gives a message its own buffer back, if it has one.
func (b *Batch) giveBuffer(m *batchMsg) {
	if b.size > 0 {
		m.iov[0] = m.buffer
		m.Iov = m.iov[:]
	}
}

// giveBuffers is giveBuffer for the control buffer too.
func (b *Batch) giveBuffers(m *batchMsg) {
	b.giveBuffer(m)
	if b.hasControl {
		m.Control = m.control
	}
}

// Sendmmsg sends the messages of b: sendmmsg(2). n is the number of messages sent; N returns how much of each. On a
// stream, the last of them may have been sent in part. An error is that of the first message. If n is less than the
// number of messages, the error of the next one is not known; SendBatch finds it.
func Sendmmsg(fd int, b *Batch, flags int) (n int, err error) {
	if b == nil {
		return 0, EFAULT
	}
	b.prepareSend()
	n, e := b.kernel.sendmmsg(fd, 0, flags)
	return b.finish(n, e)
}

// SendBatch sends all messages of b, with as many calls of sendmmsg(2) as needed; it retries after EINTR. n is the
// number of messages sent. With an error, n is also the index of the message that caused it, or to which the kernel
// reported the ICMP error for an earlier one, as Sendto says: on EAGAIN, or to skip that message, send the rest in
// another batch. A stream may have taken a part of that message: N(n) bytes. On a stream, a message must be shorter than
// 2 GiB: the kernel would send a part of it, and then the next one.
func SendBatch(fd int, b *Batch, flags int) (n int, err error) {
	if b == nil {
		return 0, EFAULT
	}
	b.prepareSend()
	err = EINTR
	for err == EINTR {
		n, err = b.sendFrom(fd, n, flags)
	}
	return n, err
}

// sendFrom sends the messages from index n on, up to the first error, including EINTR. It returns the index
// of the first message not sent, of which b.part bytes were.
func (b *Batch) sendFrom(fd, n, flags int) (int, error) {
	for n < b.n {
		var err error
		if b.part > 0 {
			n, err = b.sendRest(fd, n, flags)
		} else {
			n, err = b.sendSome(fd, n, flags)
		}
		if err != nil {
			b.done = n + min(b.part, 1)
			return n, err
		}
	}
	b.done = n
	return n, nil
}

// sendSome makes one call of sendmmsg(2). A stream may take a part of the last message.
func (b *Batch) sendSome(fd, n, flags int) (int, error) {
	m, e := b.kernel.sendmmsg(fd, n, flags)
	if e != 0 {
		return n, e
	}
	if m == 0 {
		return n, EIO
	}
	n += m
	if sent := b.kernel.length(n - 1); sent < b.all[n-1].size() && mayBeStream(fd) {
		n--
		if b.part = sent; sent == 0 {
			return n, EIO
		}
	}
	return n, nil
}

// mayBeStream reports whether what a socket has not taken of a message should be sent. Some sockets with records return
// less than they were given.
func mayBeStream(fd int) bool {
	typ, err := Getsockopt(fd, SO_TYPE)
	return err != nil || typ == SOCK_STREAM
}

// sendRest makes one call of sendmsg(2) with what a stream has not taken yet of message n.
func (b *Batch) sendRest(fd, n, flags int) (int, error) {
	rest := net.Buffers(slices.Clone(b.all[n].Iov))
	consume(&rest, b.part)
	m, err := Sendmsg(fd, &Msg{Iov: rest[:min(len(rest), maxIovecs)]}, flags)
	if err != nil {
		return n, err
	}
	if m == 0 {
		return n, EIO
	}
	b.part += m
	b.kernel.setLength(n, b.part)
	if b.part == b.all[n].size() {
		b.part = 0
		n++
	}
	return n, nil
}

// Recvmmsg receives up to as many messages as b has: recvmmsg(2). n is the number received.
//
// Each message is received into its own buffer and its control buffer, if the batch has them; otherwise restore the
// length of Control before each call, as for Recvmsg. Call SetControlSize, if only with 0, to receive often with many
// messages: a batch that has both buffers does not describe to the kernel again what the last receive did not fill.
// Messages from n on may keep what the caller changed.
//
// A blocking fd waits until b is full; MSG_WAITFORONE waits for the first message only. The kernel checks timeout
// only after each message, so it does not end a wait. An error after the first message is returned by the next call,
// or is lost. EINVAL and EOPNOTSUPP are as with Recvmsg.
func Recvmmsg(fd int, b *Batch, flags int, timeout *Timespec) (n int, err error) {
	if b == nil {
		return 0, EFAULT
	}
	b.prepareReceive()
	n, e := b.kernel.recvmmsg(fd, flags|MSG_CMSG_CLOEXEC, timeout)
	if e == 0 {
		for i, m := range b.all[:n] {
			b.giveBuffers(m) // again, since the caller may have changed a message that was ready
			m.received(&b.kernel.headers[i].header)
			clear(m.Name.data[m.Name.length:])
			raceReceivedAll(m.Iov, b.kernel.length(i))
		}
		b.filled = n
	}
	if e == EAGAIN {
		b.filled = 0
	}
	return b.finish(n, e)
}

// prepareReceive describes the messages to the kernel. Those that were ready for the last receive, and that it did not
// fill, are ready still. A trace shows every message, so for a trace all are described.
func (b *Batch) prepareReceive() {
	msgs := b.all[:b.n]
	ready := b.ready > 0 && b.ready == b.n && hooks.Load() == nil
	if ready {
		msgs = msgs[:b.filled]
	}
	for _, m := range msgs {
		m.Name, m.Flags = Sockaddr{}, 0
		b.giveBuffers(m)
	}
	if ready {
		b.kernel.restore(msgs)
	} else {
		b.kernel.prepare(msgs, true)
	}
	b.ready, b.filled = 0, b.n
	if b.size > 0 && b.hasControl {
		b.ready = b.n
	}
}

func (b *Batch) prepareSend() {
	b.ready = 0
	raceRelease()
	for _, m := range b.all[:b.n] {
		raceReadAll(m.Iov)
	}
	b.kernel.prepare(b.all[:b.n], false)
	b.part = 0
}

// finish records how many messages a call sent or received.
func (b *Batch) finish(n int, e Errno) (int, error) {
	if e != 0 {
		b.done = 0
		return 0, e
	}
	b.done = n
	return n, nil
}
