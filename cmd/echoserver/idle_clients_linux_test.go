package main_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// withoutMPTCP returns an address for every transport with connections, except MPTCP, which may wait a minute for
// another path when a connection ends.
func withoutMPTCP(t *testing.T) []string {
	return slices.DeleteFunc(connections(t), func(addr string) bool { return strings.HasPrefix(addr, "mptcp") })
}

// A server that was stopped for longer than -idle-timeout resets no client with unread bytes in its socket, even if
// they are more clients than one call of epoll_wait(2) returns.
func TestStoppedLongerThanIdleTimeout(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	forEachConcurrent(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) {
			timeout := 2 * time.Second
			for !stoppedLongerThan(t, timeout, "-engine", engine, "-mode", mode) {
				if timeout *= 2; timeout > 5*time.Minute {
					t.Fatal("600 clients cannot all be served within 5 minutes")
				}
			}
		})
	})
}

// stoppedLongerThan stops a server for longer than its -idle-timeout. It returns false if the timeout is too short for
// this machine: some clients had timed out before.
func stoppedLongerThan(t *testing.T, timeout time.Duration, args ...string) bool {
	t.Helper()
	const clients, part = 600, "before "
	args = append(args, "-idle-timeout", timeout.String())
	server := cmdtest.Start(t, append(listenFlags(withoutMPTCP(t)), args...)...)
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = dial(t, server.Addrs[i%len(server.Addrs)])
		send(t, fds[i], []byte(part))
	}
	waitReceived(t, server, clients*len(part))
	ready := stoppedWhile(t, server, func() bool {
		if slices.ContainsFunc(fds, hungUp) {
			return false
		}
		for _, fd := range fds {
			send(t, fd, []byte("and after"))
			shutdown(t, fd)
		}
		time.Sleep(timeout + timeout/8) // the pause under test
		return true
	})
	if !ready {
		server.Stop(syscall.SIGKILL)
		return false
	}
	for _, fd := range fds {
		wantAnswer(t, fd, []byte(part+"and after"))
	}
	return true
}

// hungUp reports whether the other side has closed or reset a connection.
func hungUp(fd int) bool {
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLRDHUP}}
	n, err := sock.Poll(fds, 0)
	return n != 0 || err != nil
}

// An idle client needs little memory on any transport; in particular, it holds no buffer.
func TestMemoryOfIdleClients(t *testing.T) {
	t.Parallel()
	const clients, most = 900, 48 << 10
	message := pattern(100 << 10) // fills a buffer
	if raceEnabled {
		t.Skip("the race detector needs several times the memory")
	}
	// With huge pages all of a thread's stacks would be resident, however little of them is used.
	must(t, unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0))
	forEachConcurrent(t, func(t *testing.T, engine string) {
		for _, network := range []string{"tcp4", "unix", "unixpacket"} {
			t.Run(network, func(t *testing.T) {
				addr := network + "://" + t.TempDir() + "/socket"
				if network == "tcp4" {
					addr = "tcp4://127.0.0.1:0"
				}
				server := cmdtest.Start(t, "-engine", engine, "-listen", addr)
				wantEcho(t, server.Addr(), message)
				before := residentMemory(t, server)
				for range clients {
					fd := dial(t, server.Addr())
					send(t, fd, message)
					receive(t, fd, message)
				}
				each := (residentMemory(t, server) - before) / clients
				t.Logf("%d bytes of memory per client", each)
				if each > most {
					t.Errorf("%d bytes of memory per client, want at most %d", each, most)
				}
			})
		}
	})
}

// A client isn't idle because a call returned EAGAIN although its socket was ready: only time makes it idle. The other
// engines wait for edges, which strace can't inject.
func TestNotReadyIsNotIdle(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"iterative", "threads"} {
		for _, inject := range []string{"recvfrom:error=EAGAIN:when=1..5", "sendto:error=EAGAIN:when=1..5"} {
			t.Run(engine+" "+inject, func(t *testing.T) {
				forEachMode(t, func(t *testing.T, mode string) {
					server, injected := startInjected(t, inject, "-engine", engine, "-mode", mode, "-idle-timeout", "1m", "-listen", "tcp://127.0.0.1:0")
					wantEcho(t, server.Addr(), []byte("Hello"))
					if !injected() {
						t.Error("strace injected no fault")
					}
				})
			})
		}
	}
}
