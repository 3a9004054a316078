//go:build !race

package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestWaitsDontAllocate(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	epfd := epoll(t)
	check(t, EpollCtl(epfd, EPOLL_CTL_ADD, a, &EpollEvent{Events: EPOLLOUT}))
	one := func(n int, err error) error {
		if err == nil && n != 1 {
			return EINVAL
		}
		return err
	}
	calls := []allocCall{
		{"Select", nil, func() error {
			var r, w, e FdSet
			timeout := unix.Timeval{Sec: 5}
			err := both(FD_SET(b, &r), both(FD_SET(a, &w), FD_CLR(a, &e)))
			return both(err, one(Select(max(a, b)+1, &r, &w, &e, &timeout)))
		}},
		{"Pselect", nil, func() error {
			var w FdSet
			var mask unix.Sigset_t
			timeout := unix.Timespec{Sec: 5}
			return both(FD_SET(a, &w), one(Pselect(a+1, nil, &w, nil, &timeout, &mask)))
		}},
		{"Ppoll", nil, func() error {
			fds := [1]Pollfd{{Fd: int32(a), Events: POLLOUT}}
			var mask unix.Sigset_t
			timeout := unix.Timespec{Sec: 5}
			return one(Ppoll(fds[:], &timeout, &mask))
		}},
		{"FD_SET beyond the set", EINVAL, func() error { var r FdSet; return FD_SET(FD_SETSIZE, &r) }},
		{"Select of too many", EINVAL, func() error { _, err := Select(FD_SETSIZE+1, nil, nil, nil, nil); return err }},
		{"Ppoll with a bad timeout", EINVAL, func() error { _, err := Ppoll(nil, &unix.Timespec{Sec: -1}, nil); return err }},
	}
	if _, err := EpollPwait2(epfd, make([]EpollEvent, 1), &unix.Timespec{}, nil); err != ENOSYS {
		calls = append(calls, allocCall{"EpollPwait2", nil, func() error {
			var evs [2]EpollEvent
			var mask unix.Sigset_t
			timeout := unix.Timespec{Sec: 5}
			return one(EpollPwait2(epfd, evs[:], &timeout, &mask))
		}})
	}
	allocFree(t, calls)
}

func TestMovesDontAllocate(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	from, src := pair(t, SOCK_STREAM)
	check(t, SetNonblock(src, true))
	in := fileOf(t, []byte("0123456789"))
	r, w := pipe(t)
	drained := func(size int, err error) error { // after a move, unless it failed
		var p [16]byte
		if err == nil {
			_, err = RecvFull(b, p[:size])
		}
		return err
	}
	allocFree(t, []allocCall{
		{"Sendfile", nil, func() error {
			offset := int64(2)
			_, err := Sendfile(a, in, &offset, 4)
			return drained(4, err)
		}},
		{"SendfileAll", nil, func() error { _, err := SendfileAll(a, in, 2, 8); return drained(8, err) }},
		{"Splice", nil, func() error {
			offset := int64(2)
			_, err := Splice(in, &offset, w, nil, 4, 0)
			_, err2 := Splice(r, nil, a, nil, 4, 0)
			return drained(4, both(err, err2))
		}},
		{"Relay", nil, func() error {
			var p [8]byte
			_, err := Send(from, p[:], 0)
			n, err2 := Relay(a, src)
			if n != 8 || err2 != EAGAIN {
				return EINVAL
			}
			return drained(8, err)
		}},
		{"Sendfile, bad descriptor", EBADF, func() error { _, err := Sendfile(-1, in, nil, 1); return err }},
		{"Splice without a pipe", EINVAL, func() error { _, err := Splice(a, nil, b, nil, 1, 0); return err }},
	})
}
