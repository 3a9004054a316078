package sock_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// refusal is a call with a wrong argument other than the descriptor, and the kernel's errno for it.
type refusal struct {
	name string
	want Errno
	call func() (int, error)
}

// failed adds a count to the result of a call that returns only an error.
func failed(err error) (int, error) { return 0, err }

func TestBadInput(t *testing.T) {
	for _, rows := range [][]refusal{badSockets(t), badMessages(t), badWaits(t), badMoves(t), badOptions(t)} {
		refuseAll(t, rows)
	}
}

func TestBadRing(t *testing.T) { refuseAll(t, badRings(t)) }

func refuseAll(t *testing.T, rows []refusal) {
	for _, r := range rows {
		if n, err := r.call(); n > 0 || err != r.want {
			t.Errorf("%s: %d, %v, want %v", r.name, n, err, r.want)
		}
	}
}

// unfit returns a number that doesn't fit into a C int, and would be 1 without its high bits. Where an int is as small as
// C's, it returns -1.
func unfit() int {
	if strconv.IntSize == 32 {
		return -1
	}
	return 1 | 1<<(32%strconv.IntSize)
}

func badSockets(t *testing.T) []refusal {
	needKernel(t)
	tcp, udp := tcp4(t), udp4(t)
	a, _ := pair(t, SOCK_STREAM)
	l, sa := listener(t)
	short := raw(t, AF_INET, "\x00\x50")
	newFd := func(fd int, _ Sockaddr, err error) (int, error) { return fd, err }
	made := func(sa Sockaddr, err error) (int, error) { return sa.Len(), err }
	return []refusal{
		{"Socket of a large family", EAFNOSUPPORT, func() (int, error) { return Socket(unfit(), SOCK_STREAM, 0) }},
		{"Socket of no type", EINVAL, func() (int, error) { return Socket(AF_INET, -1, 0) }},
		{"Socket of a large type", EINVAL, func() (int, error) { return Socket(AF_INET, unfit(), 0) }},
		{"Socket of no protocol", EINVAL, func() (int, error) { return Socket(AF_INET, SOCK_STREAM, -1) }},
		{"Socketpair of a large family", EAFNOSUPPORT, func() (int, error) { fds, err := Socketpair(unfit(), SOCK_STREAM, 0); return fds[0], err }},
		{"Bind to another family", EAFNOSUPPORT, func() (int, error) { return failed(Bind(tcp, inet("[::1]:0"))) }},
		{"Bind to a truncated address", EINVAL, func() (int, error) { return failed(Bind(tcp, short)) }},
		{"Bind to nothing", EINVAL, func() (int, error) { return failed(Bind(tcp, Sockaddr{})) }},
		{"Connect to another family", EAFNOSUPPORT, func() (int, error) { return failed(Connect(udp, inet("[::1]:1"))) }},
		{"Connect to a truncated address", EINVAL, func() (int, error) { return failed(Connect(udp, short)) }},
		{"Connect a listener", EISCONN, func() (int, error) { return failed(Connect(l, sa)) }},
		{"Listen on a connection", EINVAL, func() (int, error) { return failed(Listen(a, 1)) }},
		{"Accept of a connection", EINVAL, func() (int, error) { return newFd(Accept(a)) }},
		{"Accept4 with an unknown flag", EINVAL, func() (int, error) { return newFd(Accept4(l, 1)) }},
		{"Accept4 with large flags", EINVAL, func() (int, error) { return newFd(Accept4(l, unfit())) }},
		{"Shutdown of an unknown direction", EINVAL, func() (int, error) { return failed(Shutdown(a, 3)) }},
		{"Shutdown of a large number", EINVAL, func() (int, error) { return failed(Shutdown(a, unfit())) }},
		{"Dup3 to itself", EINVAL, func() (int, error) { return failed(Dup3(a, a, 0)) }},
		{"Dup3 to no descriptor", EBADF, func() (int, error) { return failed(Dup3(a, -1, 0)) }},
		{"Dup3 to a large number", EBADF, func() (int, error) { return failed(Dup3(a, unfit(), 0)) }},
		{"Dup3 with an unknown flag", EINVAL, func() (int, error) { return failed(Dup3(a, l, 1)) }},
		{"Sockatmark of a datagram socket", ENOTTY, func() (int, error) { _, err := Sockatmark(udp); return failed(err) }},
		{"InputQueue of a listener", EINVAL, func() (int, error) { return InputQueue(l) }},
		{"OutputQueue of a listener", EINVAL, func() (int, error) { return OutputQueue(l) }},
		{"UnsentQueue of a datagram socket", ENOTTY, func() (int, error) { return UnsentQueue(udp) }},
		{"Unix of too long a path", EINVAL, func() (int, error) { return made(Unix(strings.Repeat("x", 109))) }},
		{"Unix of a NUL", EINVAL, func() (int, error) { return made(Unix("a\x00b")) }},
		{"Abstract of too long a name", EINVAL, func() (int, error) { return made(Abstract(strings.Repeat("x", 108))) }},
		{"Raw of no family", EINVAL, func() (int, error) { return made(Raw(-1, nil)) }},
		{"Raw of a large family", EINVAL, func() (int, error) { return made(Raw(1<<16, nil)) }},
		{"Raw of too many bytes", EINVAL, func() (int, error) { return made(Raw(AF_INET, make([]byte, 127))) }},
	}
}

