//go:build unix

package sock

import "golang.org/x/sys/unix"

func tracePoll(fds []Pollfd, msec, n int, e Errno) {
	t := traceNew("poll")
	t.pollfds(fds)
	t.cint(msec)
	t.endWith(n, e, readyText(fds, n, nil))
}

func (t *traceLine) pollfds(fds []Pollfd) {
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

// readyText tells which of fds are ready, and what was left of the time.
func readyText(fds []Pollfd, n int, left *unix.Timespec) string {
	if n == 0 {
		return "Timeout"
	}
	t := traceLine{b: []byte("[")}
	printed := 0
	for _, p := range fds {
		if p.Revents == 0 {
			continue
		}
		if printed == traceLimit {
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
		t.raw(", left " + timespecText(left))
	}
	return string(t.b)
}

func (t *traceLine) timespec(name string, ts *unix.Timespec) {
	if ts == nil {
		t.pointer(name, 0)
		return
	}
	t.open(name, "{")
	t.int("tv_sec", int64(ts.Sec))
	t.uint("tv_nsec", uint64(uint(ts.Nsec)))
	t.raw("}")
}

func timespecText(ts *unix.Timespec) string {
	t := traceLine{b: []byte("(")}
	t.timespec("", ts)
	return string(t.b[1:])
}
