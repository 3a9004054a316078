package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"testing"

	"example.com/berkeley/sock"
)

// Each of the datagrams that arrived together is handled by itself: a sender without a name gets no answer, and one
// that has gone is counted; the others get their answers.
func TestDatagramsTogether(t *testing.T) {
	dir := t.TempDir()
	l := unixgramListener(t, dir)
	defer sock.Close(l.fd)
	s := &server{options: &options{}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), listeners: []*listener{l}}
	a, b := unixgramSocket(t, dir+"/a"), unixgramSocket(t, dir+"/b")
	gone, nameless := unixgramSocket(t, dir+"/gone"), unixgramSocket(t, "")
	defer sock.Close(a)
	defer sock.Close(b)
	senders := []int{a, nameless, b, gone, gone, a, nameless, b}
	for i, fd := range senders {
		if _, err := sock.Sendto(fd, fmt.Append(nil, i), 0, l.addr); err != nil {
			t.Fatal(err)
		}
	}
	sock.Close(gone)
	sock.Close(nameless)
	r := newResponder(s)
	first, _ := r.answer(l)
	second, _ := r.answer(l)
	if !first || second {
		t.Error("answer = true, want all datagrams received at once")
	}
	for fd, want := range map[int][]string{a: {"0", "5"}, b: {"2", "7"}} {
		for _, want := range append(want, "") {
			p := make([]byte, 8)
			n, err := sock.Recv(fd, p, 0)
			if string(p[:n]) != want || (err == sock.EAGAIN) != (want == "") {
				t.Errorf("received %q, %v; want %q", p[:n], err, want)
			}
		}
	}
	if l.counters.accepted.Load() != 8 || l.counters.refused.Load() != 2 || l.counters.failed.Load() != 2 || l.counters.sent.Load() != 4 {
		t.Errorf("counters = %v, want accepted=8, refused=2, failed=2, sent=4", l.counters.table(false))
	}
}

// unixgramSocket returns a socket that the caller closes, bound to a path unless that is empty.
func unixgramSocket(t *testing.T, name string) int {
	t.Helper()
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0)
	if err == nil && name != "" {
		err = sock.Bind(fd, path(t, name))
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// unixgramListener returns a listener, whose socket the caller closes.
func unixgramListener(t *testing.T, dir string) *listener {
	t.Helper()
	name := dir + "/server"
	return &listener{Endpoint: sock.Endpoint{Network: "unixgram", Type: sock.SOCK_DGRAM}, fd: unixgramSocket(t, name), addr: path(t, name)}
}

// When clients that don't receive have filled half of the send buffer, short answers are sent first.
func TestLongAnswersGiveWay(t *testing.T) {
	dir := t.TempDir()
	s := &server{options: &options{}, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	open := func(name string) (fd int) {
		fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close(fd) })
		if err := sock.Bind(fd, path(t, dir+"/"+name)); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	l := &listener{Endpoint: sock.Endpoint{Network: "unixgram", Type: sock.SOCK_DGRAM}, fd: open("server"), addr: path(t, dir+"/server")}
	if err := sock.Setsockopt(l.fd, sock.SO_SNDBUF, 100_000); err != nil { // a size that any system allows
		t.Fatal(err)
	}
	var err error
	if l.sendBuffer, err = sock.Getsockopt(l.fd, sock.SO_SNDBUF); err != nil {
		t.Fatal(err)
	}
	s.listeners = []*listener{l}
	r := newResponder(s)
	ask := func(fd, size int) {
		t.Helper()
		if _, err := sock.Sendto(fd, make([]byte, size), 0, l.addr); err != nil {
			t.Fatal(err)
		}
		if more, _ := r.answer(l); !more {
			t.Fatal("answer received no datagram")
		}
	}
	silent, client := open("silent"), open("client")
	for range 10 {
		ask(silent, 40_000)
	}
	for range 10 {
		ask(client, 100)
		if n, err := sock.Recv(client, make([]byte, 200), 0); n != 100 || err != nil {
			t.Fatalf("Recv = %d, %v; want 100", n, err)
		}
	}
	if kept, failed := l.counters.sent.Load()-10*100, l.counters.failed.Load(); kept < 40_000 || kept/40_000+failed != 10 {
		t.Errorf("%d bytes sent to a client that does not receive, %d answers failed; want at least one answer of 40000 bytes sent, and 10 answers in all", kept, failed)
	}
}

// udpResponder returns a responder with one UDP listener on an address, and a client of it; neither socket blocks.
func udpResponder(tb testing.TB, o *options, addr string) (r *responder, l *listener, client int) {
	tb.Helper()
	s := &server{options: o, log: newLogger(io.Discard, o)}
	if o.maxRepeats > 0 {
		s.guard = newLoopGuard(o.maxRepeats)
	}
	e, err := sock.ParseEndpoint("udp://" + addr)
	if err != nil {
		tb.Fatal(err)
	}
	l, err = s.bound(tb.Context(), e, sock.Inet(netip.MustParseAddrPort(addr)))
	if err != nil {
		tb.Skip(err)
	}
	tb.Cleanup(l.close)
	s.listeners = []*listener{l}
	to := l.addr.AddrPort()
	switch to.Addr() {
	case netip.IPv4Unspecified():
		to = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.Port())
	case netip.IPv6Unspecified():
		to = netip.AddrPortFrom(netip.IPv6Loopback(), to.Port())
	}
	if client, err = sock.Socket(l.addr.Family(), sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { sock.Close(client) })
	if err := sock.Connect(client, sock.Inet(to)); err == sock.EADDRNOTAVAIL {
		tb.Skip("IPv6 has no address here:", err)
	} else if err != nil {
		tb.Fatal(err)
	}
	return newResponder(s), l, client
}

