package sock_test

import (
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// pairWaiters are the calls that wait for fd: until it is readable if n is 1, or until the timeout if n is 0.
var pairWaiters = []struct {
	name string
	wait func(t *testing.T, fd int, limit unix.Timespec) (n int, err error)
}{
	{"Select", func(t *testing.T, fd int, limit unix.Timespec) (int, error) {
		var r sock.FdSet
		check(t, sock.FD_SET(fd, &r))
		n, err := sock.Select(fd+1, &r, nil, nil, &unix.Timeval{Sec: limit.Sec, Usec: limit.Nsec / 1000})
		if err == nil && sock.FD_ISSET(fd, &r) != (n == 1) {
			t.Errorf("Select = %d, with fd in the set: %t, want %t", n, n != 1, n == 1)
		}
		return n, err
	}},
	{"Pselect", func(t *testing.T, fd int, limit unix.Timespec) (int, error) {
		var r sock.FdSet
		check(t, sock.FD_SET(fd, &r))
		return sock.Pselect(fd+1, &r, nil, nil, &limit, nil)
	}},
	{"Ppoll", func(t *testing.T, fd int, limit unix.Timespec) (int, error) {
		return sock.Ppoll([]sock.Pollfd{{Fd: int32(fd), Events: sock.POLLIN}}, &limit, nil)
	}},
	{"EpollWait", func(t *testing.T, fd int, limit unix.Timespec) (int, error) {
		epfd, err := sock.EpollCreate1(0)
		check(t, err)
		defer sock.Close(epfd)
		check(t, sock.EpollCtl(epfd, sock.EPOLL_CTL_ADD, fd, &sock.EpollEvent{Events: sock.EPOLLIN}))
		return sock.EpollWait(epfd, make([]sock.EpollEvent, 2), int(limit.Sec)*1000)
	}},
	{"EpollPwait2", func(t *testing.T, fd int, limit unix.Timespec) (int, error) {
		epfd, err := sock.EpollCreate1(0)
		check(t, err)
		defer sock.Close(epfd)
		check(t, sock.EpollCtl(epfd, sock.EPOLL_CTL_ADD, fd, &sock.EpollEvent{Events: sock.EPOLLIN}))
		n, err := sock.EpollPwait2(epfd, make([]sock.EpollEvent, 2), &limit, nil)
		if err == sock.ENOSYS {
			t.Skip("the kernel lacks epoll_pwait2")
		}
		return n, err
	}},
}

func TestWait(t *testing.T) {
	for _, w := range pairWaiters {
		t.Run(w.name, func(t *testing.T) {
			forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
				wait := func(fd int, limit unix.Timespec, want int) {
					t.Helper()
					n, err := sock.Retry(func() (int, error) { return w.wait(t, fd, limit) })
					if n != want || err != nil {
						t.Fatalf("n = %d, %v, want %d", n, err, want)
					}
				}
				for _, fd := range []int{a, b} {
					wait(fd, unix.Timespec{}, 0)
					wait(fd, unix.Timespec{Nsec: 1000}, 0)
				}
				send(t, a, "x")
				wait(b, unix.Timespec{Sec: 5}, 1)
				wait(a, unix.Timespec{}, 0)
			})
		})
	}
}
