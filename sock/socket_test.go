//go:build unix

package sock_test

import (
	"errors"
	"io/fs"
	"math"
	"strconv"
	"syscall"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// badCall is a call on an fd that isn't open. It returns a count or a new fd, and an error.
type badCall struct {
	name string
	call func(fd int) (int, error)
	want int
}

var badCalls = []badCall{
	{"Bind", func(fd int) (int, error) { return 0, Bind(fd, inet("127.0.0.1:0")) }, 0},
	{"Listen", func(fd int) (int, error) { return 0, Listen(fd, 1) }, 0},
	{"Accept", func(fd int) (int, error) { fd, sa, err := Accept(fd); return fd + sa.Len(), err }, -1},
	{"Connect", func(fd int) (int, error) { return 0, Connect(fd, inet("127.0.0.1:1")) }, 0},
	{"Getsockname", func(fd int) (int, error) { sa, err := Getsockname(fd); return sa.Len(), err }, 0},
	{"Getpeername", func(fd int) (int, error) { sa, err := Getpeername(fd); return sa.Len(), err }, 0},
	{"Send", func(fd int) (int, error) { return Send(fd, []byte("x"), 0) }, 0},
	{"Send no bytes", func(fd int) (int, error) { return Send(fd, nil, 0) }, 0},
	{"TrySend", func(fd int) (int, error) { return TrySend(fd, []byte("x"), 0) }, 0},
	{"Sendto", func(fd int) (int, error) { return Sendto(fd, []byte("x"), 0, inet("127.0.0.1:1")) }, 0},
	{"Sendto no bytes", func(fd int) (int, error) { return Sendto(fd, nil, 0, Sockaddr{}) }, 0},
	{"Recv", func(fd int) (int, error) { return Recv(fd, make([]byte, 8), 0) }, 0},
	{"Recv no bytes", func(fd int) (int, error) { return Recv(fd, nil, 0) }, 0},
	{"TryRecv", func(fd int) (int, error) { return TryRecv(fd, make([]byte, 8), 0) }, 0},
	{"Recvfrom", func(fd int) (int, error) { n, sa, err := Recvfrom(fd, make([]byte, 8), 0); return n + sa.Len(), err }, 0},
	{"Recvfrom no bytes", func(fd int) (int, error) { n, sa, err := Recvfrom(fd, nil, 0); return n + sa.Len(), err }, 0},
	{"Shutdown", func(fd int) (int, error) { return 0, Shutdown(fd, SHUT_RDWR) }, 0},
	{"Close", func(fd int) (int, error) { return 0, Close(fd) }, 0},
	{"SetNonblock", func(fd int) (int, error) { return 0, SetNonblock(fd, true) }, 0},
	{"SetInheritable", func(fd int) (int, error) { return 0, SetInheritable(fd, true) }, 0},
	{"SocketError", func(fd int) (int, error) { return 0, SocketError(fd) }, 0},
	{"Getsockopt int", func(fd int) (int, error) { return Getsockopt(fd, SO_TYPE) }, 0},
	{"Setsockopt int", func(fd int) (int, error) { return 0, Setsockopt(fd, SO_RCVBUF, 4096) }, 0},
	{"Setsockopt bool", func(fd int) (int, error) { return 0, Setsockopt(fd, SO_REUSEADDR, true) }, 0},
	{"Setsockopt linger", func(fd int) (int, error) { return 0, Setsockopt(fd, SO_LINGER, Linger{}) }, 0},
	{"Setsockopt time", func(fd int) (int, error) { return 0, Setsockopt(fd, SO_RCVTIMEO, 1) }, 0},
	{"SendAll", func(fd int) (int, error) { return SendAll(fd, []byte("x"), 0) }, 0},
	{"SendAll no bytes", func(fd int) (int, error) { return SendAll(fd, nil, 0) }, 0},
	{"RecvFull", func(fd int) (int, error) { return RecvFull(fd, make([]byte, 8)) }, 0},
	{"RecvAll", func(fd int) (int, error) { p, err := RecvAll(fd, 8); return len(p), err }, 0},
	{"RecvAll no bytes", func(fd int) (int, error) { p, err := RecvAll(fd, 0); return len(p), err }, 0},
}

func TestBadDescriptor(t *testing.T) {
	open := socket(t, AF_INET, SOCK_STREAM, 0)
	for _, fd := range []int{-1, math.MinInt, math.MaxInt32, math.MaxInt, open + 1<<(32%strconv.IntSize)} {
		if fd == open+1 {
			continue // int is as small as C's int
		}
		for _, c := range badCalls {
			got, err := c.call(fd)
			if err == ENOSYS {
				t.Logf("the kernel has no %s: %v", c.name, err)
				continue
			}
			if _, ok := err.(syscall.Errno); !ok || err != EBADF || got != c.want {
				t.Errorf("%s of %d = %d, %#v, want %d, EBADF", c.name, fd, got, err, c.want)
			}
		}
	}
}

func TestNoSocket(t *testing.T) {
	if fd, err := Socket(-1, SOCK_STREAM, 0); fd != -1 || err != EAFNOSUPPORT {
		t.Errorf("Socket = %d, %v, want -1, EAFNOSUPPORT", fd, err)
	}
	if fds, err := Socketpair(AF_INET, SOCK_STREAM, 0); fds != [2]int{-1, -1} || err != EOPNOTSUPP {
		t.Errorf("Socketpair = %d, %v, want -1 twice, EOPNOTSUPP", fds, err)
	}
}

func TestErrorClasses(t *testing.T) {
	sa := unixPath(t, t.TempDir()+"/missing")
	err := Connect(socket(t, AF_UNIX, SOCK_STREAM, 0), sa)
	if err != ENOENT || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Connect to a path without a file: %v, want ENOENT", err)
	}
}