func badMessages(t *testing.T) []refusal {
	udp, bound := udp4(t), bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	to := name(t, bound)
	a, b := pair(t, SOCK_STREAM)
	p := []byte("x")
	many := NewBatch(1, 0)
	many.Msg(0).Iov = make([][]byte, 1025)
	msg := func(m Msg) *Msg { m.Iov = [][]byte{p}; return &m }
	short := raw(t, AF_INET, "\x00\x50")
	junk := slices.Repeat([]byte{0xff}, 64)
	return []refusal{
		{"Send nowhere", EDESTADDRREQ, func() (int, error) { return Send(udp, p, 0) }},
		{"Sendto nowhere", EDESTADDRREQ, func() (int, error) { return Sendto(udp, p, 0, Sockaddr{}) }},
		{"Sendto another family", EAFNOSUPPORT, func() (int, error) { return Sendto(udp, p, 0, inet("[::1]:1")) }},
		{"Sendto a truncated address", EINVAL, func() (int, error) { return Sendto(udp, p, 0, short) }},
		{"Sendto with large flags", EOPNOTSUPP, func() (int, error) { return Sendto(udp, p, unfit(), to) }},
		{"Sendto of too much", EMSGSIZE, func() (int, error) { return Sendto(udp, make([]byte, 1<<16), 0, to) }},
		{"Recv of errors, without any", EAGAIN, func() (int, error) { return Recv(udp, p, unfit()|MSG_DONTWAIT) }},
		{"Sendmsg of no message", EFAULT, func() (int, error) { return Sendmsg(udp, nil, 0) }},
		{"Sendmsg nowhere", EDESTADDRREQ, func() (int, error) { return Sendmsg(udp, msg(Msg{}), 0) }},
		{"Sendmsg to another family", EAFNOSUPPORT, func() (int, error) { return Sendmsg(udp, msg(Msg{Name: inet("[::1]:1")}), 0) }},
		{"Sendmsg of too many buffers", EMSGSIZE, func() (int, error) { return Sendmsg(udp, &Msg{Name: to, Iov: make([][]byte, 1025)}, 0) }},
		{"Sendmsg of malformed control data", EINVAL, func() (int, error) { return Sendmsg(udp, msg(Msg{Name: to, Control: junk}), 0) }},
		{"Sendmsg of an unknown control message", EINVAL, func() (int, error) {
			return Sendmsg(udp, msg(Msg{Name: to, Control: CmsgType[int]{}.Append(nil, 1)}), 0)
		}},
		{"Recvmsg of no message", EFAULT, func() (int, error) { return Recvmsg(udp, nil, 0) }},
		{"Recvmsg of too many buffers", EMSGSIZE, func() (int, error) { return Recvmsg(udp, &Msg{Iov: make([][]byte, 1025)}, MSG_DONTWAIT) }},
		{"Sendmmsg of no batch", EFAULT, func() (int, error) { return Sendmmsg(udp, nil, 0) }},
		{"Sendmmsg of too many buffers", EMSGSIZE, func() (int, error) { return Sendmmsg(udp, many, 0) }},
		{"Sendmmsg nowhere", EDESTADDRREQ, func() (int, error) { return Sendmmsg(udp, NewBatch(1, 1), 0) }},
		{"SendBatch of no batch", EFAULT, func() (int, error) { return SendBatch(udp, nil, 0) }},
		{"SendBatch of too many buffers", EMSGSIZE, func() (int, error) { return SendBatch(udp, many, 0) }},
		{"Recvmmsg of no batch", EFAULT, func() (int, error) { return Recvmmsg(udp, nil, 0, nil) }},
		{"Recvmmsg of too many buffers", EMSGSIZE, func() (int, error) { return Recvmmsg(udp, many, MSG_DONTWAIT, nil) }},
		{"Recvmmsg with a bad timeout", EINVAL, func() (int, error) { return Recvmmsg(udp, NewBatch(1, 1), MSG_DONTWAIT, &unix.Timespec{Nsec: -1}) }},
		{"SendFds of no descriptor", EBADF, func() (int, error) { return SendFds(a, p, -1) }},
		{"SendFds of a large number", EBADF, func() (int, error) { return SendFds(a, p, unfit()) }},
		{"SendFds of too many", EINVAL, func() (int, error) { return SendFds(a, p, slices.Repeat([]int{b}, 254)...) }},
		{"SendFds without a byte", EINVAL, func() (int, error) { return SendFds(a, nil, b) }},
		{"RecvFds of a negative number", EINVAL, func() (int, error) { n, fds, err := RecvFds(b, p, math.MinInt); return n + len(fds), err }},
		{"SendAll nowhere", EDESTADDRREQ, func() (int, error) { return SendAll(udp, nil, 0) }},
	}
}

