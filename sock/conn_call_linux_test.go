package sock_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// connCall is a call of a Conn that doesn't wait, and the one line that strace prints for it.
type connCall struct {
	name string
	call func() error
	want string
}

func connCalls(t *testing.T) []connCall {
	a, b := connPair(t, SOCK_STREAM)
	udp := listenConn(t, SOCK_DGRAM)
	packets, self := udp.PacketConn(), udp.LocalAddr()
	to, err := SockaddrOf(self)
	check(t, err)
	l := listenConn(t, SOCK_STREAM)
	server, err := SockaddrOf(l.LocalAddr())
	check(t, err)
	client, err := DialConn(t.Context(), server, DialOptions{})
	check(t, err)
	t.Cleanup(func() { check(t, client.Close()) })
	p := make([]byte, 64)
	out, in := NewBatch(2, 3), NewBatch(2, 64)
	for i := range 2 {
		out.Msg(i).Name = to
	}
	one := func(f func() (int, error)) func() error {
		return func() error { _, err := f(); return err }
	}
	return []connCall{
		{"Write", one(func() (int, error) { return a.Write([]byte("write")) }), `^sendto\(\d+, "write", 5, MSG_DONTWAIT, NULL, 0\) = 5`},
		{"Read", one(func() (int, error) { return b.Read(p) }), `^recvfrom\(\d+, "write", 64, MSG_DONTWAIT, NULL, NULL\) = 5`},
		{"Send", one(func() (int, error) { return a.Send([]byte("send"), 0) }), `^sendto\(\d+, "send", 4, MSG_DONTWAIT, NULL, 0\) = 4`},
		{"Recv", one(func() (int, error) { return b.Recv(p, 0) }), `^recvfrom\(\d+, "send", 64, MSG_DONTWAIT, NULL, NULL\) = 4`},
		{"Sendto", one(func() (int, error) { return udp.Sendto([]byte("to"), 0, to) }),
			`^sendto\(\d+, "to", 2, MSG_DONTWAIT, \{sa_family=AF_INET, .*\}, 16\) = 2`},
		{"Recvfrom", func() error { _, _, err := udp.Recvfrom(p, 0); return err },
			`^recvfrom\(\d+, "to", 64, MSG_DONTWAIT, \{sa_family=AF_INET, .*\}, \[128 => 16\]\) = 2`},
		{"WriteTo", one(func() (int, error) { return packets.WriteTo([]byte("packet"), self) }),
			`^sendto\(\d+, "packet", 6, MSG_DONTWAIT, \{sa_family=AF_INET, .*\}, 16\) = 6`},
		{"ReadFrom", func() error { _, _, err := packets.ReadFrom(p); return err },
			`^recvfrom\(\d+, "packet", 64, MSG_DONTWAIT, \{sa_family=AF_INET, .*\}, \[128 => 16\]\) = 6`},
		{"Sendmsg", one(func() (int, error) { return udp.Sendmsg(&Msg{Name: to, Iov: [][]byte{[]byte("msg")}}, 0) }),
			`^sendmsg\(.*"msg".*\) = 3`},
		{"Recvmsg", one(func() (int, error) { return udp.Recvmsg(&Msg{Iov: [][]byte{p}}, 0) }), `^recvmsg\(.*"msg".*\) = 3`},
		{"Sendmmsg", one(func() (int, error) { return udp.Sendmmsg(out, 0) }), `^sendmmsg\(.*, 2, MSG_DONTWAIT\) = 2`},
		{"Recvmmsg", one(func() (int, error) { return udp.Recvmmsg(in, 0) }), `^recvmmsg\(.*, 2, MSG_DONTWAIT\|MSG_CMSG_CLOEXEC, NULL\) = 2`},
		{"SendBatch", one(func() (int, error) { return udp.SendBatch(out, 0) }), `^sendmmsg\(.*, 2, MSG_DONTWAIT\) = 2`},
		{"Shutdown", func() error { return client.Shutdown(SHUT_WR) }, `^shutdown\(\d+, SHUT_WR\)`},
	}
}

// connPair returns two connected AF_UNIX Conns.
func connPair(t *testing.T, typ int) (a, b *Conn) {
	t.Helper()
	fds, err := Socketpair(AF_UNIX, typ, 0)
	check(t, err)
	ends := [2]*Conn{}
	for i, fd := range fds {
		ends[i], err = NewConn(fd)
		check(t, err)
		t.Cleanup(func() { check(t, ends[i].Close()) })
		check(t, ends[i].SetDeadline(time.Now().Add(10*time.Second)))
	}
	return ends[0], ends[1]
}

