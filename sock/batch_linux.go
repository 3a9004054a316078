package sock

import "golang.org/x/sys/unix"

// Batch is many messages for one Sendmmsg or Recvmmsg: struct mmsghdr of sendmmsg(2). It keeps what the kernel needs of
// them and is used again and again without allocation. It belongs to one goroutine at a time.
type Batch struct {
	all         []*batchMsg // every message that the batch ever had
	n           int         // how many of them calls use
	done        int         // how many of them the last call sent or received
	size        int
	controlSize int
	kernel      kernelBatch
}

// batchMsg is a message, and what it begins each receive with.
type batchMsg struct {
	Msg
	iov     [1][]byte
	buffer  []byte
	control []byte
}

// NewBatch makes n messages for sendmmsg(2) and recvmmsg(2), each with a buffer of size bytes. With a size of 0 the caller
// gives each message its buffers, through Msg. More than memory can hold is a panic, as with make.
func NewBatch(n, size int) *Batch {
	b := &Batch{size: max(0, size)}
	b.Resize(n)
	return b
}

// Msg is the message i: fill it in before Sendmmsg, read it after Recvmmsg. What was received is the first Len(i) bytes of
// its Iov; to send it back, cut Iov[0] to that. It is the same message as long as the batch lives.
func (b *Batch) Msg(i int) *Msg { return &b.all[i].Msg }

// Len is how many bytes of the message i the last call sent or received, 0 if it didn't come to it.
func (b *Batch) Len(i int) int {
	if i < 0 || i >= b.done {
		return 0
	}
	return b.kernel.length(i)
}

// Resize sets how many messages the next calls send or receive. It allocates only beyond the largest number so far.
// One call takes 1024 at most, whatever the batch has: sendmmsg(2).
func (b *Batch) Resize(n int) {
	b.n = max(0, n)
	b.done = 0
	for len(b.all) < b.n {
		m := &batchMsg{buffer: make([]byte, b.size), control: make([]byte, b.controlSize)}
		b.all = append(b.all, m)
		b.reset(m)
	}
}

// SetControlSize gives every message room for control messages of size bytes in all, for Recvmmsg.
func (b *Batch) SetControlSize(size int) {
	b.controlSize = max(0, size)
	for _, m := range b.all {
		m.control = make([]byte, b.controlSize)
	}
}

// reset gives a message its own buffers again, where it has any.
func (b *Batch) reset(m *batchMsg) {
	m.Name, m.Flags = Sockaddr{}, 0
	if b.size > 0 {
		m.iov[0] = m.buffer
		m.Iov = m.iov[:]
	}
	if b.controlSize > 0 {
		m.Control = m.control
	}
}

// Sendmmsg sends the messages of b: sendmmsg(2). n is how many went out; Len tells how much of each.
// An error is that of the first message. Where n is less than all, the next one's error isn't known; SendBatch finds it.
func Sendmmsg(fd int, b *Batch, flags int) (n int, err error) {
	if b == nil {
		return 0, EFAULT
	}
	b.prepareSend()
	n, e := b.kernel.sendmmsg(fd, 0, flags)
	return b.finish(n, e)
}

// SendBatch sends all messages of b with as many calls of sendmmsg(2) as it takes, again after EINTR.
// n is how many went out; with an error, it is also the index of the message whose error it is. On EAGAIN, or to leave that
// message out, go on with the rest in another batch.
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

// sendFrom sends the messages from the index n on, up to the first error: EINTR too. It gives the index that it came to.
func (b *Batch) sendFrom(fd, n, flags int) (int, error) {
	for n < b.n {
		m, e := b.kernel.sendmmsg(fd, n, flags)
		if e == 0 && m == 0 {
			e = EIO
		}
		if e != 0 {
			b.done = n
			return n, e
		}
		n += m
	}
	b.done = n
	return n, nil
}

// Recvmmsg receives up to as many messages as b has: recvmmsg(2). n is how many came.
// Before it, each message gets its own buffer and room for control messages back, where the batch has them; where it
// hasn't, Control is to be given its length again, as for Recvmsg. A blocking fd waits until b is full: MSG_WAITFORONE
// doesn't wait for a second message. The kernel looks at timeout only after each message, so it doesn't end a wait.
// An error after the first message comes with the next call, or is lost. EINVAL and EOPNOTSUPP are as with Recvmsg.
func Recvmmsg(fd int, b *Batch, flags int, timeout *unix.Timespec) (n int, err error) {
	if b == nil {
		return 0, EFAULT
	}
	for _, m := range b.all[:b.n] {
		b.reset(m)
	}
	b.kernel.prepare(b.all[:b.n], true)
	n, e := b.kernel.recvmmsg(fd, flags, timeout)
	if e == 0 {
		for i, m := range b.all[:n] {
			m.received(&b.kernel.headers[i].header)
			raceReceivedAll(m.Iov, b.kernel.length(i))
		}
	}
	return b.finish(n, e)
}

func (b *Batch) prepareSend() {
	raceRelease()
	for _, m := range b.all[:b.n] {
		raceReadAll(m.Iov)
	}
	b.kernel.prepare(b.all[:b.n], false)
}

// finish notes how many messages a call sent or received.
func (b *Batch) finish(n int, e Errno) (int, error) {
	if e != 0 {
		b.done = 0
		return 0, e
	}
	b.done = n
	return n, nil
}