func TestRefusedConnect(t *testing.T) {
	// A port that is bound but not listening refuses connections, and no other socket can bind it meanwhile.
	silent := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	fd := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, SetNonblock(fd, true))
	if err := SocketError(fd); err != nil {
		t.Errorf("SocketError before Connect: %v, want nil", err)
	}
	if err := Connect(fd, name(t, silent)); err != EINPROGRESS {
		t.Fatalf("Connect: %v, want EINPROGRESS", err)
	}
	await(t, fd, POLLOUT)
	if err := SocketError(fd); err != ECONNREFUSED {
		t.Errorf("SocketError after Connect: %v, want ECONNREFUSED", err)
	}
	if err := SocketError(fd); err != nil {
		t.Errorf("second SocketError: %v, want nil", err)
	}
}

func TestUnspecDissolves(t *testing.T) {
	peer := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	fd := socket(t, AF_INET, SOCK_DGRAM, 0)
	check(t, Connect(fd, name(t, peer)))
	if got, err := Getpeername(fd); err != nil || got != name(t, peer) {
		t.Fatalf("Getpeername = %v, %v, want %v", got, err, name(t, peer))
	}
	check(t, Connect(fd, Unspec()))
	if got, err := Getpeername(fd); !got.IsZero() || err != ENOTCONN {
		t.Errorf("Getpeername = %v, %v, want ENOTCONN", got, err)
	}
}

func inheritable(t *testing.T, fd int) bool {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	check(t, err)
	return flags&unix.FD_CLOEXEC == 0
}

func TestNotInheritable(t *testing.T) {
	s := socket(t, AF_INET, SOCK_STREAM, 0)
	a, b := pair(t, SOCK_DGRAM)
	_, server := tcpPair(t)
	for _, fd := range []int{s, a, b, server} {
		if inheritable(t, fd) {
			t.Error("a new descriptor is inheritable")
		}
	}
}

func TestSetInheritable(t *testing.T) {
	fd := socket(t, AF_INET, SOCK_STREAM, 0)
	for _, on := range []bool{true, false} {
		check(t, SetInheritable(fd, on))
		if got := inheritable(t, fd); got != on {
			t.Errorf("inheritable after SetInheritable(%t): %t", on, got)
		}
	}
}

func isNonblock(t *testing.T, fd int) bool {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	check(t, err)
	return flags&unix.O_NONBLOCK != 0
}

func TestNonblockingAccept(t *testing.T) {
	l, sa := listener(t)
	check(t, SetNonblock(l, true))
	if fd, from, err := Accept(l); fd != -1 || !from.IsZero() || err != EAGAIN {
		t.Errorf("Accept without a client = %d, %v, %v, want -1, no address, EAGAIN", fd, from, err)
	}
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	await(t, l, POLLIN)
	if isNonblock(t, accepted(t, l)) {
		t.Error("a socket accepted from a non-blocking listener is non-blocking")
	}
}

func TestAcceptReturnsTheClient(t *testing.T) {
	l, sa := listener(t)
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	fd, from, err := Accept(l)
	check(t, err)
	defer Close(fd)
	if from != name(t, client) {
		t.Errorf("client's address is %v, want %v", from, name(t, client))
	}
}

func TestRetry(t *testing.T) {
	errs := []error{EINTR, EINTR, EAGAIN}
	calls := 0
	n, err := Retry(func() (int, error) { calls++; return calls, errs[calls-1] })
	if n != 3 || err != EAGAIN || calls != 3 {
		t.Errorf("Retry = %d, %v after %d calls, want 3, EAGAIN after 3", n, err, calls)
	}
}
