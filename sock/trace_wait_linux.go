package sock

import (
	"time"

	"example.com/berkeley/internal/strace"

	"golang.org/x/sys/unix"
)

// ppoll writes the timeout before and after the call.
func (c *tracedCall) ppoll(fds []Pollfd, before, after *unix.Timespec, mask *unix.Sigset_t, n int, e Errno) {
	c.start("ppoll")
	c.Pollfds(fds)
	c.Timespec(before)
	c.Sigset(mask, int(sigsetSize()))
	c.endWith(n, e, strace.Ready(fds, n, after))
}

// selecting begins the line of a pselect6(2) before the call, because the kernel changes the arguments.
func (c *tracedCall) selecting(nfd int, r, w, e *FdSet, timeout *unix.Timespec, mask *unix.Sigset_t) {
	c.start("pselect6")
	c.CInt(cInt(nfd))
	for _, set := range [3]*FdSet{r, w, e} {
		c.FdSet(set, nfd, pointerAddress(set))
	}
	c.Timespec(timeout)
	c.SizedSigset(mask, int(sigsetSize()))
	c.call.Begin = time.Now()
}

// selected ends the line with the ready descriptors and the remaining time.
func (c *tracedCall) selected(nfd int, r, w, e *FdSet, left *unix.Timespec, n int, errno Errno) {
	c.returned()
	c.endWith(n, errno, strace.Selected(nfd, [3]*FdSet{r, w, e}, left, n))
}

func (c *tracedCall) epollCtl(epfd, op, fd int, ev *EpollEvent, e Errno) {
	c.on(epfd, "epoll_ctl")
	c.EpollOp(cInt(op))
	c.CInt(cInt(fd))
	if ev == nil || op == unix.EPOLL_CTL_DEL {
		c.Pointer(pointerAddress(ev))
	} else {
		c.EpollEvent(ev)
	}
	c.end(0, e)
}

func (c *tracedCall) epollEvents(evs []EpollEvent, n int, e Errno) {
	if e != 0 || evs == nil {
		c.Pointer(sliceAddress(evs))
	} else {
		c.Array(n, func(i int) { c.EpollEvent(&evs[i]) })
	}
	c.Uint(uint64(len(evs)))
}

// epollWait writes the line of epoll_wait(2), or of epoll_pwait(2) without a mask on architectures that have no other.
func (c *tracedCall) epollWait(name string, epfd int, evs []EpollEvent, msec, n int, e Errno) {
	c.on(epfd, name)
	c.epollEvents(evs, n, e)
	c.CInt(cInt(msec))
	if name == "epoll_pwait" {
		c.Pointer(0)
		c.Uint(0)
	}
	c.end(n, e)
}

// epollPwait2 writes the timeout or, on error, its address, as strace does.
func (c *tracedCall) epollPwait2(epfd int, evs []EpollEvent, timeout *unix.Timespec, address uintptr, mask *unix.Sigset_t, n int, e Errno) {
	c.on(epfd, "epoll_pwait2")
	c.epollEvents(evs, n, e)
	if e != 0 {
		c.Pointer(address)
	} else {
		c.Timespec(timeout)
	}
	c.Sigset(mask, int(sigsetSize()))
	c.end(n, e)
}
