package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// The epoll engine makes one call to receive and one to send each message, and no others: neither the answer nor the
// end of a client that has sent everything waits for another event. The waits in between depend on the client's speed.
func TestSystemCalls(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1") // one loop
	const messages = 100
	conversation := slices.Concat([]string{"accept4", "epoll_ctl"}, slices.Repeat([]string{"recvfrom", "sendto"}, messages),
		[]string{"recvfrom", "setsockopt", "close"})
	tests := []struct {
		name string
		talk func(t *testing.T, server *cmdtest.Server)
		want []string
	}{
		{"messages", func(t *testing.T, server *cmdtest.Server) {
			fd := dial(t, server.Addr())
			for i := range messages {
				send(t, fd, fmt.Append(nil, i))
				receive(t, fd, fmt.Append(nil, i))
			}
			shutdown(t, fd)
			wantAnswer(t, fd, nil)
		}, conversation},
		{"all at once", func(t *testing.T, server *cmdtest.Server) {
			fd := stoppedWhile(t, server, func() int {
				fd := dial(t, server.Addr())
				send(t, fd, []byte("all"))
				shutdown(t, fd)
				return fd
			})
			wantAnswer(t, fd, []byte("all"))
		}, []string{"accept4", "epoll_ctl", "recvfrom", "sendto", "setsockopt", "close"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := cmdtest.Start(t, "-engine", "epoll", "-trace", "-listen", "tcp://127.0.0.1:0")
			tt.talk(t, server)
			server.WaitLog("close(")
			if got := calls(server.Stderr(), "accept4"); !slices.Equal(got, tt.want) {
				t.Errorf("the calls are %q, want %q", got, tt.want)
			}
		})
	}
}

func needRing(t *testing.T) {
	t.Helper()
	ring, err := sock.NewRing(1)
	if err != nil {
		t.Skip("io_uring is not available here:", err)
	}
	ring.Close()
}

// Messages that arrived together are received together and answered together.
func TestSystemCallsTogether(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1") // one loop
	const clients = 20
	needRing(t)
	server := cmdtest.Start(t, "-engine", "epoll", "-trace", "-grace", "0", "-listen", "tcp://127.0.0.1:0")
	fds := connected(t, server, clients)
	wantEchoTogether(t, server, fds)
	server.WaitLogs(fmt.Sprintf(", %d, 0, 0, NULL, 0)", clients), 2) // clients may get their answers before the call's line is logged
	server.Stop(syscall.SIGTERM)
	together := regexp.MustCompile(fmt.Sprintf(`io_uring_enter\(\d+, %d, .* = %[1]d\n`, clients))
	if n := len(together.FindAllString(server.Stderr(), -1)); n != 2 {
		t.Errorf("%d io_uring_enter(2) for %d transfers each, want 2:\n%s", n, clients, server.Stderr())
	}
}

// However many loops there are, a message takes one call to receive and one to send.
func TestSystemCallsOfManyLoops(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector finds no more in 64 loops than in 2, and needs its time")
	}
	t.Setenv("GOMAXPROCS", "64")
	const clients, messages = 8, 100 // connected sends one for each client
	server := cmdtest.Start(t, "-engine", "epoll", "-trace", "-listen", "tcp://127.0.0.1:0")
	fds := connected(t, server, clients)
	for i := range messages {
		fd := fds[i%clients]
		send(t, fd, fmt.Append(nil, i))
		receive(t, fd, fmt.Append(nil, i))
	}
	server.WaitLogs("sendto(", clients+messages) // a client may have its answer before the call's line is logged
	got := calls(server.Stderr(), "accept4")
	got = slices.DeleteFunc(got, func(name string) bool { return name == "accept4" || name == "epoll_ctl" })
	slices.Sort(got)
	if want := slices.Concat(slices.Repeat([]string{"recvfrom"}, clients+messages), slices.Repeat([]string{"sendto"}, clients+messages)); !slices.Equal(got, want) {
		t.Errorf("the calls are %q, want %q", got, want)
	}
}

// If the kernel has no io_uring, or refuses it later, all messages are still echoed.
func TestRingErrors(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1")
	for _, inject := range []string{
		"io_uring_setup:error=ENOSYS",
		"io_uring_setup:error=EPERM",
		"io_uring_enter:error=ENOMEM:when=1",
		"io_uring_enter:error=ENOMEM:when=2",
		"io_uring_enter:error=EAGAIN:when=3",
		"io_uring_enter:retval=0:when=4",
		"io_uring_enter:error=EBUSY",
		"io_uring_enter:error=EPERM",
	} {
		t.Run(inject, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(inject, "io_uring_enter") {
				needRing(t)
			}
			server, injected := startInjected(t, inject, "-engine", "epoll", "-listen", "tcp://127.0.0.1:0")
			fds := connected(t, server, 20)
			for range 3 {
				wantEchoTogether(t, server, fds)
			}
			if !injected() {
				t.Error("strace injected no fault")
			}
		})
	}
}

