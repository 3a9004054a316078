//go:build unix

package sock_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// tracedCallsOf returns the calls that f makes.
func tracedCallsOf(f func()) (calls []sock.Call) {
	sock.SetTracer(func(c sock.Call) { calls = append(calls, c) })
	defer sock.SetTracer(nil)
	f()
	return calls
}

// A Call has a name, the descriptor that the call was made on, and the result, which may be a new descriptor.
func TestTracerCalls(t *testing.T) {
	l, sa := listener(t)
	var fd, accepted, n int
	calls := tracedCallsOf(func() {
		fd, _ = sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		sock.Connect(fd, sa)
		accepted, _, _ = sock.Accept(l)
		n, _ = sock.Send(fd, []byte("four"), 0)
		sock.Recv(accepted, make([]byte, 9), 0)
		sock.Poll(nil, 0)
		sock.Close(accepted)
		sock.Close(fd)
		sock.Shutdown(-1, sock.SHUT_WR)
		sock.Send(-2, []byte("x"), 0)
	})
	accept := calls[2].Name // accept4 on systems that have it
	want := []sock.Call{
		{Name: "socket", FD: -1, Result: fd},
		{Name: "connect", FD: fd},
		{Name: accept, FD: l, Result: accepted},
		{Name: "sendto", FD: fd, Result: n},
		{Name: "recvfrom", FD: accepted, Result: n},
		{Name: "poll", FD: -1},
		{Name: "close", FD: accepted},
		{Name: "close", FD: fd},
		{Name: "shutdown", FD: -1, Result: -1, Err: sock.EBADF},
		{Name: "sendto", FD: -2, Result: -1, Err: sock.EBADF},
	}
	if len(calls) != len(want) {
		t.Fatalf("got %d calls, want %d: %+v", len(calls), len(want), calls)
	}
	for i, c := range calls {
		got := sock.Call{Name: c.Name, FD: c.FD, Result: c.Result, Err: c.Err}
		if got.Name == "ppoll" { // on systems without poll(2)
			got.Name = "poll"
		}
		if got != want[i] {
			t.Errorf("call %d is %+v, want %+v", i+1, got, want[i])
		}
	}
}

// Begin and Duration are the system call's: a call that waits for another ends after the other has begun.
func TestTracerTimes(t *testing.T) {
	a, b := pair(t, sock.SOCK_STREAM)
	var mu sync.Mutex
	calls := map[string]sock.Call{}
	sock.SetTracer(func(c sock.Call) {
		mu.Lock()
		defer mu.Unlock()
		calls[c.Name] = c
	})
	defer sock.SetTracer(nil)
	before := time.Now()
	var receiver sync.WaitGroup
	receiver.Go(func() { sock.Recv(b, make([]byte, 1), 0) })
	sock.Send(a, []byte("x"), 0)
	receiver.Wait()
	after := time.Now()

	send, recv := calls["sendto"], calls["recvfrom"]
	if end := recv.Begin.Add(recv.Duration); end.Before(send.Begin) {
		t.Errorf("recvfrom ended %v before sendto began, want after", send.Begin.Sub(end))
	}
	for _, c := range calls {
		if c.Begin.Before(before) || c.Begin.Add(c.Duration).After(after) || c.Duration < 0 {
			t.Errorf("%s began at %v and took %v, want it between %v and %v", c.Name, c.Begin, c.Duration, before, after)
		}
	}
}

// Both hooks may be set. Each sees every call, and each is removed separately.
func TestTracerBesideTrace(t *testing.T) {
	var lines, callLines []string
	sock.SetTrace(func(line string) { lines = append(lines, line) })
	defer sock.SetTrace(nil)
	sock.SetTracer(func(c sock.Call) { callLines = append(callLines, c.Line) })
	defer sock.SetTracer(nil)
	sock.Close(-1)
	sock.SetTrace(nil)
	sock.Close(-2)
	sock.SetTracer(nil)
	sock.SetTrace(func(line string) { lines = append(lines, line) })
	sock.Close(-3)
	const badf = "                               = -1 EBADF (Bad file descriptor)"
	if want := []string{"close(-1)" + badf, "close(-3)" + badf}; !slices.Equal(lines, want) {
		t.Errorf("SetTrace got lines %q, want %q", lines, want)
	}
	if want := []string{"close(-1)" + badf, "close(-2)" + badf}; !slices.Equal(callLines, want) {
		t.Errorf("SetTracer got lines %q, want %q", callLines, want)
	}
}

// Calls that a hook makes are shown to neither hook, even while other goroutines' calls are shown.
func TestTracerHookMakesCalls(t *testing.T) {
	var mu sync.Mutex
	fds := map[int]int{}
	sock.SetTrace(func(string) { sock.Shutdown(-9, sock.SHUT_RD) })
	defer sock.SetTrace(nil)
	sock.SetTracer(func(c sock.Call) {
		sock.Shutdown(-9, sock.SHUT_RD)
		mu.Lock()
		defer mu.Unlock()
		fds[c.FD]++
	})
	defer sock.SetTracer(nil)
	var callers sync.WaitGroup
	for i := range 4 {
		callers.Go(func() {
			for range 100 {
				sock.Listen(-1-i, 1)
			}
		})
	}
	callers.Wait()
	for fd, n := range fds {
		if fd < -4 || n != 100 {
			t.Errorf("hooks saw %d calls on descriptor %d, want 100 on each from -1 to -4", n, fd)
		}
	}
}

// A call is not shown if the hook is removed while the call runs.
func TestTracerEndsDuringCall(t *testing.T) {
	a, b := pair(t, sock.SOCK_STREAM)
	calls := tracedCallsOf(func() {
		var receiver sync.WaitGroup
		receiver.Go(func() { sock.Recv(b, make([]byte, 1), 0) })
		sock.SetTracer(nil)
		sock.Send(a, []byte("x"), 0)
		receiver.Wait()
	})
	for _, c := range calls {
		t.Errorf("hook saw %s after its removal", c.Line)
	}
}

// Untraced hides the calls of its function, and not those that other goroutines make meanwhile.
func TestUntraced(t *testing.T) {
	calls := tracedCallsOf(func() {
		sock.Listen(-1, 1)
		sock.Untraced(func() {
			sock.Listen(-2, 1)
			var other sync.WaitGroup
			other.Go(func() { sock.Listen(-3, 1) })
			other.Wait()
		})
		sock.Listen(-4, 1)
	})
	var fds []int
	for _, c := range calls {
		fds = append(fds, c.FD)
	}
	if want := []int{-1, -3, -4}; !slices.Equal(fds, want) {
		t.Errorf("hook saw calls on %d, want %d", fds, want)
	}
}