func badWaits(t *testing.T) []refusal {
	_, b := pair(t, SOCK_STREAM)
	epfd := epoll(t)
	var limit unix.Rlimit
	check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	tooMany := make([]Pollfd, limit.Cur+1)
	soon, never := unix.Timespec{}, unix.Timespec{Sec: -1}
	return []refusal{
		{"Poll of more than the descriptor limit", EINVAL, func() (int, error) { return Poll(tooMany, 0) }},
		{"Ppoll of more than the descriptor limit", EINVAL, func() (int, error) { return Ppoll(tooMany, &soon, nil) }},
		{"Ppoll with a bad timeout", EINVAL, func() (int, error) { return Ppoll(nil, &never, nil) }},
		{"Select of more than a set", EINVAL, func() (int, error) { return Select(FD_SETSIZE+1, nil, nil, nil, nil) }},
		{"Select of a negative number", EINVAL, func() (int, error) { return Select(math.MinInt, nil, nil, nil, nil) }},
		{"Pselect of more than a set", EINVAL, func() (int, error) { return Pselect(math.MaxInt, nil, nil, nil, nil, nil) }},
		{"Pselect of a negative number", EINVAL, func() (int, error) { return Pselect(-1, nil, nil, nil, nil, nil) }},
		{"EpollCreate1 with an unknown flag", EINVAL, func() (int, error) { return EpollCreate1(1) }},
		{"EpollCreate1 with large flags", EINVAL, func() (int, error) { return EpollCreate1(unfit()) }},
		{"EpollCtl of no operation", EINVAL, func() (int, error) { return failed(EpollCtl(epfd, 9, b, &EpollEvent{})) }},
		{"EpollCtl without an event", EFAULT, func() (int, error) { return failed(EpollCtl(epfd, EPOLL_CTL_ADD, b, nil)) }},
		{"EpollCtl of no descriptor", EBADF, func() (int, error) { return failed(EpollCtl(epfd, EPOLL_CTL_ADD, -1, &EpollEvent{})) }},
		{"EpollCtl of a large number", EBADF, func() (int, error) { return failed(EpollCtl(epfd, EPOLL_CTL_ADD, unfit(), &EpollEvent{})) }},
		{"EpollCtl of a file", EPERM, func() (int, error) { return failed(EpollCtl(epfd, EPOLL_CTL_ADD, fileOf(t, nil), &EpollEvent{})) }},
		{"EpollCtl of itself", EINVAL, func() (int, error) { return failed(EpollCtl(epfd, EPOLL_CTL_ADD, epfd, &EpollEvent{})) }},
		{"EpollWait for nothing", EINVAL, func() (int, error) { return EpollWait(epfd, nil, 0) }},
		{"EpollPwait2 for nothing", EINVAL, func() (int, error) { return EpollPwait2(epfd, nil, &soon, nil) }},
		{"EpollPwait2 with a bad timeout", EINVAL, func() (int, error) { return EpollPwait2(epfd, make([]EpollEvent, 1), &never, nil) }},
	}
}

