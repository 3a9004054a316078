package sock

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// tracePpoll has the time-out as it went in and as it came out.
func tracePpoll(fds []Pollfd, before, after *unix.Timespec, mask *unix.Sigset_t, n int, e Errno) {
	t := traceNew("ppoll")
	t.pollfds(fds)
	t.timespec("", before)
	t.sigset("", mask)
	t.uint("", uint64(sigsetSize()))
	t.endWith(n, e, readyText(fds, n, after))
}

// sigset is a set of signals, or, where most are in it, those that are not.
func (t *traceLine) sigset(name string, set *unix.Sigset_t) {
	if set == nil {
		t.pointer(name, 0)
		return
	}
	size := int(sigsetSize()) * 8
	has := func(i int) bool { return set.Val[i/bits.UintSize]>>(i%bits.UintSize)&1 != 0 }
	count := 0
	for i := range size {
		if has(i) {
			count++
		}
	}
	most, open := count >= size*2/3, "["
	if most {
		open = "~["
	}
	var signals []string
	for i := range size {
		if has(i) != most {
			signals = append(signals, signalName(i+1))
		}
	}
	t.text(name, open+strings.Join(signals, " ")+"]")
}

func signalName(n int) string {
	const realTime = 32 // the first number that the C library leaves to programs, but for two
	switch {
	case n == realTime:
		return "RTMIN"
	case n > realTime:
		return "RT_" + strconv.Itoa(n-realTime)
	}
	return strings.TrimPrefix(unix.SignalName(syscall.Signal(n)), "SIG")
}

// traceSelect begins the line of a pselect6(2), before it: the kernel changes its arguments.
func traceSelect(nfd int, r, w, e *FdSet, timeout *unix.Timespec, mask *unix.Sigset_t) *traceLine {
	t := traceNew("pselect6")
	t.cint(nfd)
	for _, set := range [3]*FdSet{r, w, e} {
		if set == nil || nfd <= 0 {
			t.pointer("", pointerAddress(set))
			continue
		}
		t.text("", "["+strings.Join(members(set, nfd), " ")+"]")
	}
	t.timespec("", timeout)
	t.open("", "{")
	t.sigset("sigmask", mask)
	t.uint("sigsetsize", uint64(sigsetSize()))
	t.raw("}")
	return &t
}

// members are the descriptors in a set, those below nfd.
func members(set *FdSet, nfd int) (list []string) {
	for fd := range min(nfd, FD_SETSIZE) {
		if set.IsSet(fd) {
			list = append(list, strconv.Itoa(fd))
		}
	}
	return list
}

// endSelect ends the line with what is ready and what was left of the time.
func (t *traceLine) endSelect(nfd int, r, w, e *FdSet, left *unix.Timespec, n int, errno Errno) {
	if n == 0 {
		t.endWith(n, errno, "Timeout")
		return
	}
	text, separator, ready := "", "", n
	for i, set := range [3]*FdSet{r, w, e} {
		if set == nil || ready <= 0 {
			continue
		}
		if list := members(set, nfd); len(list) > 0 {
			list = list[:min(len(list), ready)]
			ready -= len(list)
			text += separator + [3]string{"in", "out", "except"}[i] + " [" + strings.Join(list, " ")
			separator = ", "
		}
		if text != "" {
			text += "]" // also for a set that is empty: that is how strace has it
		}
	}
	if left != nil {
		text += separator + "left " + timespecText(left)
	}
	t.endWith(n, errno, text)
}

func traceEpollCtl(epfd, op, fd int, ev *EpollEvent, e Errno) {
	t := traceCall("epoll_ctl", epfd)
	t.cname(epollOpNames, op, "EPOLL_CTL_???")
	t.cint(fd)
	if ev == nil || op == unix.EPOLL_CTL_DEL {
		t.pointer("", pointerAddress(ev))
	} else {
		t.epollEvent(ev)
	}
	t.end(0, e)
}

func (t *traceLine) epollEvent(ev *EpollEvent) {
	var data [8]byte
	binary.NativeEndian.PutUint32(data[:], uint32(ev.Fd))
	binary.NativeEndian.PutUint32(data[4:], uint32(ev.Pad))
	t.open("", "{")
	t.flags("events", uint64(ev.Events), "EPOLL???", epollNames)
	t.open("data", "{")
	t.uint("u32", uint64(uint32(ev.Fd)))
	t.uint("u64", binary.NativeEndian.Uint64(data[:]))
	t.raw("}}")
}

func (t *traceLine) epollEvents(evs []EpollEvent, n int, e Errno) {
	if e != 0 || evs == nil {
		t.pointer("", sliceAddress(evs))
	} else {
		t.array("", n, func(i int) { t.epollEvent(&evs[i]) })
	}
	t.uint("", uint64(len(evs)))
}

// traceEpollWait is epoll_wait(2), or epoll_pwait(2) without a mask where there is no other.
func traceEpollWait(call string, epfd int, evs []EpollEvent, msec, n int, e Errno) {
	t := traceCall(call, epfd)
	t.epollEvents(evs, n, e)
	t.cint(msec)
	if call == "epoll_pwait" {
		t.pointer("", 0)
		t.uint("", 0)
	}
	t.end(n, e)
}

// traceEpollPwait2 has the time-out and, as that isn't shown on error, its address.
func traceEpollPwait2(epfd int, evs []EpollEvent, timeout *unix.Timespec, address uintptr, mask *unix.Sigset_t, n int, e Errno) {
	t := traceCall("epoll_pwait2", epfd)
	t.epollEvents(evs, n, e)
	if e != 0 {
		t.pointer("", address)
	} else {
		t.timespec("", timeout)
	}
	t.sigset("", mask)
	t.uint("", uint64(sigsetSize()))
	t.end(n, e)
}
