//go:build unix

package strace

import "golang.org/x/sys/unix"

// Pollfds appends the descriptors passed to poll(2), and their number.
func (t *Line) Pollfds(fds []unix.PollFd) {
	if fds == nil {
		t.pointer("", 0)
	} else {
		t.array("", len(fds), func(i int) {
			t.open("", "{")
			t.int("fd", int64(fds[i].Fd))
			if fds[i].Fd >= 0 {
				t.flags("events", uint64(uint16(fds[i].Events)), "POLL???", pollNames)
			}
			t.raw("}")
		})
	}
	t.uint("", uint64(len(fds)))
}

// Ready returns the comment on poll's result: which descriptors are ready, n in all, and how much time is left.
func Ready(fds []unix.PollFd, n int, left *unix.Timespec) string {
	if n == 0 {
		return "Timeout"
	}
	t := Line{b: []byte("[")}
	printed := 0
	for _, p := range fds {
		if p.Revents == 0 {
			continue
		}
		if printed == arrayLimit {
			t.text("", "...")
			break
		}
		t.open("", "{")
		t.int("fd", int64(p.Fd))
		t.flags("revents", uint64(uint16(p.Revents)), "", pollNames)
		t.raw("}")
		printed++
	}
	t.raw("]")
	if left != nil {
		t.raw(", left " + TimespecText(left))
	}
	return string(t.b)
}

// Timespec appends a timeout.
func (t *Line) Timespec(ts *unix.Timespec) { t.timespec("", ts) }

func (t *Line) timespec(name string, ts *unix.Timespec) {
	if ts == nil {
		t.pointer(name, 0)
		return
	}
	t.open(name, "{")
	t.int("tv_sec", int64(ts.Sec))
	t.uint("tv_nsec", uint64(uint(ts.Nsec)))
	t.raw("}")
}

// TimespecText returns a time as text.
func TimespecText(ts *unix.Timespec) string {
	t := Line{b: []byte("(")}
	t.timespec("", ts)
	return string(t.b[1:])
}
