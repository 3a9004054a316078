package sock_test

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// ready returns a pair of which the second has a byte to receive.
func ready(t *testing.T) (a, b int) {
	a, b = pair(t, SOCK_STREAM)
	_, err := Send(a, []byte("x"), 0)
	check(t, err)
	return a, b
}

var (
	oneSecond = unix.Timespec{Sec: 1, Nsec: 5}
	oneTenth  = unix.Timespec{Nsec: 1000}
	backwards = unix.Timespec{Sec: -1, Nsec: -1}
)

// masks returns sets of signals: none, a few, real-time ones, most.
func masks() (all []*unix.Sigset_t) {
	set := func(signals ...int) *unix.Sigset_t {
		s := new(unix.Sigset_t)
		for _, n := range signals {
			s.Val[(n-1)/bits.UintSize] |= 1 << ((n - 1) % bits.UintSize)
		}
		return s
	}
	most := new(unix.Sigset_t)
	for i := range most.Val {
		most.Val[i]--
	}
	most.Val[0] -= 1 << 9
	return []*unix.Sigset_t{nil, set(), set(1, 2, 10, 15, 31), set(32, 33, 64), most}
}

var waitTraces = []traceCase{
	{"poll", func(t *testing.T) func() {
		a, b := ready(t)
		return func() {
			in := func(fd int, events int16) Pollfd { return Pollfd{Fd: int32(fd), Events: events} }
			many := slices.Repeat([]Pollfd{in(b, POLLIN)}, 40)
			for _, fds := range [][]Pollfd{
				{in(b, POLLIN)}, {in(a, POLLIN)}, {in(a, POLLIN|POLLOUT), in(b, POLLIN|POLLPRI|POLLRDHUP)}, {in(-1, POLLIN), in(99, POLLOUT)},
				{in(a, 0)}, {in(a, -1)}, nil, {}, many,
			} {
				Poll(fds, 0)
				Ppoll(fds, &oneTenth, nil)
			}
			Poll([]Pollfd{in(b, POLLIN)}, -5)
			Poll([]Pollfd{in(b, POLLIN)}, 100)
			Poll(make([]Pollfd, 1<<21), 0)
			Ppoll([]Pollfd{in(b, POLLIN)}, nil, nil)
			Ppoll([]Pollfd{in(b, POLLIN)}, &backwards, nil)
			for _, mask := range masks() {
				Ppoll([]Pollfd{in(b, POLLIN)}, &oneSecond, mask)
			}
		}
	}},
	{"select", func(t *testing.T) func() {
		a, b := ready(t)
		// This grows the process's descriptor table to hold 199: select ignores descriptors beyond the table's size.
		check(t, Dup3(a, 199, 0))
		check(t, Close(199))
		return func() {
			set := func(fds ...int) *FdSet {
				s := new(FdSet)
				for _, fd := range fds {
					FD_SET(fd, s)
				}
				return s
			}
			tv := unix.Timeval{Sec: 1, Usec: 500000}
			Select(b+1, set(a, b), set(a), nil, &tv)
			Select(b+1, set(a, b), nil, nil, nil)
			Select(b+1, set(a, b), set(), set(), nil)
			Select(b+1, set(a), set(b), set(a, b), &tv)
			Select(a+1, set(a), nil, nil, &unix.Timeval{})
			Select(0, nil, nil, nil, &unix.Timeval{})
			Select(0, set(), nil, nil, &unix.Timeval{})
			Select(-1, set(a), nil, nil, nil)
			Select(200, set(199), nil, nil, nil)
			Select(FD_SETSIZE, set(a, b), set(), nil, nil)
			Select(b+1, set(b), nil, nil, &unix.Timeval{Sec: -1})
			Pselect(b+1, set(b), set(b), set(b), nil, nil)
			for _, mask := range masks() {
				Pselect(b+1, set(b), nil, nil, &oneSecond, mask)
			}
			Pselect(b+1, set(b), nil, nil, &backwards, nil)
		}
	}},
	{"epoll", func(t *testing.T) func() {
		a, b := ready(t)
		return func() {
			epfd, _ := EpollCreate1(0)
			EpollCreate1(1)
			EpollCtl(epfd, EPOLL_CTL_ADD, b, &EpollEvent{Events: EPOLLIN | EPOLLRDHUP, Fd: int32(b)})
			EpollCtl(epfd, EPOLL_CTL_ADD, a, &EpollEvent{Events: EPOLLET | EPOLLONESHOT | EPOLLOUT, Fd: -1, Pad: 7})
			EpollCtl(epfd, EPOLL_CTL_MOD, a, &EpollEvent{Events: math.MaxUint32, Fd: 1})
			EpollCtl(epfd, EPOLL_CTL_ADD, a, nil)
			EpollCtl(epfd, 9, a, &EpollEvent{})
			evs := make([]EpollEvent, 4)
			EpollWait(epfd, evs, 0)
			EpollWait(epfd, evs, -7)
			EpollPwait2(epfd, evs, nil, nil)
			for _, mask := range masks() {
				EpollPwait2(epfd, evs, &oneTenth, mask)
			}
			EpollPwait2(epfd, evs, &backwards, nil)
			EpollPwait2(-1, evs, &oneTenth, nil)
			EpollCtl(epfd, EPOLL_CTL_DEL, b, nil)
			EpollCtl(epfd, EPOLL_CTL_DEL, a, &EpollEvent{})
			EpollWait(epfd, evs, 1)
			EpollWait(epfd, nil, 1)
			EpollWait(-1, evs, 1)
			EpollPwait2(epfd, evs, &oneTenth, nil)
			Close(epfd)
		}
	}},
}
