package main_test

import (
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// waysToEnd are the calls by which a server's parent can end a socket that both share.
var waysToEnd = []struct {
	name string
	end  func(fd int) error
}{
	{"SHUT_RDWR", func(fd int) error { return sock.Shutdown(fd, sock.SHUT_RDWR) }},
	{"SHUT_RD", func(fd int) error { return sock.Shutdown(fd, sock.SHUT_RD) }},
	{"AF_UNSPEC", func(fd int) error { return sock.Connect(fd, sock.Unspec()) }}, // ends a TCP listener
}

// canEnd reports whether a call ends a listener of this kind.
func canEnd(name, addr string) bool {
	tcp := strings.HasPrefix(addr, "tcp") || strings.HasPrefix(addr, "mptcp")
	return !strings.HasPrefix(addr, "vsock") && (tcp || name != "AF_UNSPEC")
}

// The server gives up a listener that the parent shuts down. The other listeners, and the first one's client, are still
// served, and the server doesn't spin.
func TestShutDownListener(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, way := range waysToEnd {
			t.Run(way.name, func(t *testing.T) {
				fds, addrs := listeners(t, false)
				own := []string{"unix://" + t.TempDir() + "/stream", "unixgram://" + t.TempDir() + "/datagram"}
				server := cmdtest.StartProgram(t, activated(t, fds, "", append([]string{cmdtest.Build(t, "echoserver"), "-engine", engine}, listenFlags(own)...)...))
				given := 0
				for i, fd := range fds {
					client := -1
					if !strings.HasPrefix(addrs[i], "u") && engine != "iterative" {
						client = dial(t, addrs[i])
						send(t, client, []byte("before"))
						receive(t, client, []byte("before"))
					}
					if err := way.end(fd); err != nil && err != sock.ENOTCONN && canEnd(way.name, addrs[i]) {
						t.Fatalf("%s of %s: %v", way.name, addrs[i], err)
					}
					if canEnd(way.name, addrs[i]) {
						server.WaitLog("msg=\"listener given up\" listener=" + servedAs(addrs[i]) + " ")
						given++
					}
					if client >= 0 {
						send(t, client, []byte("after"))
						receive(t, client, []byte("after"))
						closeEarly(t, client)
					}
				}
				wantEchoes(t, own)
				waitForState(t, server, "S")
				if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
					t.Errorf("exit code = %d, want 0", state.ExitCode())
				}
				for line := range strings.Lines(server.Stderr()) {
					if strings.Contains(line, "given up") && !strings.Contains(line, `err="another process has shut down the socket"`) {
						t.Errorf("the log doesn't say why: %s", line)
					}
				}
				if n := strings.Count(server.Stderr(), "given up"); n != given {
					t.Errorf("%d lines, want one for each of %d listeners:\n%s", n, given, server.Stderr())
				}
			})
		}
	})
}

// After the last listener, the server ends as after a signal, with exit code 1.
func TestLastListenerShutDown(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		fds, addrs := listeners(t, false)
		for i, fd := range fds {
			t.Run(addrs[i], func(t *testing.T) {
				server := cmdtest.StartProgram(t, activated(t, []int{fd}, "", cmdtest.Build(t, "echoserver"), "-engine", engine, "-grace", "1m"))
				client := -1
				if !strings.HasPrefix(addrs[i], "udp") && !strings.HasPrefix(addrs[i], "unixgram") {
					client = dial(t, addrs[i])
					send(t, client, []byte("before"))
					receive(t, client, []byte("before"))
				}
				if err := sock.Shutdown(fd, sock.SHUT_RDWR); err == sock.ENOTCONN && strings.HasPrefix(addrs[i], "vsock") {
					t.Skip("Linux shuts down no listening vsock socket")
				} else if err != nil && err != sock.ENOTCONN {
					t.Fatal(err)
				}
				if engine != "iterative" {
					server.WaitLog("no listener is left")
				}
				if client >= 0 {
					send(t, client, []byte("after"))
					shutdown(t, client)
					wantAnswer(t, client, []byte("after"))
				}
				if state := server.Wait(); state.ExitCode() != 1 || !strings.Contains(server.Stderr(), "echoserver: no listener is left") {
					t.Errorf("exit code = %d, want 1 because no listener is left; log:\n%s", state.ExitCode(), server.Stderr())
				}
			})
		}
	})
}
