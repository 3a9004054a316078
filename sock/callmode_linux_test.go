package sock_test

import (
	"context"
	"net"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// quiet reports whether the scheduler knows of no goroutine in a system call. The scheduler may briefly still count a
// goroutine that is about to leave its call, or miss one while it moves it from one counter to another, so quiet looks
// many times.
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

// epollWaitNumbers are the numbers of epoll_wait(2). Architectures that are missing here have only
// epoll_pwait(2) or are not tested.
var epollWaitNumbers = map[string]uint32{"386": 256, "amd64": 232, "arm": 252, "s390x": 250, "ppc64le": 238}

// callWatcher finds out whether the scheduler knows of a call that may move data.
type callWatcher struct{ *watchedThread }

func newCallWatcher(t *testing.T) callWatcher {
	socktest.NeedLinux(t, "5.5", "SECCOMP_USER_NOTIF_FLAG_CONTINUE")
	// Without this, a garbage collection could wait for a raw call, which waits for the watching goroutine, which waits
	// for the collection.
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	runtime.GC() // finish one that has begun
	return callWatcher{newWatchedThread(t, watching(
		unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG,
		unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, epollWaitNumbers[runtime.GOARCH], unix.SYS_IO_URING_ENTER,
	))}
}

// isPlain reports whether the scheduler knows of the one system call that f makes. It then lets the call continue.
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
	plain bool // whether the scheduler should know of it
	call  func()
}

// The scheduler is told of every call except those of TrySend and TryRecv, and of these too if they are large.
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
		{"TrySend, large", true, func() { TrySend(a, large, 0) }},
		{"Recv", true, func() { Recv(b, p[:1], 0) }},
		{"Recv, MSG_DONTWAIT", true, func() { Recv(b, p, MSG_DONTWAIT) }},
		{"Recvfrom, MSG_DONTWAIT", true, func() { Recvfrom(b, p, MSG_DONTWAIT) }},
		{"Recvmsg, MSG_DONTWAIT", true, func() { Recvmsg(b, &Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) }},
		{"Recvmmsg, MSG_DONTWAIT", true, func() { Recvmmsg(b, batch, MSG_DONTWAIT, nil) }},
		{"TryRecv", false, func() { TryRecv(b, p, 0) }},
		{"TryRecv, large", true, func() { TryRecv(b, large, 0) }},
		{"EpollCtl", true, func() { EpollCtl(epfd, EPOLL_CTL_ADD, a, &ev) }},
		{"SendFds", true, func() { SendFds(a, p[:1], a) }},
		{"RecvFds", true, func() { RecvFds(a, p[:1], 1) }},
	}
	if _, ok := epollWaitNumbers[runtime.GOARCH]; ok || runtime.GOARCH == "arm64" || runtime.GOARCH == "riscv64" {
		calls = append(calls, modeOfCall{"EpollWait, timeout 0", true, func() { EpollWait(epfd, make([]EpollEvent, 1), 0) }})
	}
	check(t, SetNonblock(a, true)) // its peer sends nothing
	w := newCallWatcher(t)
	for _, c := range calls {
		if plain := w.isPlain(c.call); plain != c.plain {
			t.Errorf("%s: scheduler knows of the call: %t, want %t", c.name, plain, c.plain)
		}
	}
}

// A ring may hold sockets of any kind, so its calls may take long.
func TestRingIsPlain(t *testing.T) {
	r := newRing(t, 1)
	a, _ := pair(t, SOCK_STREAM)
	w := newCallWatcher(t)
	r.Send(a, []byte("x"), 0)
	if !w.isPlain(func() { r.Submit() }) {
		t.Error("the scheduler does not know of io_uring_enter")
	}
	checkResult(t, r, 0, 1, nil)
}

// connModes lists kinds of sockets, and whether a Conn tells the scheduler when it sends and receives on them.
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
				t.Skip("cannot create such a socket:", err)
			}
			c, err := NewConn(fd)
			check(t, err)
			defer c.Close()
			checkConnMode(t, c, m.plain)
		})
	}
}

// A Conn knows the kind of its socket, however it was made.
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

// checkConnMode checks the transfers of a Conn. None of them waits, and some fail.
func checkConnMode(t *testing.T, c *Conn, plain bool) {
	p := make([]byte, 64)
	w := newCallWatcher(t)
	for name, call := range map[string]func(){
		"Send":         func() { c.Send(p, MSG_DONTWAIT) },
		"Sendto":       func() { c.Sendto(p, MSG_DONTWAIT, Sockaddr{}) },
		"Sendmsg":      func() { c.Sendmsg(&Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) },
		"Recv":         func() { c.Recv(p, MSG_DONTWAIT) },
		"WriteBuffers": func() { c.WriteBuffers(&net.Buffers{p}) },
		"Recvfrom":     func() { c.Recvfrom(p, MSG_DONTWAIT) },
		"Recvmsg":      func() { c.Recvmsg(&Msg{Iov: [][]byte{p}}, MSG_DONTWAIT) },
	} {
		if got := w.isPlain(call); got != plain {
			t.Errorf("%s: scheduler knows of the call: %t, want %t", name, got, plain)
		}
	}
	if plain {
		return
	}
	large := make([]byte, 64<<10)
	if !w.isPlain(func() { c.Sendmsg(&Msg{Iov: [][]byte{large, p}}, MSG_DONTWAIT) }) {
		t.Error("the scheduler does not know of a large call")
	}
}
