package sock

import (
	"example.com/berkeley/internal/strace"

	"golang.org/x/sys/unix"
)

// The calls of options, descriptors, files and io_uring.

// getsockopt writes the length before the call, which is the space for the value, and after it.
func (c *tracedCall) getsockopt(fd, level, number int, value []byte, address uintptr, before, after uint32, e Errno) {
	c.on(fd, "getsockopt")
	c.Getsockopt(tracedOption(level, number, value, address), before, after, e == 0)
	c.end(0, e)
}

func (c *tracedCall) setsockopt(fd, level, number int, value []byte, address, length uintptr, e Errno) {
	c.on(fd, "setsockopt")
	c.Setsockopt(tracedOption(level, number, value, address), int32(length))
	c.end(0, e)
}

func tracedOption(level, number int, value []byte, address uintptr) strace.Option {
	l, n := int(cInt(level)), int(cInt(number))
	return strace.Option{Level: l, Number: n, Name: optionName(l, n), Value: value, Address: address}
}

func (c *tracedCall) epollCreate1(flags, epfd int, e Errno) {
	c.start("epoll_create1")
	c.EpollFlags(cInt(flags))
	c.end(epfd, e)
}

func (c *tracedCall) dup3(fd, nfd, flags, result int, e Errno) {
	c.on(fd, "dup3")
	c.CInt(cInt(nfd))
	c.OpenFlags(cInt(flags))
	c.end(result, e)
}

func (c *tracedCall) pipe2(fds *[2]int32, flags int, e Errno) {
	c.start("pipe2")
	c.pair(fds, e)
	c.OpenFlags(cInt(flags))
	c.end(0, e)
}

// ioctlInt writes the line of an ioctl(2) that returns a C int.
func (c *tracedCall) ioctlInt(fd int, request uintptr, v *int32, e Errno) {
	c.on(fd, "ioctl")
	c.Ioctl(request)
	if e != 0 {
		c.Pointer(pointerAddress(v))
	} else {
		c.Indirect(*v)
	}
	c.end(0, e)
}

// ifreq writes the line of an ioctl(2) that converts an interface's name to its index, or back.
func (c *tracedCall) ifreq(fd int, request uintptr, r *ifreq, e Errno) {
	c.on(fd, "ioctl")
	if request == unix.SIOCGIFINDEX {
		c.IfreqIndex(r.name(), r.index(), e == 0)
	} else {
		c.IfreqName(r.index(), r.name(), e == 0)
	}
	c.end(0, e)
}

// sendfile writes the offset before and after the call.
func (c *tracedCall) sendfile(out, in int, before int64, offset *int64, count, n int, e Errno) {
	c.on(out, sendfileName)
	c.CInt(cInt(in))
	if offset == nil {
		c.Pointer(0)
	} else {
		c.Moved(before, *offset, n > 0)
	}
	c.Uint(uint64(count))
	c.end(n, e)
}

// splice writes the offsets before the call.
func (c *tracedCall) splice(in int, inGiven bool, inOff int64, out int, outGiven bool, outOff int64, count, flags, n int, e Errno) {
	c.on(in, "splice")
	c.offset(inGiven, inOff)
	c.CInt(cInt(out))
	c.offset(outGiven, outOff)
	c.Uint(uint64(count))
	c.SpliceFlags(cInt(flags))
	c.end(n, e)
}

func (c *tracedCall) offset(given bool, v int64) {
	if given {
		c.Offset(v)
	} else {
		c.Pointer(0)
	}
}

func (c *tracedCall) read(fd int, p []byte, n int, e Errno) {
	c.on(fd, "read")
	if e != 0 {
		c.Pointer(address(p))
	} else {
		c.Buffer(p[:n])
	}
	c.Uint(uint64(len(p)))
	c.end(n, e)
}

func (c *tracedCall) write(fd int, p []byte, n int, e Errno) {
	c.on(fd, "write")
	c.Buffer(p)
	c.Uint(uint64(len(p)))
	c.end(n, e)
}

// preadv writes the line of a preadv(2) into one buffer.
func (c *tracedCall) preadv(fd int, p []byte, offset int64, n int, e Errno) {
	c.on(fd, "preadv")
	if e != 0 {
		c.UnknownIovec(address(p), len(p))
	} else {
		c.Iovec(p[:n], len(p))
	}
	c.Uint(1)
	c.Int(offset)
	c.end(n, e)
}

func (c *tracedCall) ringSetup(entries int, p *ringParams, fd int, e Errno) {
	c.start("io_uring_setup")
	c.Uint(uint64(uint32(cInt(entries))))
	c.RingParams(strace.RingParams{
		Flags: p.flags, ThreadCPU: p.sqThreadCPU, ThreadIdle: p.sqThreadIdle,
		Entries: p.sqEntries, Completions: p.cqEntries, Features: p.features, SQ: p.sq.list(), CQ: p.cq.list(),
	}, e == 0)
	c.end(fd, e)
}

func (o *ringOffsets) list() [7]uint32 {
	return [7]uint32{o.head, o.tail, o.mask, o.entries, o.fifth, o.sixth, o.seventh}
}

func (c *tracedCall) ringEnter(fd, submit, complete, flags, n int, e Errno) {
	c.on(fd, "io_uring_enter")
	c.Uint(uint64(submit))
	c.Uint(uint64(complete))
	c.RingEnterFlags(cInt(flags))
	c.Pointer(0)
	c.Uint(0)
	c.end(n, e)
}