// connected returns clients that the server has accepted.
func connected(t *testing.T, server *cmdtest.Server, n int) (fds []int) {
	t.Helper()
	for range n {
		fd := dial(t, server.Addr())
		send(t, fd, []byte("Hello"))
		receive(t, fd, []byte("Hello"))
		fds = append(fds, fd)
	}
	return fds
}

// wantEchoTogether sends messages to a stopped server, continues it, and receives the same messages.
func wantEchoTogether(t *testing.T, server *cmdtest.Server, fds []int) {
	t.Helper()
	stoppedWhile(t, server, func() bool {
		for i, fd := range fds {
			send(t, fd, fmt.Append(nil, "client ", i))
		}
		return true
	})
	for i, fd := range fds {
		receive(t, fd, fmt.Append(nil, "client ", i))
	}
}

// calls returns the names of the calls in a trace, from the first call of a name on and without the waits.
func calls(trace, first string) (names []string) {
	for line := range strings.Lines(trace) {
		name, _, ok := strings.Cut(line, "(")
		if ok && name != "epoll_wait" && (name == first || len(names) > 0) {
			names = append(names, name)
		}
	}
	return names
}

// receive receives one short message.
func receive(t *testing.T, fd int, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := sock.RecvFull(fd, got); err != nil || string(got) != string(want) {
		t.Fatalf("received %q, %v; want %q", got, err, want)
	}
}

// stoppedWhile calls f while the server is stopped, so that the server finds everything that f does at once.
func stoppedWhile[T any](t *testing.T, server *cmdtest.Server, f func() T) T {
	t.Helper()
	server.Signal(syscall.SIGSTOP)
	defer server.Signal(syscall.SIGCONT)
	waitForState(t, server, "T")
	return f()
}

// waitForState waits until all of a server's threads are in a state of proc(5): T for stopped (t under strace), S for
// asleep.
func waitForState(t *testing.T, server *cmdtest.Server, state string) {
	t.Helper()
	for deadline := time.Now().Add(cmdtest.Patience); !inState(t, server, state); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("some of the server's threads are not in state %s", state)
		}
	}
}

func inState(t *testing.T, server *cmdtest.Server, state string) bool {
	t.Helper()
	stats := procFiles(t, server, "task/*/stat")
	for _, stat := range stats {
		if !strings.Contains(strings.ToUpper(stat), ") "+state+" ") {
			return false
		}
	}
	return len(stats) > 0
}

// procFiles returns the contents of a server's files in proc(5) that match a pattern, except those that have vanished.
func procFiles(t *testing.T, server *cmdtest.Server, pattern string) (contents []string) {
	t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/%s", server.Cmd.Process.Pid, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		switch {
		case err == nil:
			contents = append(contents, string(content))
		case !errors.Is(err, os.ErrNotExist) && !errors.Is(err, sock.ESRCH):
			t.Fatal(err)
		}
	}
	return contents
}

// If the server knows that an answer is the last one, it sends the answer and the end in one segment.
func TestEndWithAnswer(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		if mode == "stream" && engine != "epoll" {
			t.Skip("this engine receives the end after it has sent the answer")
		}
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0")
		fds := stoppedWhile(t, server, func() (fds []int) {
			for range 20 {
				fd := dial(t, server.Addr())
				send(t, fd, []byte("all"))
				shutdown(t, fd)
				fds = append(fds, fd)
			}
			return fds
		})
		for _, fd := range fds {
			receive(t, fd, []byte("all"))
			if n, err := sock.Recv(fd, make([]byte, 1), sock.MSG_DONTWAIT); n != 0 || err != nil {
				t.Errorf("Recv right after the answer = %d, %v; want 0, nil for the end of the stream", n, err)
			}
		}
	})
}

// Bytes after an urgent byte aren't lost, even if the end has also arrived when the server first looks.
func TestUrgentByteAtTheEnd(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0")
		fd := stoppedWhile(t, server, func() int {
			fd := dial(t, server.Addr())
			send(t, fd, []byte("before"))
			if _, err := sock.Send(fd, []byte("!"), sock.MSG_OOB); err != nil {
				t.Fatal(err)
			}
			send(t, fd, []byte("after"))
			shutdown(t, fd)
			return fd
		})
		wantAnswer(t, fd, []byte("before!after"))
	})
}

// A loop that polls for events without blocking, or sleeps before it waits for them, still serves everything, and ends.
func TestWaysToWait(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-busy-poll", "-coalesce"} {
		t.Run(flag, func(t *testing.T) { wantService(t, flag, "200us") })
	}
}

func wantService(t *testing.T, flags ...string) {
	args := append([]string{"-engine", "epoll", "-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0"}, flags...)
	server := cmdtest.Start(t, args...)
	fds := []int{dial(t, server.Addrs[0]), dial(t, server.Addrs[0])}
	for i := range 100 {
		fd := fds[i%len(fds)]
		send(t, fd, []byte("Hello"))
		receive(t, fd, []byte("Hello"))
	}
	wantEchoes(t, server.Addrs)
	for _, fd := range fds {
		shutdown(t, fd)
	}
	impatient := cmdtest.Start(t, append(args, "-idle-timeout", "50ms")...)
	dial(t, impatient.Addrs[0])
	impatient.WaitLog("-idle-timeout")
	if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
		t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
	}
}