func badMoves(t *testing.T) []refusal {
	a, b := pair(t, SOCK_STREAM)
	r, w := pipe(t)
	in, before := fileOf(t, []byte("0123456789")), int64(-1)
	long := func(n int64, err error) (int, error) { return int(n), err }
	return []refusal{
		{"Sendfile of a negative count", EINVAL, func() (int, error) { return Sendfile(a, in, nil, -1) }},
		{"Sendfile from before the file", EINVAL, func() (int, error) { return Sendfile(a, in, &before, 1) }},
		{"Sendfile of no descriptor", EBADF, func() (int, error) { return Sendfile(a, -1, nil, 1) }},
		{"Sendfile of a large number", EBADF, func() (int, error) { return Sendfile(a, unfit(), nil, 1) }},
		{"Sendfile of a socket", EINVAL, func() (int, error) { return Sendfile(a, b, nil, 1) }},
		{"SendfileAll of a negative count", EINVAL, func() (int, error) { return long(SendfileAll(a, in, 0, math.MinInt64)) }},
		{"SendfileAll from before the file", EINVAL, func() (int, error) { return long(SendfileAll(a, in, -1, 1)) }},
		{"SendfileAll from beyond any file", EINVAL, func() (int, error) { return long(SendfileAll(a, in, math.MaxInt64, 1)) }},
		{"Splice of a negative count", EINVAL, func() (int, error) { return Splice(r, nil, a, nil, math.MinInt, 0) }},
		{"Splice without a pipe", EINVAL, func() (int, error) { return Splice(a, nil, b, nil, 1, 0) }},
		{"Splice to no descriptor", EBADF, func() (int, error) { return Splice(r, nil, -1, nil, 1, 0) }},
		{"Splice to a large number", EBADF, func() (int, error) { return Splice(r, nil, unfit(), nil, 1, 0) }},
		{"Splice with large flags", EINVAL, func() (int, error) { return Splice(r, nil, a, nil, 1, unfit()) }},
		{"Splice from before the file", EINVAL, func() (int, error) { return Splice(in, &before, w, nil, 1, 0) }},
		{"Relay from no connection", ENOTCONN, func() (int, error) { return long(Relay(a, tcp4(t))) }},
		{"Relay to no descriptor", EBADF, func() (int, error) { return long(Relay(-1, in)) }},
	}
}

func badRings(t *testing.T) []refusal {
	r := newRing(t, 4)
	udp, unconnected := udp4(t), udp4(t)
	waiting := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, Connect(udp, name(t, waiting)))
	stream, _ := pair(t, SOCK_STREAM)
	file, p := fileOf(t, nil), []byte("x")
	_, err := Send(udp, p, 0)
	check(t, err)
	await(t, waiting, POLLIN)
	made := func(entries int) func() (int, error) {
		return func() (int, error) {
			r, err := NewRing(entries)
			if err == nil {
				defer r.Close()
			}
			return 0, err
		}
	}
	first := func() (int, error) {
		check(t, r.Submit())
		return r.Result(0)
	}
	send := func(fd int, p []byte, flags int) func() (int, error) {
		return func() (int, error) { r.Send(fd, p, flags); return first() }
	}
	recv := func(fd, flags int) func() (int, error) {
		return func() (int, error) { r.Recv(fd, p, flags); return first() }
	}
	return []refusal{
		{"NewRing of no entries", EINVAL, made(0)},
		{"NewRing of a negative number", EINVAL, made(-1)},
		{"NewRing of too many", EINVAL, made(1<<15 + 1)},
		{"NewRing of a large number", EINVAL, made(unfit())},
		{"Ring.Send to no descriptor", EBADF, send(-1, p, 0)},
		{"Ring.Send to a large number", EBADF, send(unfit(), p, 0)},
		{"Ring.Send to the largest number", EBADF, send(math.MaxInt, p, 0)},
		{"Ring.Send to a file", ENOTSOCK, send(file, p, 0)},
		{"Ring.Send nowhere", EDESTADDRREQ, send(unconnected, p, 0)},
		{"Ring.Send of too much", EMSGSIZE, send(udp, make([]byte, 1<<16), 0)},
		{"Ring.Send with large flags", EOPNOTSUPP, send(udp, p, unfit())},
		{"Ring.Recv of no descriptor", EBADF, recv(-1, 0)},
		{"Ring.Recv of a large number", EBADF, recv(unfit(), 0)},
		{"Ring.Recv of the least number", EBADF, recv(math.MinInt, 0)},
		{"Ring.Recv of a file", ENOTSOCK, recv(file, 0)},
		{"Ring.Recv of no connection", ENOTCONN, recv(tcp4(t), 0)},
		{"Ring.Recv of urgent data, without any", EINVAL, recv(stream, MSG_OOB)},
		{"Ring.Recv of errors, without any", EAGAIN, recv(waiting, unfit())},
		{"Ring.Result of less than the first", EINVAL, func() (int, error) { return r.Result(-1) }},
		{"Ring.Result of more than the last", EINVAL, func() (int, error) { return r.Result(1) }},
		{"Ring.Result of the largest number", EINVAL, func() (int, error) { return r.Result(math.MaxInt) }},
		{"Ring.Result before Submit", EINVAL, func() (int, error) { r.Send(-1, nil, 0); return r.Result(0) }},
	}
}

