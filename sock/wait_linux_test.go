package sock_test

import (
	"math"
	"runtime"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func init() {
	badCalls = append(badCalls, []badCall{
		{"Pselect", func(fd int) (int, error) {
			r := setOf(notOpen)
			return Pselect(notOpen+1, &r, nil, nil, &unix.Timespec{}, nil)
		}, 0},
	}...)
}

// waiter is a call that waits for a descriptor to be readable, and its name.
type waiter struct {
	name string
	wait func(timeout *unix.Timespec, mask *unix.Sigset_t) (int, error)
}

// waiters returns the calls that take a signal mask, each waiting for fd.
func waiters(t *testing.T, fd int) []waiter {
	epfd := epoll(t)
	check(t, EpollCtl(epfd, EPOLL_CTL_ADD, fd, &EpollEvent{Events: EPOLLIN}))
	all := []waiter{
		{"Pselect", func(timeout *unix.Timespec, mask *unix.Sigset_t) (int, error) {
			r := setOf(fd)
			return Pselect(fd+1, &r, nil, nil, timeout, mask)
		}},
		{"Ppoll", func(timeout *unix.Timespec, mask *unix.Sigset_t) (int, error) {
			return Ppoll([]Pollfd{{Fd: int32(fd), Events: POLLIN}}, timeout, mask)
		}},
	}
	if _, err := EpollPwait2(epfd, make([]EpollEvent, 1), &unix.Timespec{}, nil); err == ENOSYS {
		t.Log("the kernel lacks epoll_pwait2")
		return all
	}
	return append(all, waiter{"EpollPwait2", func(timeout *unix.Timespec, mask *unix.Sigset_t) (int, error) {
		return EpollPwait2(epfd, make([]EpollEvent, 1), timeout, mask)
	}})
}

func TestTimeoutsStay(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	const limit = 2 * time.Millisecond
	for _, w := range waiters(t, b) {
		want := unix.NsecToTimespec(int64(limit))
		timeout := want
		start := time.Now()
		n, err := Retry(func() (int, error) { return w.wait(&timeout, nil) })
		if n != 0 || err != nil || timeout != want || time.Since(start) < limit {
			t.Errorf("%s = %d, %v after %v with timeout %v left, want 0 after %v and %v left", w.name, n, err, time.Since(start), timeout, limit, want)
		}
	}
	_, err := Send(a, []byte("x"), 0)
	check(t, err)
	for _, w := range waiters(t, b) {
		timeout := unix.Timespec{Sec: math.MaxInt32}
		n, err := w.wait(&timeout, nil)
		if n != 1 || err != nil || timeout != (unix.Timespec{Sec: math.MaxInt32}) {
			t.Errorf("%s with data = %d, %v with timeout %v left, want 1 and the timeout unchanged", w.name, n, err, timeout)
		}
		if n, err := w.wait(nil, nil); n != 1 || err != nil {
			t.Errorf("%s without a timeout = %d, %v, want 1", w.name, n, err)
		}
	}
}

func TestBadTimeouts(t *testing.T) {
	_, b := pair(t, SOCK_STREAM)
	for _, w := range waiters(t, b) {
		for _, timeout := range []unix.Timespec{{Sec: -1}, {Nsec: -1}, {Nsec: 1e9}} {
			if n, err := w.wait(&timeout, nil); n != 0 || err != EINVAL {
				t.Errorf("%s(%v) = %d, %v, want EINVAL", w.name, timeout, n, err)
			}
		}
	}
	for _, nfd := range []int{-1, FD_SETSIZE + 1, math.MaxInt} {
		if n, err := Pselect(nfd, nil, nil, nil, &unix.Timespec{}, nil); n != 0 || err != EINVAL {
			t.Errorf("Pselect(%d) = %d, %v, want EINVAL", nfd, n, err)
		}
	}
}

func TestSelectWritesTheTimeLeft(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	r := setOf(b)
	timeout := unix.Timeval{Usec: 1500}
	n, err := Retry(func() (int, error) { return Select(b+1, &r, nil, nil, &timeout) })
	if n != 0 || err != nil || timeout != (unix.Timeval{}) {
		t.Errorf("Select without data = %d, %v with %v left, want 0 and none left", n, err, timeout)
	}
	_, err = Send(a, []byte("x"), 0)
	check(t, err)
	r = setOf(b)
	// Select carries microseconds above a second over into seconds.
	timeout = unix.Timeval{Sec: 1000, Usec: 2000000}
	n, err = Select(b+1, &r, nil, nil, &timeout)
	if n != 1 || err != nil || timeout.Sec != 1001 || timeout.Usec < 0 || timeout.Usec >= 1e6 {
		t.Errorf("Select with data = %d, %v with %v left, want 1 and just below 1002 s left", n, err, timeout)
	}
}

func TestBadEpollPwait2(t *testing.T) {
	_, b := pair(t, SOCK_STREAM)
	tests := []struct {
		name string
		epfd int
		evs  []EpollEvent
		want error
	}{
		{"no descriptor", -1, make([]EpollEvent, 1), EBADF},
		{"a socket", b, make([]EpollEvent, 1), EINVAL},
		{"no events", epoll(t), nil, EINVAL},
	}
	for _, test := range tests {
		n, err := EpollPwait2(test.epfd, test.evs, &unix.Timespec{}, nil)
		if err == ENOSYS {
			t.Skip("the kernel lacks epoll_pwait2")
		}
		if n != 0 || err != test.want {
			t.Errorf("%s: EpollPwait2 = %d, %v, want %v", test.name, n, err, test.want)
		}
	}
}

// In TestMasks, a blocked signal is pending for this thread. It interrupts the calls whose
// mask unblocks it, and no others.
func TestMasks(t *testing.T) {
	_, b := pair(t, SOCK_STREAM)
	all := waiters(t, b)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Go's runtime uses SIGURG itself, so an extra one does no harm.
	var none, urgent, before unix.Sigset_t
	urgent.Val[0] = 1 << (unix.SIGURG - 1)
	check(t, unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before))
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	short, long := unix.NsecToTimespec(int64(time.Millisecond)), unix.NsecToTimespec(int64(5*time.Second))
	for _, w := range all {
		check(t, unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGURG))
		if n, err := w.wait(&short, &urgent); n != 0 || err != nil {
			t.Errorf("%s with the signal blocked = %d, %v, want none", w.name, n, err)
		}
		if n, err := w.wait(&short, nil); n != 0 || err != nil {
			t.Errorf("%s without a mask = %d, %v, want none", w.name, n, err)
		}
		if n, err := w.wait(&long, &none); n != 0 || err != EINTR {
			t.Errorf("%s with the signal unblocked = %d, %v, want EINTR", w.name, n, err)
		}
	}
}

