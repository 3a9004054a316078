package sock_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// expiring is a context whose deadline passes once it was looked at a number of times.
type expiring struct {
	context.Context
	looks *atomic.Int32
}

func (e expiring) Deadline() (time.Time, bool) {
	if e.looks.Add(-1) < 0 {
		return time.Unix(1, 0), true
	}
	return time.Now().Add(time.Hour), true
}

// Whenever the context ends, CreateConnection does.
func TestCreateConnectionEnds(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	port := portOf(name(t, bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))))
	bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.2:"+port))
	for looks := range int32(20) {
		ctx := expiring{t.Context(), new(atomic.Int32)}
		ctx.looks.Store(looks)
		ended := make(chan error, 1)
		go func() {
			_, err := CreateConnection(ctx, "two.test:"+port)
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil {
				t.Errorf("after %d looks at the deadline: connected, want an error", looks)
			}
		case <-time.After(time.Minute):
			t.Fatalf("after %d looks at the deadline: still waiting", looks)
		}
	}
}

// All addresses of 127.0.0.0/8 are local.
func TestCreateConnectionTriesEveryAddress(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	silent := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	port := portOf(name(t, silent))
	second := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.2:"+port))

	fd, err := CreateConnection(t.Context(), "two.test:"+port)
	if fd != -1 || !errors.Is(err, ECONNREFUSED) {
		t.Errorf("CreateConnection = %d, %v, want ECONNREFUSED", fd, err)
	}
	for _, address := range []string{"127.0.0.1:" + port, "127.0.0.2:" + port} {
		if err == nil || !strings.Contains(err.Error(), "connect tcp "+address+": connection refused") {
			t.Errorf("got %v, want it to name %s", err, address)
		}
	}

	check(t, Listen(second, 1))
	client := create(t, "two.test:"+port)
	if peer, err := Getpeername(client); peer != name(t, second) || err != nil {
		t.Errorf("connected to %v, %v, want the second address", peer, err)
	}
}

// If the first address drops packets, the second one is tried.
func TestCreateConnectionSilentAddress(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, sa := full(t, inet("127.0.0.1:0"))
	l, second := server(t, inet("127.0.0.2:"+portOf(sa)), ServerOptions{})
	client := create(t, "two.test:"+portOf(sa))
	if peer, err := Getpeername(client); peer != second || err != nil {
		t.Errorf("connected to %v, %v, want the second address", peer, err)
	}
	if isNonblock(t, client) || inheritable(t, client) {
		t.Error("the connection is non-blocking or inheritable")
	}
	accepted(t, l)
}

// After the deadline, no other address is tried.
func TestCreateConnectionDeadline(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, sa := full(t, inet("127.0.0.1:0"))
	server(t, inet("127.0.0.2:"+portOf(sa)), ServerOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	fd, err := CreateConnection(ctx, "two.test:"+portOf(sa))
	var op *net.OpError
	if fd != -1 || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &op) || !op.Timeout() {
		t.Errorf("CreateConnection = %d, %v, want context.DeadlineExceeded", fd, err)
	}
	if err != nil && strings.Contains(err.Error(), "127.0.0.2") {
		t.Errorf("got %v, want no attempt at the second address after the deadline", err)
	}
}

// lateContext is a context on a machine so busy that it hasn't ended at its deadline.
type lateContext struct {
	context.Context
	deadline atomic.Pointer[time.Time]
}

func (c *lateContext) Deadline() (time.Time, bool) { return *c.deadline.Load(), true }

func (c *lateContext) setDeadline(in time.Duration) {
	deadline := time.Now().Add(in)
	c.deadline.Store(&deadline)
}

// No attempt begins after the deadline, even before the context has an error.
func TestCreateConnectionLateContext(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	silent := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	port := portOf(name(t, silent))
	server(t, inet("127.0.0.2:"+port), ServerOptions{})
	ctx := &lateContext{Context: t.Context()}

	ctx.setDeadline(time.Hour)
	connects(t, func(string) { ctx.setDeadline(0) })
	if fd, err := CreateConnection(ctx, "two.test:"+port); fd != -1 || !errors.Is(err, ECONNREFUSED) {
		t.Errorf("the deadline passes during the first attempt: CreateConnection = %d, %v, want ECONNREFUSED", fd, err)
	}
	if fd, err := CreateConnection(ctx, "127.0.0.2:"+port); fd != -1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the deadline has passed: CreateConnection = %d, %v, want context.DeadlineExceeded", fd, err)
	}
}