// listenConn returns an IPv4 Conn that is bound to a port of the loopback address.
func listenConn(t *testing.T, typ int) *Conn {
	t.Helper()
	c, err := ListenConn(inet("127.0.0.1:0"), ServerOptions{Type: typ})
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// TestConnOneCall is TestOneCall for the methods of Conn.
func TestConnOneCall(t *testing.T) {
	calls := connCalls(t)
	if underStrace() {
		debug.SetGCPercent(-1)
		runtime.LockOSThread()
		for i, c := range calls {
			mark(strconv.Itoa(i))
			err := c.call()
			mark("end")
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		return
	}
	made := callsBetweenMarks(strace(t, "-e", everyCall))
	for i, c := range calls {
		got := made[strconv.Itoa(i)]
		if len(got) != 1 || !regexp.MustCompile(c.want).MatchString(got[0]) {
			t.Errorf("%s makes %d system calls: %q, want one that matches %s", c.name, len(got), got, c.want)
		}
	}
}

// TestConnInterrupted makes every other call fail with EINTR, which a Conn hides from its caller.
func TestConnInterrupted(t *testing.T) {
	interrupted := []string{"sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "accept4", "sendfile", "splice"}
	calls := connCalls(t)
	if !underStrace() {
		log := strace(t, "-e", "inject=/^("+strings.Join(interrupted, "|")+")(64)?$:error=EINTR:when=1+2")
		for _, call := range interrupted {
			if !regexp.MustCompile(call + `.*\(INJECTED\)`).MatchString(log) {
				t.Errorf("%s wasn't interrupted", call)
			}
		}
		return
	}
	runtime.LockOSThread()
	for _, c := range calls {
		if err := c.call(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	l := listenConn(t, SOCK_STREAM)
	to, err := SockaddrOf(l.LocalAddr())
	check(t, err)
	client, err := DialConn(t.Context(), to, DialOptions{})
	check(t, err)
	defer client.Close()
	server, err := l.Accept()
	check(t, err)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	file, err := os.Open(path)
	check(t, err)
	defer file.Close()
	if n, err := client.ReadFrom(file); n != 10 || err != nil {
		t.Errorf("ReadFrom a file = %d, %v, want 10", n, err)
	}
	a, b := connPair(t, SOCK_STREAM)
	if n, err := a.ReadFrom(&io.LimitedReader{R: server, N: 10}); n != 10 || err != nil {
		t.Errorf("ReadFrom a socket = %d, %v, want 10", n, err)
	}
	if n, err := b.Read(make([]byte, 16)); n != 10 || err != nil {
		t.Errorf("Read = %d, %v, want 10", n, err)
	}
}

// In TestConnStartsNoGoroutine, each receive waits for another goroutine's answer.
func TestConnStartsNoGoroutine(t *testing.T) {
	a, b := connPair(t, SOCK_STREAM)
	started := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	ended := make(chan error)
	go func() { _, err := io.Copy(struct{ io.Writer }{b}, struct{ io.Reader }{b}); ended <- err }()
	p := make([]byte, 64)
	metrics.Read(started)
	before := started[0].Value.Uint64()
	for range 100 {
		_, err := a.Write(p)
		check(t, err)
		_, err = io.ReadFull(a, p)
		check(t, err)
	}
	metrics.Read(started)
	if n := started[0].Value.Uint64() - before; n != 0 {
		t.Errorf("200 calls started %d goroutines, want none", n)
	}
	check(t, a.CloseWrite())
	check(t, <-ended)
}

// TestPollerRefuses makes a Conn of a descriptor that another Conn has already: epoll(7) refuses to add it twice.
func TestPollerRefuses(t *testing.T) {
	fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
	check(t, err)
	defer Close(fds[1])
	first, err := NewConn(fds[0])
	check(t, err)
	_, err = NewConn(fds[0])
	if call := (*os.SyscallError)(nil); !errors.As(err, &call) || call.Syscall != "epoll_ctl" {
		t.Errorf("got %v, want an error of epoll_ctl", err)
	}
	// NewConn has closed the descriptor. The socket may live a little longer: epoll_wait(2) holds it while it looks at it.
	receive(t, fds[1], 8, 0, "")
	if err := first.Close(); !errors.Is(err, EBADF) {
		t.Errorf("Close: %v, want EBADF", err)
	}
}
