package sock_test

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// In TestRelayFallback, strace makes a splice fail. No bytes are lost, whether the pipe was empty or not, and
// an interrupted call is repeated.
func TestRelayFallback(t *testing.T) {
	if underStrace() {
		relayMebibyte(t)
		return
	}
	tests := []struct {
		name, inject string
		refused      int
	}{
		{"from src", "error=EINVAL:when=1", 1},
		{"from src, no such call", "error=ENOSYS:when=1", 1},
		{"from src later", "error=EINVAL:when=3", 1},
		{"to dst", "error=EINVAL:when=2", 1},
		{"interrupted", "error=EINTR:when=1..3", 3},
	}
	for _, test := range tests {
		log := strace(t, "-e", "trace=splice", "-e", "inject=splice:"+test.inject)
		if refused := strings.Count(log, "(INJECTED)"); refused != test.refused {
			t.Errorf("%s: %d calls failed, want %d", test.name, refused, test.refused)
		}
	}
}

func relayMebibyte(t *testing.T) {
	from, src := pair(t, SOCK_STREAM)
	dst, to := tcpPair(t)
	sent := bytes.Repeat([]byte("01234567"), 1<<20/8)
	go func() {
		SendAll(from, sent, 0)
		Shutdown(from, SHUT_WR)
	}()
	done := make(chan int64)
	go func() {
		runtime.LockOSThread()
		n, err := Relay(dst, src)
		if err != nil {
			t.Errorf("Relay: %v", err)
		}
		Shutdown(dst, SHUT_WR)
		done <- n
	}()
	got, err := RecvAll(to, len(sent))
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("received %d bytes, %v, want the %d that were sent", len(got), err, len(sent))
	}
	if n := <-done; n != int64(len(sent)) {
		t.Errorf("Relay = %d, want %d", n, len(sent))
	}
}

func TestRelayBetweenFiles(t *testing.T) {
	r, w := pipe(t)
	_, err := Splice(fileOf(t, []byte("0123456789")), nil, w, nil, 10, 0)
	check(t, err)
	// splice refuses a file that is open for appending. The bytes that are in the pipe by then must still arrive.
	path := t.TempDir() + "/log"
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	check(t, err)
	defer out.Close()
	if n, err := Relay(int(out.Fd()), fileOf(t, []byte("first "))); n != 6 || err != nil {
		t.Errorf("Relay = %d, %v, want 6", n, err)
	}
	a, b := pair(t, SOCK_STREAM)
	if _, err := Splice(r, nil, a, nil, 10, 0); err != nil {
		t.Fatal(err)
	}
	check(t, Shutdown(a, SHUT_WR))
	if n, err := Relay(int(out.Fd()), b); n != 10 || err != nil {
		t.Errorf("Relay = %d, %v, want 10", n, err)
	}
	if got, err := os.ReadFile(path); string(got) != "first 0123456789" || err != nil {
		t.Errorf("the file has %q, %v, want \"first 0123456789\"", got, err)
	}
}

func TestRelayErrors(t *testing.T) {
	t.Run("src is silent", func(t *testing.T) {
		from, src := pair(t, SOCK_STREAM)
		dst, to := pair(t, SOCK_STREAM)
		check(t, Setsockopt(src, SO_RCVTIMEO, time.Millisecond))
		p := make([]byte, 8)
		for _, part := range []string{"one", "two"} {
			_, err := Send(from, []byte(part), 0)
			check(t, err)
			if n, err := Relay(dst, src); n != 3 || err != EAGAIN {
				t.Errorf("Relay = %d, %v, want 3, EAGAIN", n, err)
			}
			if n, err := Recv(to, p, 0); string(p[:n]) != part || err != nil {
				t.Errorf("received %q, %v, want %q", p[:n], err, part)
			}
		}
	})
	t.Run("dst is full", func(t *testing.T) {
		from, src := pair(t, SOCK_STREAM)
		dst, to := pair(t, SOCK_STREAM)
		check(t, SetNonblock(dst, true))
		sent := make(chan error)
		go func() {
			_, err := SendAll(from, make([]byte, 4<<20), 0)
			sent <- err
		}()
		n, err := Relay(dst, src)
		if n == 0 || err != EAGAIN {
			t.Errorf("Relay = %d, %v, want some bytes and EAGAIN", n, err)
		}
		check(t, Shutdown(dst, SHUT_WR))
		if p, err := RecvAll(to, 4<<20); int64(len(p)) != n || err != nil {
			t.Errorf("received %d bytes, %v, want Relay's %d", len(p), err, n)
		}
		check(t, Shutdown(src, SHUT_RD))
		if err := <-sent; err != EPIPE {
			t.Errorf("send to src after shutdown: %v, want EPIPE", err)
		}
	})
	t.Run("dst is closed", func(t *testing.T) {
		from, src := pair(t, SOCK_STREAM)
		dst, to := pair(t, SOCK_STREAM)
		_, err := Send(from, []byte("lost"), 0)
		check(t, err)
		check(t, Shutdown(to, SHUT_RD))
		if n, err := Relay(dst, src); n != 0 || err != EPIPE {
			t.Errorf("Relay = %d, %v, want EPIPE", n, err)
		}
	})
	t.Run("src was reset", func(t *testing.T) {
		from, src := tcpPair(t)
		dst, _ := pair(t, SOCK_STREAM)
		check(t, Setsockopt(from, SO_LINGER, Linger{Onoff: true}))
		check(t, Connect(from, Unspec()))
		await(t, src, POLLERR)
		if n, err := Relay(dst, src); n != 0 || err != ECONNRESET {
			t.Errorf("Relay = %d, %v, want ECONNRESET", n, err)
		}
	})
}