// volley sends datagrams that all differ, lets the responder answer them, and receives the answers.
type volley struct {
	out, in *sock.Batch
	number  uint64
}

func newVolley(n int) *volley { return &volley{out: sock.NewBatch(n, 64), in: sock.NewBatch(n, 64)} }

func (b *volley) echo(tb testing.TB, r *responder, l *listener, client, n int) {
	for i := range n {
		b.number++
		binary.NativeEndian.PutUint64(b.out.Msg(i).Iov[0], b.number)
	}
	if sent, err := sock.Sendmmsg(client, b.out, 0); sent != n || err != nil {
		tb.Fatalf("Sendmmsg = %d, %v; want %d", sent, err, n)
	}
	for before := l.counters.accepted.Load(); l.counters.accepted.Load() < before+int64(n); {
		if more, _ := r.answer(l); !more {
			tb.Fatalf("the responder received %d of %d datagrams", l.counters.accepted.Load()-before, n)
		}
	}
	if received, err := sock.Recvmmsg(client, b.in, 0, nil); received != n || err != nil {
		tb.Fatalf("Recvmmsg = %d, %v; want %d", received, err, n)
	}
}

var responderAddrs = []string{"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"}

// Answering doesn't allocate, on any address and with every rule in force.
func TestAnswerDoesNotAllocate(t *testing.T) {
	for _, addr := range responderAddrs {
		t.Run(addr, func(t *testing.T) {
			r, l, client := udpResponder(t, &options{maxRepeats: 5000}, addr)
			b := newVolley(maxDatagrams)
			if n := testing.AllocsPerRun(100, func() { b.echo(t, r, l, client, maxDatagrams) }); n > 0 {
				t.Errorf("%v allocations for %d datagrams, want 0", n, maxDatagrams)
			}
		})
	}
}

func BenchmarkResponder(b *testing.B) {
	for _, addr := range responderAddrs {
		b.Run(addr, func(b *testing.B) {
			r, l, client := udpResponder(b, &options{maxRepeats: 5000}, addr)
			v := newVolley(maxDatagrams)
			b.ReportAllocs()
			for b.Loop() {
				v.echo(b, r, l, client, maxDatagrams)
			}
		})
	}
}

// A datagram longer than the buffer is counted but not answered; an empty one is answered.
func TestLengthsOfDatagrams(t *testing.T) {
	r, l, client := udpResponder(t, &options{}, "127.0.0.1:0")
	r.inet = newIntake(100, controlSpace)
	for n, want := range map[int]bool{0: true, 1: true, 100: true, 101: false, 60_000: false} {
		if _, err := sock.Send(client, make([]byte, n), 0); err != nil {
			t.Fatal(err)
		}
		if more, pause := r.answer(l); !more || pause > 0 {
			t.Errorf("answer to a datagram of %d bytes = %t, %v; want true, 0s", n, more, pause)
		}
		got, err := sock.Recv(client, make([]byte, 64<<10), 0)
		if want && (err != nil || got != n) || !want && err != sock.EAGAIN {
			t.Errorf("Recv after a datagram of %d bytes = %d, %v; want an answer: %t", n, got, err, want)
		}
	}
	if l.counters.refused.Load() != 2 || l.counters.accepted.Load() != 5 || l.counters.received.Load() != 0+1+3*100 || l.counters.sent.Load() != 101 {
		t.Errorf("counters = %v, want accepted=5, refused=2, received=301, sent=101", l.counters.table(false))
	}
}

func path(t *testing.T, name string) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Unix(name)
	if err != nil {
		t.Fatal(err)
	}
	return sa
}