// connects calls f with each traced line that begins with connect(.
func connects(t *testing.T, f func(line string)) {
	var mu sync.Mutex
	SetTrace(func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(line, "connect(") {
			f(line)
		}
	})
	t.Cleanup(func() { SetTrace(nil) })
}

// All attempts in progress end when ctx is canceled.
func TestCreateConnectionCanceled(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, first := full(t, inet("127.0.0.1:0"))
	full(t, inet("127.0.0.2:"+portOf(first)))
	ctx, cancel := context.WithCancel(t.Context())
	begun := 0
	connects(t, func(string) {
		if begun++; begun == 2 {
			cancel()
		}
	})
	fd, err := CreateConnection(ctx, "two.test:"+portOf(first))
	if fd != -1 || !errors.Is(err, context.Canceled) {
		t.Fatalf("CreateConnection = %d, %v, want context.Canceled", fd, err)
	}
	for _, address := range []string{"127.0.0.1", "127.0.0.2"} {
		if !strings.Contains(err.Error(), "connect tcp "+address+":") {
			t.Errorf("got %v, want it to name %s", err, address)
		}
	}
}

func TestCreateConnectionCanceledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, address := range []string{"tcp://127.0.0.1:1", "udp://127.0.0.1:1", "unix:/nonexistent"} {
		fd, err := CreateConnection(ctx, address)
		var op *net.OpError
		if fd != -1 || !errors.Is(err, context.Canceled) || !errors.As(err, &op) || op.Addr == nil {
			t.Errorf("CreateConnection(%s) = %d, %v, want context.Canceled with the address", address, fd, err)
		}
	}
}

// hostsFile runs the test where hosts(5) has the given lines.
func hostsFile(t *testing.T, lines ...string) (inside bool) {
	t.Helper()
	if !bareSystem(t) {
		return false
	}
	check(t, os.WriteFile("/etc/hosts", []byte(strings.Join(lines, "\n")+"\n"), 0o644))
	return true
}

// Attempts alternate between the families, and an unreachable family costs no time.
func TestCreateConnectionInterleaves(t *testing.T) {
	if !hostsFile(t, "127.0.0.1 h", "127.0.0.2 h", "127.0.0.3 h", "2001:db8::1 h", "2001:db8::2 h") {
		return
	}
	_, err := CreateConnection(t.Context(), "h:9")
	var addrs []string
	for line := range strings.Lines(err.Error()) {
		addrs = append(addrs, strings.Fields(line)[2])
	}
	const want = "127.0.0.1:9: [2001:db8::1]:9: 127.0.0.2:9: [2001:db8::2]:9: 127.0.0.3:9:"
	if got := strings.Join(addrs, " "); got != want || !errors.Is(err, ECONNREFUSED) ||
		!errors.Is(err, ENETUNREACH) && !errors.Is(err, EAFNOSUPPORT) {
		t.Errorf("got %v, want the order %s", err, want)
	}
}

// Of a thousand silent addresses, 16 are tried at once. The first of them are given up
// before the deadline, to try others.
func TestCreateConnectionManyAddresses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, so not with -short")
	}
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("127.1.%d.%d h", i/250, 1+i%250))
	}
	if !hostsFile(t, lines...) {
		return
	}
	_, sa := full(t, inet("0.0.0.0:0"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	begun := 0
	connects(t, func(string) {
		if begun++; begun == 17 {
			cancel()
		}
	})
	fd, err := CreateConnection(ctx, "h:"+portOf(sa))
	if fd != -1 || !errors.Is(err, context.Canceled) || begun != 17 {
		t.Fatalf("CreateConnection = %d, %v after %d attempts, want context.Canceled after 17", fd, err, begun)
	}
	gone := strings.Count(err.Error(), context.DeadlineExceeded.Error())
	if canceled := strings.Count(err.Error(), context.Canceled.Error()); gone < 1 || canceled > 16 || gone+canceled != 17 {
		t.Errorf("%d attempts were given up, %d were in progress, want 17 in all", gone, canceled)
	}
}

// A wait that a signal interrupts is continued.
func TestCreateConnectionInterrupted(t *testing.T) {
	if !underStrace() {
		if log := strace(t, "-e", "inject=?poll,?ppoll:error=EINTR:when=1+2"); !strings.Contains(log, "EINTR (Interrupted system call) (INJECTED)") {
			t.Error("no wait was interrupted, want one")
		}
		return
	}
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, sa := full(t, inet("127.0.0.1:0"))
	l, _ := server(t, inet("127.0.0.2:"+portOf(sa)), ServerOptions{})
	create(t, "two.test:"+portOf(sa))
	accepted(t, l)
}