func badOptions(t *testing.T) []refusal {
	tcp := tcp4(t)
	size := SO_RCVBUF.Number()
	return []refusal{
		{"Getsockopt of no option", ENOPROTOOPT, func() (int, error) { return Getsockopt(tcp, Option[int]{}) }},
		{"Setsockopt of no option", ENOPROTOOPT, func() (int, error) { return failed(Setsockopt(tcp, Option[string]{}, "")) }},
		{"Getsockopt of a large level", EOPNOTSUPP, func() (int, error) { return Getsockopt(tcp, IntOption("", unfit(), size)) }},
		{"Setsockopt of a large number", ENOPROTOOPT, func() (int, error) { return failed(Setsockopt(tcp, IntOption("", SOL_SOCKET, unfit()), 1)) }},
		{"Setsockopt of a long name", ENOENT, func() (int, error) { return failed(Setsockopt(tcp, TCP_CONGESTION, strings.Repeat("x", 1000))) }},
		{"GetsockoptBytes of no option", ENOPROTOOPT, func() (int, error) { return GetsockoptBytes(tcp, SOL_SOCKET, -1, make([]byte, 4)) }},
		{"SetsockoptBytes of no bytes", EINVAL, func() (int, error) { return failed(SetsockoptBytes(tcp, SOL_SOCKET, size, nil)) }},
		{"SetsockoptBytes of too few", EINVAL, func() (int, error) { return failed(SetsockoptBytes(tcp, SOL_SOCKET, size, make([]byte, 3))) }},
	}
}

// Calls with no bytes, no descriptors or no messages succeed.
func TestNothing(t *testing.T) {
	needKernel(t)
	tcp := tcp4(t)
	for name, call := range map[string]func() (int, error){
		"GetsockoptBytes": func() (int, error) { return GetsockoptBytes(tcp, SOL_SOCKET, SO_TYPE.Number(), nil) },
		"Poll":            func() (int, error) { return Poll(nil, 0) },
		"Ppoll":           func() (int, error) { return Ppoll(nil, &unix.Timespec{}, nil) },
		"Select":          func() (int, error) { return Select(0, nil, nil, nil, &unix.Timeval{}) },
		"Pselect":         func() (int, error) { return Pselect(0, nil, nil, nil, &unix.Timespec{}, nil) },
		"Sendmmsg":        func() (int, error) { return Sendmmsg(tcp, NewBatch(math.MinInt, math.MinInt), 0) },
		"Recvmmsg":        func() (int, error) { return Recvmmsg(tcp, NewBatch(0, 1), 0, nil) },
		"RecvFull":        func() (int, error) { return RecvFull(tcp, nil) },
		"Len":             func() (int, error) { b := NewBatch(1, 1); return b.N(-1) + b.N(0) + b.N(math.MaxInt), nil },
	} {
		if n, err := Retry(call); n != 0 || err != nil {
			t.Errorf("%s = %d, %v, want 0", name, n, err)
		}
	}
	if v, ok := (CmsgType[int]{}).Parse(Cmsg{}); v != 0 || ok {
		t.Errorf("Parse with the zero CmsgType = %d, %t, want 0, false", v, ok)
	}
}
