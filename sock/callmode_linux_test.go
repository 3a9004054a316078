package sock_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// quiet tells whether the scheduler knows of no goroutine in a system call. For a moment it may know of one that is about to
// leave its call, or lose sight of one while it moves it from one account to another: quiet looks many times.
func quiet() bool {
	const looks, enough = 5000, 50
	sample := []metrics.Sample{{Name: "/sched/goroutines/not-in-go:goroutines"}}
	for i, zeros := 0, 0; i < looks; i++ {
		if metrics.Read(sample); sample[0].Value.Uint64() > 0 {
			continue
		}
		if zeros++; zeros == enough {
			return true
		}
	}
	return false
}

// epollWaitNumbers are those of epoll_wait(2). Architectures that aren't here have epoll_pwait(2) alone, or no test.
var epollWaitNumbers = map[string]uint32{"386": 256, "amd64": 232, "arm": 252, "s390x": 250, "ppc64le": 238}

// callWatcher tells of a call that may move data whether the scheduler knows of it.
type callWatcher struct{ *watchedThread }

func newCallWatcher(t *testing.T) callWatcher {
	if linuxBefore(t, 5, 5) {
		t.Skip("a watched call can't go on, which takes Linux 5.5")
	}
	// A garbage collection would wait for a raw call, which waits for the goroutine that watches it, which would wait for the
	// collection.
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	runtime.GC() // one that has begun
	return callWatcher{newWatchedThread(t, watching(
		unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG,
		unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, epollWaitNumbers[runtime.GOARCH], unix.SYS_IO_URING_ENTER,
	))}
}

// isPlain has f make one system call, and tells whether the scheduler knows of it. The call goes on then.
func (w callWatcher) isPlain(f func()) bool {
	for !quiet() { // finalizers close files
		runtime.Gosched()
	}
	w.calls <- f
	for {
		n := w.notified()
		known := !quiet()
		if w.respond(response{id: n.id, flags: goesOn.flags}) {
			<-w.called
			return known
		}
	}
}

type modeOfCall struct {
	name  string
	plain bool // whether the scheduler is to know of it
	call  func()
}

// The scheduler is told of every call but those that TrySend and TryRecv make, and of these too where they are large.
func TestPlainCalls(t *testing.T) {
	a, b := tcpPair(t)
	epfd := epoll(t)
	large := make([]byte, 64<<10+1)
	p := large[:64<<10]
	batch := NewBatch(1, 8)
	ev := EpollEvent{Events: EPOLLIN}
	calls := []modeOfCall{
		{"Send", true, func() { Send(a, p[:1], 0) }},
		{"Send, MSG_DONTWAIT", true, func() { Send(a, p[:1], MSG_DONTWAIT) }},
		{"Sendto, MSG_DONTWAIT", true, func() { Sendto(a, p[:1], MSG_DONTWAIT, Sockaddr{}) }},
		{"Sendmsg, MSG_DONTWAIT", true, func() { Sendmsg(a, &Msg{Iov: [][]byte{p[:1]}}, MSG_DONTWAIT) }},
		{"Sendmmsg, MSG_DONTWAIT", true, func() { Sendmmsg(a, batch, MSG_DONTWAIT) }},
		{"SendAll, MSG_DONTWAIT", true, func() { SendAll(a, p[:1], MSG_DONTWAIT) }},
		{"TrySend", false, func() { TrySend(a, p, 0) }},
		{"TrySend of much", true, func() { TrySend(a, large, 0) }},
		{"Recv", true, func() { Recv(b, p[:1], 0) }},
		{"Recv, MSG_DONTWAIT", true, func() { Recv(b, p, MSG_DONTWAIT) }},
		{"Recvfrom, MSG_DONTWAIT", true, func() { Recvfrom(b, p, MSG_DONTWAIT) }},
		{"Recvmsg, MSG_DONTWAIT", true, func() { Recvmsg(b, &Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) }},
		{"Recvmmsg, MSG_DONTWAIT", true, func() { Recvmmsg(b, batch, MSG_DONTWAIT, nil) }},
		{"TryRecv", false, func() { TryRecv(b, p, 0) }},
		{"TryRecv of much", true, func() { TryRecv(b, large, 0) }},
		{"EpollCtl", true, func() { EpollCtl(epfd, EPOLL_CTL_ADD, a, &ev) }},
		{"SendFds", true, func() { SendFds(a, p[:1], a) }},
		{"RecvFds", true, func() { RecvFds(a, p[:1], 1) }},
	}
	if _, ok := epollWaitNumbers[runtime.GOARCH]; ok || runtime.GOARCH == "arm64" || runtime.GOARCH == "riscv64" {
		calls = append(calls, modeOfCall{"EpollWait that doesn't wait", true, func() { EpollWait(epfd, make([]EpollEvent, 1), 0) }})
	}
	check(t, SetNonblock(a, true)) // its peer sends nothing
	w := newCallWatcher(t)
	for _, c := range calls {
		if plain := w.isPlain(c.call); plain != c.plain {
			t.Errorf("%s: the scheduler knows of the call: %t; want %t", c.name, plain, c.plain)
		}
	}
}

