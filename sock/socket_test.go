//go:build unix

package sock_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// badCalls are calls on an fd that isn't open, as what they give: a count or a new fd, and an error.
var badCalls = []struct {
	name string
	call func() (int, error)
	want int
}{
	{"Bind", func() (int, error) { return 0, Bind(-1, inet("127.0.0.1:0")) }, 0},
	{"Listen", func() (int, error) { return 0, Listen(-1, 1) }, 0},
	{"Accept", func() (int, error) { fd, sa, err := Accept(-1); return fd + sa.Len(), err }, -1},
	{"Connect", func() (int, error) { return 0, Connect(-1, inet("127.0.0.1:1")) }, 0},
	{"Getsockname", func() (int, error) { sa, err := Getsockname(-1); return sa.Len(), err }, 0},
	{"Getpeername", func() (int, error) { sa, err := Getpeername(-1); return sa.Len(), err }, 0},
	{"Send", func() (int, error) { return Send(-1, []byte("x"), 0) }, 0},
	{"Send nothing", func() (int, error) { return Send(-1, nil, 0) }, 0},
	{"Sendto", func() (int, error) { return Sendto(-1, []byte("x"), 0, inet("127.0.0.1:1")) }, 0},
	{"Sendto nothing", func() (int, error) { return Sendto(-1, nil, 0, Sockaddr{}) }, 0},
	{"Recv", func() (int, error) { return Recv(-1, make([]byte, 8), 0) }, 0},
	{"Recv nothing", func() (int, error) { return Recv(-1, nil, 0) }, 0},
	{"Recvfrom", func() (int, error) { n, sa, err := Recvfrom(-1, make([]byte, 8), 0); return n + sa.Len(), err }, 0},
	{"Recvfrom nothing", func() (int, error) { n, sa, err := Recvfrom(-1, nil, 0); return n + sa.Len(), err }, 0},
	{"Shutdown", func() (int, error) { return 0, Shutdown(-1, SHUT_RDWR) }, 0},
	{"Close", func() (int, error) { return 0, Close(-1) }, 0},
	{"SetNonblock", func() (int, error) { return 0, SetNonblock(-1, true) }, 0},
	{"SetInheritable", func() (int, error) { return 0, SetInheritable(-1, true) }, 0},
	{"SocketError", func() (int, error) { return 0, SocketError(-1) }, 0},
	{"Getsockopt int", func() (int, error) { return Getsockopt(-1, SO_TYPE) }, 0},
	{"Setsockopt int", func() (int, error) { return 0, Setsockopt(-1, SO_RCVBUF, 4096) }, 0},
	{"Setsockopt bool", func() (int, error) { return 0, Setsockopt(-1, SO_REUSEADDR, true) }, 0},
	{"Setsockopt linger", func() (int, error) { return 0, Setsockopt(-1, SO_LINGER, Linger{}) }, 0},
	{"Setsockopt time", func() (int, error) { return 0, Setsockopt(-1, SO_RCVTIMEO, 1) }, 0},
	{"SendAll", func() (int, error) { return SendAll(-1, []byte("x"), 0) }, 0},
	{"SendAll nothing", func() (int, error) { return SendAll(-1, nil, 0) }, 0},
	{"RecvFull", func() (int, error) { return RecvFull(-1, make([]byte, 8)) }, 0},
	{"RecvAll", func() (int, error) { p, err := RecvAll(-1, 8); return len(p), err }, 0},
	{"RecvAll nothing", func() (int, error) { p, err := RecvAll(-1, 0); return len(p), err }, 0},
}

func TestBadDescriptor(t *testing.T) {
	for _, c := range badCalls {
		got, err := c.call()
		if _, ok := err.(syscall.Errno); !ok || err != EBADF || got != c.want {
			t.Errorf("%s = %d, %#v; want %d, EBADF", c.name, got, err, c.want)
		}
	}
}

func TestNoSocket(t *testing.T) {
	if fd, err := Socket(-1, SOCK_STREAM, 0); fd != -1 || err != EAFNOSUPPORT {
		t.Errorf("Socket = %d, %v; want -1, EAFNOSUPPORT", fd, err)
	}
	if fds, err := Socketpair(AF_INET, SOCK_STREAM, 0); fds != [2]int{-1, -1} || err != EOPNOTSUPP {
		t.Errorf("Socketpair = %d, %v; want -1 twice, EOPNOTSUPP", fds, err)
	}
}

func TestErrorClasses(t *testing.T) {
	sa := unixPath(t, t.TempDir()+"/nobody")
	err := Connect(socket(t, AF_UNIX, SOCK_STREAM, 0), sa)
	if err != ENOENT || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Connect to a path that isn't there: %v", err)
	}
}

func TestRefusedConnect(t *testing.T) {
	// A port that is bound and doesn't listen refuses, and nobody else can take it meanwhile.
	silent := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	fd := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, SetNonblock(fd, true))
	if err := SocketError(fd); err != nil {
		t.Errorf("before Connect: %v", err)
	}
	if err := Connect(fd, name(t, silent)); err != EINPROGRESS {
		t.Fatalf("Connect: %v; want EINPROGRESS", err)
	}
	await(t, fd, POLLOUT)
	if err := SocketError(fd); err != ECONNREFUSED {
		t.Errorf("after Connect: %v; want ECONNREFUSED", err)
	}
	if err := SocketError(fd); err != nil {
		t.Errorf("the error was taken, and is still %v", err)
	}
}

func TestUnspecDissolves(t *testing.T) {
	peer := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	fd := socket(t, AF_INET, SOCK_DGRAM, 0)
	check(t, Connect(fd, name(t, peer)))
	if got, err := Getpeername(fd); err != nil || got != name(t, peer) {
		t.Fatalf("Getpeername = %v, %v", got, err)
	}
	check(t, Connect(fd, Unspec()))
	if got, err := Getpeername(fd); !got.IsZero() || err != ENOTCONN {
		t.Errorf("Getpeername = %v, %v; want ENOTCONN", got, err)
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
			t.Errorf("a new descriptor is inheritable")
		}
	}
}

func TestSetInheritable(t *testing.T) {
	fd := socket(t, AF_INET, SOCK_STREAM, 0)
	for _, on := range []bool{true, false} {
		check(t, SetInheritable(fd, on))
		if got := inheritable(t, fd); got != on {
			t.Errorf("SetInheritable(%t) made it %t", on, got)
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
		t.Errorf("with nobody there: Accept = %d, %v, %v; want -1, EAGAIN", fd, from, err)
	}
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	await(t, l, POLLIN)
	if isNonblock(t, accepted(t, l)) {
		t.Error("a socket accepted from a non-blocking listener doesn't block")
	}
}

func TestAcceptTellsTheClient(t *testing.T) {
	l, sa := listener(t)
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	fd, from, err := Accept(l)
	check(t, err)
	defer Close(fd)
	if from != name(t, client) {
		t.Errorf("the client is %v; want %v", from, name(t, client))
	}
}

func TestRetry(t *testing.T) {
	errs := []error{EINTR, EINTR, EAGAIN}
	calls := 0
	n, err := Retry(func() (int, error) { calls++; return calls, errs[calls-1] })
	if n != 3 || err != EAGAIN || calls != 3 {
		t.Errorf("Retry = %d, %v after %d calls; want 3, EAGAIN after 3", n, err, calls)
	}
}
