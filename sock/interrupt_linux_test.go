package sock_test

import (
	"runtime"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// TestInterrupted makes every other call fail with EINTR. Calls return the error, helpers repeat the call.
func TestInterrupted(t *testing.T) {
	if underStrace() {
		beInterrupted(t)
		return
	}
	log := strace(t, "-e", "inject=sendto,recvfrom:error=EINTR:when=1+2")
	if got := strings.Count(log, "(INJECTED)"); got != 7 {
		t.Errorf("%d calls were interrupted, want 7", got)
	}
}

func beInterrupted(t *testing.T) {
	runtime.LockOSThread()
	a, b := pair(t, SOCK_STREAM)
	p := make([]byte, 8)
	if n, err := Send(a, []byte("one"), 0); n != 0 || err != EINTR {
		t.Errorf("Send = %d, %v, want EINTR", n, err)
	}
	send := func() (int, error) { return Send(a, []byte("one"), 0) }
	recv := func() (int, error) { return Recv(b, p, 0) }
	for _, call := range []func() (int, error){send, recv} {
		if n, err := Retry(call); n != 3 || err != nil {
			t.Errorf("Retry = %d, %v, want 3", n, err)
		}
	}
	for range 2 {
		if n, err := SendAll(a, []byte("two"), 0); n != 3 || err != nil {
			t.Errorf("SendAll = %d, %v, want 3", n, err)
		}
	}
	if n, err := RecvFull(b, p[:3]); n != 3 || err != nil || string(p[:3]) != "two" {
		t.Errorf("RecvFull = %d, %v, %q, want two", n, err, p)
	}
	check(t, Shutdown(a, SHUT_WR))
	if p, err := RecvAll(b, 3); err != nil || string(p) != "two" {
		t.Errorf("RecvAll = %q, %v, want two", p, err)
	}
}
