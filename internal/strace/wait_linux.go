package strace

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Sigset appends a set of signals and its size in bytes.
func (t *Line) Sigset(set *unix.Sigset_t, size int) {
	t.sigset("", set, size)
	t.uint("", uint64(size))
}

// SizedSigset appends the struct with a set of signals that pselect6(2) takes.
func (t *Line) SizedSigset(set *unix.Sigset_t, size int) {
	t.open("", "{")
	t.sigset("sigmask", set, size)
	t.uint("sigsetsize", uint64(size))
	t.raw("}")
}

// sigset appends a set's signals or, if it has most of them, the missing ones.
func (t *Line) sigset(name string, set *unix.Sigset_t, bytes int) {
	if set == nil {
		t.pointer(name, 0)
		return
	}
	size := 8 * bytes
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
	const realTime = 32 // the first real-time signal of the kernel; the C library keeps it and the next for itself
	switch {
	case n == realTime:
		return "RTMIN"
	case n > realTime:
		return "RT_" + strconv.Itoa(n-realTime)
	}
	return strings.TrimPrefix(unix.SignalName(syscall.Signal(n)), "SIG")
}

// FdSet appends the descriptors in a set, or the set's address if it wasn't read.
func (t *Line) FdSet(set *unix.FdSet, nfd int, address uintptr) {
	if set == nil || nfd <= 0 {
		t.pointer("", address)
		return
	}
	t.text("", "["+strings.Join(members(set, nfd), " ")+"]")
}

// members returns the descriptors below nfd in a set.
func members(set *unix.FdSet, nfd int) (list []string) {
	for fd := range min(nfd, unix.FD_SETSIZE) {
		if set.IsSet(fd) {
			list = append(list, strconv.Itoa(fd))
		}
	}
	return list
}

// Selected returns the comment on select's result: which descriptors are ready, n in all, to read, to write and with
// exceptions, and how much time is left.
func Selected(nfd int, sets [3]*unix.FdSet, left *unix.Timespec, n int) string {
	if n == 0 {
		return "Timeout"
	}
	text, separator, ready := "", "", n
	for i, set := range sets {
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
			text += "]" // even after an empty set, as strace does
		}
	}
	if left != nil {
		text += separator + "left " + TimespecText(left)
	}
	return text
}

// EpollEvent appends a struct epoll_event. The two halves of its data are ev's fields Fd and Pad.
func (t *Line) EpollEvent(ev *unix.EpollEvent) {
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
