//go:build unix

package sock

import "example.com/berkeley/internal/strace"

// The calls of a socket's life, one method each. They run after the system call and before this package changes its
// results, so the arguments are what the kernel read or wrote.

func (c *tracedCall) socket(domain, typ, proto, fd int, e Errno) {
	c.start("socket")
	c.Family(cInt(domain))
	c.SocketType(cInt(typ))
	c.Protocol(cInt(domain), cInt(proto))
	if e == 0 {
		sawSocket(fd, domain)
	}
	c.end(fd, e)
}

func (c *tracedCall) socketpair(domain, typ, proto int, fds *[2]int32, e Errno) {
	c.start("socketpair")
	c.Family(cInt(domain))
	c.SocketType(cInt(typ))
	c.Uint(uint64(uintptr(cInt(proto))))
	c.pair(fds, e)
	c.end(0, e)
}

func (c *tracedCall) pair(fds *[2]int32, e Errno) {
	if e != 0 {
		c.Pointer(pointerAddress(fds))
		return
	}
	c.Pair(*fds)
}

func (c *tracedCall) bind(fd int, sa *Sockaddr, e Errno)    { c.to("bind", fd, sa, e) }
func (c *tracedCall) connect(fd int, sa *Sockaddr, e Errno) { c.to("connect", fd, sa, e) }

func (c *tracedCall) to(name string, fd int, sa *Sockaddr, e Errno) {
	c.on(fd, name)
	c.Sockaddr(sa.bytes())
	c.end(0, e)
}

func (c *tracedCall) listen(fd, backlog int, e Errno) {
	c.on(fd, "listen")
	c.CInt(cInt(backlog))
	c.end(0, e)
}

func (c *tracedCall) accept4(fd, flags int, sa *Sockaddr, nfd int, e Errno) {
	c.on(fd, "accept4")
	c.received(sa, e)
	c.SocketFlags(cInt(flags))
	c.end(nfd, e)
}

// named writes the line of a call that returns an address, such as getsockname(2).
func (c *tracedCall) named(name string, fd int, sa *Sockaddr, n int, e Errno) {
	c.on(fd, name)
	c.received(sa, e)
	c.end(n, e)
}

// received writes an address that the kernel filled in, nil if the call didn't ask for it.
func (c *tracedCall) received(sa *Sockaddr, e Errno) {
	if sa == nil {
		c.Pointer(0)
		c.Pointer(0)
		return
	}
	c.Received(sa.data[:min(sa.length, sockaddrSize)], sa.address(), sa.length, e == 0)
}

// sendto writes no address if to is nil.
func (c *tracedCall) sendto(fd int, p []byte, flags int, to *Sockaddr, n int, e Errno) {
	c.on(fd, "sendto")
	c.payload(p, to)
	c.Uint(uint64(len(p)))
	c.MessageFlags(cInt(flags))
	if to == nil {
		c.Pointer(0)
		c.Uint(0)
	} else {
		c.Sockaddr(to.bytes())
	}
	c.end(n, e)
}

// recvfrom writes no address if from is nil.
func (c *tracedCall) recvfrom(fd int, p []byte, flags int, from *Sockaddr, n int, e Errno) {
	c.on(fd, "recvfrom")
	if e != 0 {
		c.Pointer(address(p))
	} else {
		c.payload(p[:min(n, len(p))], from)
	}
	c.Uint(uint64(len(p)))
	c.MessageFlags(cInt(flags))
	c.received(from, e)
	c.end(n, e)
}

func (c *tracedCall) dup(fd, nfd int, e Errno) {
	c.on(fd, "fcntl")
	c.Text("F_DUPFD_CLOEXEC")
	c.Int(0)
	c.end(nfd, e)
}

func (c *tracedCall) setfd(fd int, flags uintptr, e Errno) {
	c.on(fd, "fcntl")
	c.Text("F_SETFD")
	c.FDFlags(int32(flags))
	c.end(0, e)
}

func (c *tracedCall) fionbio(fd int, v int32, e Errno) {
	c.on(fd, "ioctl")
	c.Text("FIONBIO")
	c.Indirect(v)
	c.end(0, e)
}

func (c *tracedCall) shutdown(fd, how int, e Errno) {
	c.on(fd, "shutdown")
	c.How(cInt(how))
	c.end(0, e)
}

func (c *tracedCall) close(fd int, e Errno) {
	c.on(fd, "close")
	c.end(0, e)
}

func (c *tracedCall) poll(fds []Pollfd, msec, n int, e Errno) {
	c.start("poll")
	c.Pollfds(fds)
	c.CInt(cInt(msec))
	c.endWith(n, e, strace.Ready(fds, n, nil))
}

// optionName returns an option's name in C, "" if the catalogue lacks the option.
func optionName(level, number int) string {
	for _, o := range catalogue {
		if o.Level() == level && o.Number() == number {
			return o.Name()
		}
	}
	return ""
}
