//go:build unix && !linux

package sock

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func getsockoptInt(fd, level, number int) (int32, syscall.Errno) {
	trace := traced()
	v, err := unix.GetsockoptInt(fd, level, number)
	if trace != nil {
		trace.option("getsockopt", fd, level, number, fmt.Sprintf("[%d], [4]", v), errnoOf(err))
	}
	return int32(v), errnoOf(err)
}

func setsockoptInt(fd, level, number int, v int32) syscall.Errno {
	trace := traced()
	e := errnoOf(unix.SetsockoptInt(fd, level, number, int(v)))
	if trace != nil {
		trace.option("setsockopt", fd, level, number, fmt.Sprintf("[%d], 4", v), e)
	}
	return e
}

func getTimeval(fd, level, number int) (time.Duration, error) {
	trace := traced()
	tv, err := unix.GetsockoptTimeval(fd, level, number)
	if trace != nil {
		trace.option("getsockopt", fd, level, number, timevalText(tv), errnoOf(err))
	}
	if err != nil {
		return 0, err
	}
	return time.Duration(tv.Nano()), nil
}

func setTimeval(fd, level, number int, v time.Duration) error {
	if v < 0 {
		return EDOM
	}
	tv := unix.NsecToTimeval(int64(v))
	trace := traced()
	err := unix.SetsockoptTimeval(fd, level, number, &tv)
	if trace != nil {
		trace.option("setsockopt", fd, level, number, timevalText(&tv), errnoOf(err))
	}
	return err
}

func getLinger(fd, level, number int) (Linger, error) {
	trace := traced()
	l, err := unix.GetsockoptLinger(fd, level, number)
	if trace != nil {
		trace.option("getsockopt", fd, level, number, lingerText(l), errnoOf(err))
	}
	if err != nil {
		return Linger{}, err
	}
	return Linger{l.Onoff != 0, int(l.Linger)}, nil
}

func setLinger(fd, level, number int, v Linger) error {
	l := &unix.Linger{Onoff: int32(boolInt(v.Onoff)), Linger: int32(v.Seconds)}
	trace := traced()
	err := unix.SetsockoptLinger(fd, level, number, l)
	if trace != nil {
		trace.option("setsockopt", fd, level, number, lingerText(l), errnoOf(err))
	}
	return err
}

var ownOptions []AnyOption
