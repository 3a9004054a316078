package main_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// A server that serves one datagram socket makes one call to receive and one to send each datagram, and doesn't ask first whether
// there is one.
func TestSystemCallsOfDatagrams(t *testing.T) {
	const messages = 100
	server := cmdtest.Start(t, "-engine", "epoll", "-trace", "-listen", "udp4://127.0.0.1:0")
	fd := dial(t, server.Addr())
	for i := range messages {
		send(t, fd, fmt.Append(nil, i))
		wantDatagram(t, fd, fmt.Append(nil, i))
	}
	server.WaitLogs("sendmmsg(", messages) // the client may have its answer before the call's line is logged
	trace := server.Stderr()
	served := trace[strings.LastIndex(trace, "epoll_ctl("):] // the start ends with it
	for call, want := range map[string]int{"recvmmsg(": messages, "sendmmsg(": messages, "epoll_wait(": 0} {
		if n := strings.Count(served, call); n != want {
			t.Errorf("%d calls of %s), want %d", n, call, want)
		}
	}
}

// Loops that wait for datagrams in a receive answer what has come when the server must stop, and end; also where the calls that
// could keep them waiting are refused.
func TestStopsReceives(t *testing.T) {
	t.Setenv("GOMAXPROCS", "4")
	for _, inject := range []string{"", "shutdown:error=EPERM", "/^recvm?msg$:error=EPERM", "recvmmsg:error=EINTR:when=2"} {
		for _, network := range []string{"udp4", "unixgram"} {
			t.Run(network+" "+inject, func(t *testing.T) {
				t.Parallel()
				listen := network + "://127.0.0.1:0"
				if network == "unixgram" {
					listen = network + "://" + t.TempDir() + "/socket"
				}
				start := cmdtest.Start
				if inject != "" {
					start = func(t testing.TB, args ...string) *cmdtest.Server {
						server, _ := startInjected(t.(*testing.T), inject, args...)
						return server
					}
				}
				server := start(t, "-engine", "epoll", "-listen", listen)
				fd := dial(t, server.Addr())
				for range 10 {
					send(t, fd, []byte("Hello"))
					wantDatagram(t, fd, []byte("Hello"))
				}
				last := stoppedWhile(t, server, func() int {
					send(t, fd, []byte("last"))
					server.Signal(syscall.SIGTERM)
					return fd
				})
				wantDatagram(t, last, []byte("last"))
				if state := server.Wait(); state.ExitCode() != 0 {
					t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
				}
			})
		}
	}
}
