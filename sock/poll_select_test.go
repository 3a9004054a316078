//go:build unix

package sock_test

import (
	"math"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// notOpen is a descriptor that no test opens, and small enough for every kernel to look it up.
const notOpen = 60

func init() {
	badCalls = append(badCalls, []badCall{
		{"Select", func(fd int) (int, error) {
			r := setOf(notOpen)
			return Select(notOpen+1, &r, nil, nil, &unix.Timeval{})
		}, 0},
	}...)
}

func setOf(fds ...int) (set FdSet) {
	for _, fd := range fds {
		if err := FD_SET(fd, &set); err != nil {
			panic(err)
		}
	}
	return set
}

func TestFdSet(t *testing.T) {
	var set FdSet
	for _, fd := range []int{0, 1, 31, 32, 63, 64, FD_SETSIZE - 1} {
		check(t, FD_SET(fd, &set))
		check(t, FD_SET(fd, &set))
		if set != setOf(fd) || !FD_ISSET(fd, &set) || FD_ISSET(fd^1, &set) {
			t.Errorf("FD_SET(%d): %v", fd, set)
		}
		check(t, FD_CLR(fd, &set))
		if set != (FdSet{}) || FD_ISSET(fd, &set) {
			t.Errorf("FD_CLR(%d): %v", fd, set)
		}
	}
	set = setOf(3, 5, FD_SETSIZE-1)
	FD_ZERO(&set)
	if set != (FdSet{}) {
		t.Errorf("FD_ZERO: %v", set)
	}
}

func TestFdSetBounds(t *testing.T) {
	for _, fd := range []int{-1, math.MinInt, FD_SETSIZE, math.MaxInt} {
		set := setOf(0)
		if err := FD_SET(fd, &set); err != EINVAL {
			t.Errorf("FD_SET(%d): %v, want EINVAL", fd, err)
		}
		if err := FD_CLR(fd, &set); err != EINVAL {
			t.Errorf("FD_CLR(%d): %v, want EINVAL", fd, err)
		}
		if FD_ISSET(fd, &set) || set != setOf(0) {
			t.Errorf("set after FD_SET(%d) = %v, want it unchanged", fd, set)
		}
	}
	FD_ZERO(nil)
	if err := FD_SET(0, nil); err != EFAULT || FD_CLR(0, nil) != EFAULT || FD_ISSET(0, nil) {
		t.Errorf("FD_SET of a nil set: %v, want EFAULT", err)
	}
}

func TestBadSelect(t *testing.T) {
	tests := []struct {
		name    string
		nfd     int
		timeout unix.Timeval
	}{
		{"beyond the sets", FD_SETSIZE + 1, unix.Timeval{}},
		{"far beyond", math.MaxInt, unix.Timeval{}},
		{"negative", -1, unix.Timeval{}},
		{"negative time", 0, unix.Timeval{Sec: -1}},
		{"negative microseconds", 0, unix.Timeval{Usec: -1}},
	}
	for _, test := range tests {
		var r FdSet
		if n, err := Select(test.nfd, &r, nil, nil, &test.timeout); n != 0 || err != EINVAL {
			t.Errorf("%s: Select = %d, %v, want EINVAL", test.name, n, err)
		}
	}
}

func TestSelect(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	nfd := max(a, b) + 1
	r, w, e := setOf(a, b), setOf(a), setOf(a, b)
	_, err := Send(a, []byte("x"), 0)
	check(t, err)
	n, err := Select(nfd, &r, &w, &e, nil)
	if n != 2 || err != nil || r != setOf(b) || w != setOf(a) || e != (FdSet{}) {
		t.Errorf("Select = %d, %v with sets %v, %v, %v, want b readable and a writable", n, err, r, w, e)
	}
	r = setOf(a)
	silent := func() (int, error) { return Select(FD_SETSIZE, &r, nil, nil, &unix.Timeval{}) }
	if n, err := Retry(silent); n != 0 || err != nil || r != (FdSet{}) {
		t.Errorf("Select without data = %d, %v with set %v, want 0 and an empty set", n, err, r)
	}
}
