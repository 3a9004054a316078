package sock_test

import (
	"context"
	"strconv"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func init() {
	badCalls = append(badCalls, []badCall{
		{"Accept4", func(fd int) (int, error) { fd, sa, err := Accept4(fd, 0); return fd + sa.Len(), err }, -1},
		{"Sendmsg", func(fd int) (int, error) { return Sendmsg(fd, &Msg{Iov: [][]byte{{0}}}, 0) }, 0},
		{"Recvmsg", func(fd int) (int, error) { return Recvmsg(fd, &Msg{Iov: [][]byte{{0}}}, 0) }, 0},
		{"Sendmmsg", func(fd int) (int, error) { return Sendmmsg(fd, NewBatch(2, 1), 0) }, 0},
		{"SendBatch", func(fd int) (int, error) { return SendBatch(fd, NewBatch(2, 1), 0) }, 0},
		{"Recvmmsg", func(fd int) (int, error) { return Recvmmsg(fd, NewBatch(2, 1), 0, nil) }, 0},
		{"EpollCtl", func(fd int) (int, error) { return 0, EpollCtl(fd, EPOLL_CTL_ADD, 0, &EpollEvent{}) }, 0},
		{"EpollWait", func(fd int) (int, error) { return EpollWait(fd, make([]EpollEvent, 1), 0) }, 0},
		{"EpollPwait2", func(fd int) (int, error) { return EpollPwait2(fd, make([]EpollEvent, 1), &unix.Timespec{}, nil) }, 0},
		{"ConnectContext", func(fd int) (int, error) { return 0, ConnectContext(context.Background(), -1, inet("127.0.0.1:1")) }, 0},
		{"SendFds", func(fd int) (int, error) { return SendFds(fd, []byte("x"), 0) }, 0},
		{"RecvFds", func(fd int) (int, error) { n, fds, err := RecvFds(fd, make([]byte, 1), 1); return n + len(fds), err }, 0},
		{"GetsockoptBytes", func(fd int) (int, error) { return GetsockoptBytes(fd, SOL_SOCKET, SO_TYPE.Number(), make([]byte, 4)) }, 0},
		{"SetsockoptBytes", func(fd int) (int, error) {
			return 0, SetsockoptBytes(fd, SOL_SOCKET, SO_RCVBUF.Number(), make([]byte, 4))
		}, 0},
		{"Getsockopt struct", func(fd int) (int, error) { u, err := Getsockopt(fd, SO_PEERCRED); return int(u.Pid), err }, 0},
		{"Getsockopt string", func(fd int) (int, error) { s, err := Getsockopt(fd, TCP_CONGESTION); return len(s), err }, 0},
		{"Setsockopt string", func(fd int) (int, error) { return 0, Setsockopt(fd, TCP_CONGESTION, "reno") }, 0},
	}...)
}

func TestAccept4(t *testing.T) {
	l, sa := listener(t)
	for _, flags := range []int{0, SOCK_NONBLOCK} {
		client := socket(t, AF_INET, SOCK_STREAM, 0)
		check(t, Connect(client, sa))
		fd, from, err := Accept4(l, flags)
		check(t, err)
		t.Cleanup(func() { Close(fd) })
		if from != name(t, client) {
			t.Errorf("client's address is %v, want %v", from, name(t, client))
		}
		if isNonblock(t, fd) != (flags == SOCK_NONBLOCK) || inheritable(t, fd) {
			t.Errorf("Accept4(%#x): non-blocking %t, inheritable %t, want %t, false", flags, isNonblock(t, fd), inheritable(t, fd), flags == SOCK_NONBLOCK)
		}
	}
}

func TestNoAddress(t *testing.T) {
	needKernel(t)
	for _, family := range []int{AF_INET, AF_INET6, AF_UNIX} {
		fd := socket(t, family, SOCK_DGRAM, 0)
		if err := Bind(fd, Sockaddr{}); err != EINVAL {
			t.Errorf("Bind to no address of family %d: %v, want EINVAL", family, err)
		}
		if err := Connect(fd, Sockaddr{}); err != EINVAL {
			t.Errorf("Connect to no address of family %d: %v, want EINVAL", family, err)
		}
	}
}

func epoll(t testing.TB) int {
	t.Helper()
	epfd, err := EpollCreate1(0)
	check(t, err)
	t.Cleanup(func() { Close(epfd) })
	return epfd
}

func TestEpoll(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	epfd := epoll(t)
	if inheritable(t, epfd) {
		t.Error("a new epoll instance is inheritable")
	}
	want := EpollEvent{Events: EPOLLIN, Fd: int32(b), Pad: 7}
	check(t, EpollCtl(epfd, EPOLL_CTL_ADD, b, &want))
	evs := make([]EpollEvent, 4)
	if n, err := EpollWait(epfd, evs, 0); n != 0 || err != nil {
		t.Errorf("EpollWait without data = %d, %v, want 0", n, err)
	}
	_, err := Send(a, []byte("x"), 0)
	check(t, err)
	n, err := Retry(func() (int, error) { return EpollWait(epfd, evs, 5000) })
	if n != 1 || err != nil || evs[0] != want {
		t.Errorf("EpollWait = %d, %v, %v, want %v", n, err, evs[0], want)
	}
	check(t, EpollCtl(epfd, EPOLL_CTL_DEL, b, nil))
	if n, err := EpollWait(epfd, evs, 0); n != 0 || err != nil {
		t.Errorf("EpollWait after EPOLL_CTL_DEL = %d, %v, want 0", n, err)
	}
}

func TestBadEpoll(t *testing.T) {
	if epfd, err := EpollCreate1(-1); epfd != -1 || err != EINVAL {
		t.Errorf("EpollCreate1 = %d, %v, want -1, EINVAL", epfd, err)
	}
}

func TestLongestWait(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("int is as small as C's int")
	}
	// Without its high bits, this would be one millisecond.
	tooLong := 1 | 1<<(32%strconv.IntSize)
	if n, err := Poll(nil, tooLong); n != 0 || err != EINVAL {
		t.Errorf("Poll = %d, %v, want EINVAL", n, err)
	}
	if n, err := EpollWait(epoll(t), make([]EpollEvent, 1), tooLong); n != 0 || err != EINVAL {
		t.Errorf("EpollWait = %d, %v, want EINVAL", n, err)
	}
}