// TestWaitOrder is TestOrder for the calls that wait and move data.
func TestWaitOrder(t *testing.T) {
	p := make([]byte, 1)
	in := fileOf(t, []byte("x"))
	pr, pw := pipe(t)
	send := func(a int) error { _, err := Send(a, []byte("x"), 0); return err }
	recv := func(b int) error { _, err := Recv(b, p, 0); return err }
	tests := []struct {
		name   string
		before func(a int) error
		after  func(b int) error
	}{
		{"Send, Select", send, func(b int) error { r := setOf(b); _, err := Select(b+1, &r, nil, nil, nil); return err }},
		{"Send, Pselect", send, func(b int) error { r := setOf(b); _, err := Pselect(b+1, &r, nil, nil, nil, nil); return err }},
		{"Send, Ppoll", send, func(b int) error {
			_, err := Ppoll([]Pollfd{{Fd: int32(b), Events: POLLIN}}, nil, nil)
			return err
		}},
		{"Send, Splice", send, func(b int) error { _, err := Splice(b, nil, pw, nil, 1, 0); return err }},
		{"Splice, Recv", func(a int) error { _, err := Splice(pr, nil, a, nil, 1, 0); return err }, recv},
		{"Sendfile, Recv", func(a int) error { var at int64; _, err := Sendfile(a, in, &at, 1); return err }, recv},
		{"SendfileAll, Recv", func(a int) error { _, err := SendfileAll(a, in, 0, 1); return err }, recv},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := pair(t, SOCK_STREAM)
			inOrder(t, func() error { return test.before(a) }, func() error { return test.after(b) })
		})
	}
}
