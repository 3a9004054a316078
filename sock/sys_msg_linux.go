package sock

import (
	"math"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel takes at most 1024 iovecs per message: UIO_MAXIOV of <linux/uio.h>.
const maxIovecs = 1024

// iovec returns a buffer in the kernel's form. The iovecs of a single message are an array in the caller's frame, never
// reached through a slice: a slice of them would make all buffers that they point to escape to the heap. Most messages
// have few.
func iovec(p []byte) (v unix.Iovec) {
	v.Base = unsafe.SliceData(p)
	v.SetLen(len(p))
	return v
}

func sendmsg(fd int, m *Msg, flags int, mode callMode) (int, syscall.Errno) {
	return msgcall(unix.SYS_SENDMSG, fd, m, m.Name.length, flags, mode)
}

func recvmsg(fd int, m *Msg, flags int, mode callMode) (int, syscall.Errno) {
	m.Name = Sockaddr{}
	if len(m.Control) == 0 {
		return msgcall(unix.SYS_RECVMSG, fd, m, sockaddrSize, flags, mode) // no space for descriptors
	}
	n, e := msgcall(unix.SYS_RECVMSG, fd, m, sockaddrSize, flags|unix.MSG_CMSG_CLOEXEC, mode)
	if refusesCloexec(fd, e) {
		return msgcall(unix.SYS_RECVMSG, fd, m, sockaddrSize, flags, mode)
	}
	return n, e
}

// refusesCloexec reports whether a receive failed because of MSG_CMSG_CLOEXEC: with EINVAL or EOPNOTSUPP, on a family
// that refuses flags that it doesn't use. These families cannot pass descriptors. On all others the flag must stay.
func refusesCloexec(fd int, e syscall.Errno) bool {
	if e != unix.EINVAL && e != unix.EOPNOTSUPP {
		return false
	}
	switch domainOf(fd) {
	case unix.AF_PACKET, unix.AF_KEY, unix.AF_CAN, unix.AF_MCTP, unix.AF_PHONET, unix.AF_ATMPVC, unix.AF_ATMSVC:
		return true
	}
	return false
}

func msgcall(trap uintptr, fd int, m *Msg, nameLength uint32, flags int, mode callMode) (int, syscall.Errno) {
	switch n := len(m.Iov); {
	case n > maxIovecs:
		return 0, unix.EMSGSIZE
	case n > 8:
		return longmsgcall(trap, fd, m, nameLength, flags, mode)
	}
	var iov [8]unix.Iovec
	for i, p := range m.Iov {
		iov[i] = iovec(p)
	}
	return headercall(trap, fd, m, nameLength, &iov[0], flags, mode)
}

// longmsgcall is a separate function so that only calls with many buffers have a large frame.
func longmsgcall(trap uintptr, fd int, m *Msg, nameLength uint32, flags int, mode callMode) (int, syscall.Errno) {
	var iov [maxIovecs]unix.Iovec
	for i, p := range m.Iov {
		iov[i] = iovec(p)
	}
	return headercall(trap, fd, m, nameLength, &iov[0], flags, mode)
}

func headercall(trap uintptr, fd int, m *Msg, nameLength uint32, iov *unix.Iovec, flags int, mode callMode) (int, syscall.Errno) {
	var n uintptr
	var e syscall.Errno
	h := msghdr(m, nameLength, iov)
	trace := traced()
	if mode == rawCall && mode.raw(m.size()) {
		n, _, e = syscall.RawSyscall(trap, arg(fd), uintptr(unsafe.Pointer(&h)), arg(flags))
	} else {
		n, _, e = syscall.Syscall(trap, arg(fd), uintptr(unsafe.Pointer(&h)), arg(flags))
	}
	if trace != nil {
		trace.msgcall(trap, fd, m, &h, flags, int(n), e)
	}
	if trap == unix.SYS_RECVMSG && e == 0 {
		m.received(&h)
	}
	return int(n), e
}

// msghdr returns a message in the kernel's form.
func msghdr(m *Msg, nameLength uint32, iov *unix.Iovec) (h unix.Msghdr) {
	if nameLength > 0 {
		h.Name = &m.Name.data[0]
		h.Namelen = nameLength
	}
	h.Iov = iov
	h.SetIovlen(len(m.Iov))
	if len(m.Control) > 0 {
		h.Control = &m.Control[0]
		h.SetControllen(len(m.Control))
	}
	return h
}

// received completes a message with what the kernel wrote into its header.
func (m *Msg) received(h *unix.Msghdr) {
	m.Name.length = h.Namelen
	m.Name.received(0)
	m.Control = m.Control[:min(int(h.Controllen), len(m.Control))]
	m.Flags = int(h.Flags) &^ unix.MSG_CMSG_CLOEXEC // set above, whether the program asks for it or not
}

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// kernelBatch is the kernel's form of a Batch. It is reused for each call.
type kernelBatch struct {
	msgs    []*batchMsg
	headers []mmsghdr
	iovecs  []unix.Iovec
}

// prepare lists messages for the kernel, with their addresses, or with space for the sender's
// address if they are to be received.
func (k *kernelBatch) prepare(msgs []*batchMsg, receive bool) {
	k.msgs = msgs
	total := 0
	for _, m := range msgs {
		total += len(m.Iov)
	}
	// There is one more, so that a message without buffers has something to point to.
	k.iovecs = slices.Grow(k.iovecs[:0], total+1)[:total+1]
	k.headers = slices.Grow(k.headers[:0], len(msgs))[:len(msgs)]
	iovecs := k.iovecs
	for i, m := range msgs {
		nameLength := m.Name.length
		if receive {
			nameLength = sockaddrSize
		}
		h := &k.headers[i]
		h.header, h.length = msghdr(&m.Msg, nameLength, &iovecs[0]), 0
		for j, p := range m.Iov {
			iovecs[j] = iovec(p)
		}
		iovecs = iovecs[len(m.Iov):]
	}
}

// restore describes the first messages again after a receive into them, which changed only lengths and flags.
func (k *kernelBatch) restore(msgs []*batchMsg) {
	for i, m := range msgs {
		h := &k.headers[i]
		h.length, h.header.Namelen, h.header.Flags = 0, sockaddrSize, 0
		h.header.SetControllen(len(m.Control))
	}
}

func (k *kernelBatch) sendmmsg(fd, from, flags int) (int, syscall.Errno) {
	headers := k.headers[from:]
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_SENDMMSG, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(headers))), uintptr(len(headers)), arg(flags), 0, 0)
	if trace != nil {
		trace.sendmmsg(fd, headers, k.msgs[from:], flags, int(n), e)
	}
	return int(n), e
}

func (k *kernelBatch) recvmmsg(fd, flags int, timeout *unix.Timespec) (int, syscall.Errno) {
	before := valueOf(timeout)
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_RECVMMSG, arg(fd), uintptr(unsafe.Pointer(unsafe.SliceData(k.headers))), uintptr(len(k.headers)),
		arg(flags), uintptr(unsafe.Pointer(timeout)), 0)
	if trace != nil {
		trace.recvmmsg(fd, k.headers, k.msgs, flags, before, timeout, int(n), e)
	}
	if flags&unix.MSG_CMSG_CLOEXEC != 0 && refusesCloexec(fd, e) {
		return k.recvmmsg(fd, flags&^unix.MSG_CMSG_CLOEXEC, timeout)
	}
	return int(n), e
}

// length returns how many bytes of a message were sent or received.
func (k *kernelBatch) length(i int) int { return int(k.headers[i].length) }

func (k *kernelBatch) setLength(i, n int) {
	k.headers[i].length = uint32(min(uint64(n), math.MaxUint32))
}
