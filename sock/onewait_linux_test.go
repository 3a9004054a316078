package sock_test

import (
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// waitCall is a call that waits or moves data, and the one line that strace prints for it.
type waitCall struct {
	name string
	call func() error
	want string
}

func waitCalls(t *testing.T) []waitCall {
	a, b := pair(t, SOCK_STREAM)
	r, w := pipe(t)
	in := fileOf(t, []byte("0123456789"))
	epfd := epoll(t)
	check(t, EpollCtl(epfd, EPOLL_CTL_ADD, a, &EpollEvent{Events: EPOLLOUT}))
	writable, offset := setOf(a), int64(1)
	var mask unix.Sigset_t
	mask.Val[0] = 1 << (unix.SIGUSR1 - 1)
	limit := unix.Timespec{Sec: 5}
	return []waitCall{
		{"Select", func() error { _, err := Select(a+1, nil, &writable, nil, &unix.Timeval{Sec: 5}); return err },
			`^pselect6\(\d+, NULL, \[\d+\], NULL, \{tv_sec=5, tv_nsec=0\}, .*\) = 1`},
		{"Select without a timeout", func() error { _, err := Select(a+1, nil, &writable, nil, nil); return err },
			`^pselect6\(\d+, NULL, \[\d+\], NULL, NULL, .*\) = 1`},
		{"Pselect", func() error { _, err := Pselect(a+1, nil, &writable, nil, &limit, &mask); return err },
			`^pselect6\(\d+, NULL, \[\d+\], NULL, \{tv_sec=5, tv_nsec=0\}, \{sigmask=\[USR1\], sigsetsize=8\}\) = 1`},
		{"Ppoll", func() error {
			_, err := Ppoll([]Pollfd{{Fd: int32(a), Events: POLLOUT}}, &limit, &mask)
			return err
		}, `^ppoll\(\[\{fd=\d+, events=POLLOUT\}\], 1, \{tv_sec=5, tv_nsec=0\}, \[USR1\], 8\) = 1`},
		{"EpollPwait2", func() error { _, err := EpollPwait2(epfd, make([]EpollEvent, 4), &limit, &mask); return err },
			`^epoll_pwait2\(\d+, \[\{events=EPOLLOUT, .*\}\], 4, \{tv_sec=5, tv_nsec=0\}, \[USR1\], 8\) = 1`},
		{"Sendfile", func() error { _, err := Sendfile(a, in, nil, 2); return err },
			`^sendfile(64)?\(\d+, \d+, NULL, 2\) = 2`},
		{"Sendfile from an offset", func() error { _, err := Sendfile(a, in, &offset, 2); return err },
			`^sendfile(64)?\(\d+, \d+, \[1\] => \[3\], 2\) = 2`},
		{"SendfileAll", func() error { _, err := SendfileAll(a, in, 8, 2); return err },
			`^sendfile(64)?\(\d+, \d+, \[8\] => \[10\], 2\) = 2`},
		{"Splice", func() error { _, err := Splice(b, nil, w, nil, 6, SPLICE_F_MOVE); return err },
			`^splice\(\d+, NULL, \d+, NULL, 6, SPLICE_F_MOVE\) = `},
		{"Splice from a pipe", func() error { _, err := Splice(r, nil, a, nil, 1, 0); return err },
			`^splice\(\d+, NULL, \d+, NULL, 1, 0\) = 1`},
	}
}

func TestOneWait(t *testing.T) { oneCallEach(t, waitCalls(t)) }

// oneCallEach runs the test under strace and checks that each call is one system call.
func oneCallEach(t *testing.T, calls []waitCall) {
	t.Helper()
	if underStrace() {
		debug.SetGCPercent(-1)
		runtime.LockOSThread()
		for i, c := range calls {
			mark(strconv.Itoa(i))
			err := c.call()
			mark("end")
			check(t, err)
		}
		return
	}
	made := callsBetweenMarks(strace(t, "-e", everyCall))
	for i, c := range calls {
		got := made[strconv.Itoa(i)]
		if len(got) != 1 || !regexp.MustCompile(c.want).MatchString(got[0]) {
			t.Errorf("%s makes %d system calls: %q, want one that matches %s", c.name, len(got), got, c.want)
		}
	}
}