// A ring's sockets may be of any kind, and so may be what the kernel does for them.
func TestRingIsPlain(t *testing.T) {
	r := newRing(t, 1)
	a, _ := pair(t, SOCK_STREAM)
	w := newCallWatcher(t)
	r.Send(a, []byte("x"), 0)
	if !w.isPlain(func() { r.Submit() }) {
		t.Error("the scheduler doesn't know of io_uring_enter")
	}
	checkResult(t, r, 0, 1, nil)
}

// connModes are the kinds of sockets, and whether the scheduler is told of what a Conn of theirs sends and receives.
var connModes = []struct {
	name               string
	domain, typ, proto int
	plain              bool
}{
	{"TCP", AF_INET, SOCK_STREAM, 0, false},
	{"TCP of IPv6", AF_INET6, SOCK_STREAM, IPPROTO_TCP, false},
	{"UDP", AF_INET, SOCK_DGRAM, 0, false},
	{"UDP of IPv6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, false},
	{"MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, true},
	{"SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP, true},
	{"UDP-Lite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, true},
	{"raw", AF_INET, SOCK_RAW, IPPROTO_UDP, true},
	{"unix stream", AF_UNIX, SOCK_STREAM, 0, true},
	{"unix dgram", AF_UNIX, SOCK_DGRAM, 0, true},
	{"unix seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, true},
	{"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, true},
	{"vsock", AF_VSOCK, SOCK_STREAM, 0, true},
	{"alg", AF_ALG, SOCK_SEQPACKET, 0, true},
	{"packet", AF_PACKET, SOCK_RAW, 0, true},
	{"tipc", AF_TIPC, SOCK_RDM, 0, true},
}

func TestConnModes(t *testing.T) {
	for _, m := range connModes {
		t.Run(m.name, func(t *testing.T) {
			fd, err := Socket(m.domain, m.typ, m.proto)
			if err != nil {
				t.Skip("there is no such socket here: ", err)
			}
			c, err := NewConn(fd)
			check(t, err)
			defer c.Close()
			checkConnMode(t, c, m.plain)
		})
	}
}

// A Conn knows its socket's kind wherever it comes from.
func TestConnModeOfConnections(t *testing.T) {
	for _, plain := range []bool{false, true} {
		address := inet("127.0.0.1:0")
		if plain {
			address = Unnamed() // Linux picks an abstract name
		}
		l, err := ListenConn(address, ServerOptions{})
		check(t, err)
		defer l.Close()
		sa, err := SockaddrOf(l.LocalAddr())
		check(t, err)
		dialed, err := DialConn(context.Background(), sa, DialOptions{})
		check(t, err)
		defer dialed.Close()
		accepted, err := l.Accept()
		check(t, err)
		defer accepted.Close()
		duplicate, err := DupConn(accepted)
		check(t, err)
		defer duplicate.Close()
		for name, c := range map[string]*Conn{"dialed": dialed, "accepted": accepted, "duplicate": duplicate} {
			t.Run(name, func(t *testing.T) { checkConnMode(t, c, plain) })
		}
	}
}

// checkConnMode checks the transfers of a Conn, of which none waits and some are wrong.
func checkConnMode(t *testing.T, c *Conn, plain bool) {
	p := make([]byte, 64)
	w := newCallWatcher(t)
	for name, call := range map[string]func(){
		"Send":     func() { c.Send(p, MSG_DONTWAIT) },
		"Sendto":   func() { c.Sendto(p, MSG_DONTWAIT, Sockaddr{}) },
		"Sendmsg":  func() { c.Sendmsg(&Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) },
		"Recv":     func() { c.Recv(p, MSG_DONTWAIT) },
		"Recvfrom": func() { c.Recvfrom(p, MSG_DONTWAIT) },
		"Recvmsg":  func() { c.Recvmsg(&Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) },
	} {
		if got := w.isPlain(call); got != plain {
			t.Errorf("%s: the scheduler knows of the call: %t; want %t", name, got, plain)
		}
	}
	if plain {
		return
	}
	large := make([]byte, 64<<10)
	if !w.isPlain(func() { c.Sendmsg(&Msg{Iov: [][]byte{large, p}}, MSG_DONTWAIT) }) {
		t.Error("the scheduler doesn't know of a large call")
	}
}
