package main_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// If a sandbox refuses calls that receive or send datagrams, the server uses others, and logs that.
func TestDatagramCallsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		calls string
		lines []string
	}{
		{"/^recvmmsg$", []string{"received one by one"}},
		{"/^recvm?msg$", []string{"received one by one", "those to broadcast addresses are answered too"}},
		{"/^sendmmsg$", []string{"sent one by one"}},
		{"/^sendm?msg$", []string{"sent one by one", "the address that the kernel picks"}},
		{"/^(recv|send)m?msg$", []string{"received one by one", "sent one by one"}},
	}
	messages := [][]byte{{}, []byte("Hello"), pattern(50_000)}
	forEachEngine(t, func(t *testing.T, engine string) {
		for i, tt := range tests {
			errno := []string{"ENOSYS", "EPERM", "EACCES", "EOPNOTSUPP", "EINVAL"}[i]
			t.Run(tt.calls+" "+errno, func(t *testing.T) {
				t.Parallel()
				addrs := []string{"udp4://127.0.0.1:0", "udp://[::]:0", "unixgram://" + t.TempDir() + "/datagram"}
				server, _ := startInjected(t, tt.calls+":error="+errno, append(listenFlags(addrs), "-engine", engine)...)
				for _, addr := range server.Addrs {
					fd := dial(t, addr)
					for _, message := range messages {
						send(t, fd, message)
						wantDatagram(t, fd, message)
					}
				}
				for _, line := range tt.lines {
					server.WaitLog(line)
				}
			})
		}
	})
}

// While datagrams are received one by one, they are still answered from the address that they were sent to.
func TestAddressWithoutRecvmmsg(t *testing.T) {
	t.Parallel()
	server, _ := startInjected(t, "/^(recv|send)mmsg$:error=ENOSYS", listenFlags([]string{"udp4://0.0.0.0:0", "udp://[::]:0"})...)
	for _, addr := range server.Addrs {
		fd := dial(t, "udp://127.0.0.2:"+port(addr))
		send(t, fd, []byte("Hello"))
		wantDatagram(t, fd, []byte("Hello"))
	}
}

// Datagrams are answered even if the kernel doesn't report the addresses that they were sent to.
func TestOriginRefused(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, errno := range []string{"ENOPROTOOPT", "EPERM"} {
			server, injected := startInjected(t, "setsockopt:error="+errno, "-engine", engine, "-listen", "udp4://0.0.0.0:0")
			if !injected() {
				t.Error("strace injected no fault")
			}
			fd := dial(t, "udp://127.0.0.1:"+port(server.Addr()))
			for range 3 {
				send(t, fd, []byte("Hello"))
				wantDatagram(t, fd, []byte("Hello"))
			}
			server.Stop(syscall.SIGTERM)
			if n := strings.Count(server.Stderr(), "are answered too"); n != 1 {
				t.Errorf("%s: %d lines in the log, want one:\n%s", errno, n, server.Stderr())
			}
		}
	})
}

// A listener pauses if receiving from its socket fails: it neither keeps a core busy nor logs each attempt,
// and other listeners are served.
func TestReceiveKeepsFailing(t *testing.T) {
	t.Parallel()
	for _, inject := range []string{"/^recv(from|msg|mmsg)$:error=EPERM", "recvmmsg:error=ENOMEM", "recvmmsg:error=EINTR", "recvmmsg:error=ECONNREFUSED"} {
		t.Run(inject, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				begin := time.Now()
				server, _ := startInjected(t, inject, "-engine", engine, "-listen", "udp4://127.0.0.1:0", "-listen", "tcp://127.0.0.1:0")
				send(t, dial(t, server.Addr()), []byte("x"))
				server.WaitLog("cannot receive datagrams")
				wantCalm(t, server)
				if !strings.Contains(inject, "from") { // TCP needs recvfrom too
					wantEcho(t, server.Addrs[1], []byte("others go on"))
				}
				server.WaitLogs("cannot receive datagrams", 3)
				if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
					t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
				}
				// Each loop pauses for 10 ms, 20, 40 and so on up to a second, and tries once more at the end.
				attempts := strings.Count(server.Stderr(), `msg="cannot receive datagrams"`) + suppressedLines(t, server)
				if most := runtime.GOMAXPROCS(0) * (9 + int(time.Since(begin).Seconds())); attempts > most {
					t.Errorf("%d attempts, want at most %d", attempts, most)
				}
			})
		})
	}
}

// The listener works again when the error is gone.
func TestReceiveFailsForAWhile(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server, injected := startInjected(t, "recvmmsg:error=ENOBUFS:when=1..6", "-engine", engine, "-listen", "udp4://127.0.0.1:0")
		fd := dial(t, server.Addr())
		send(t, fd, []byte("late"))
		wantDatagram(t, fd, []byte("late"))
		if !injected() {
			t.Error("strace injected no fault")
		}
		send(t, fd, []byte("at once"))
		wantDatagram(t, fd, []byte("at once"))
	})
}

// Datagrams whose answers fail, or that get none, cause few lines however many they are, and suppressed lines are counted.
func TestLinesOfDatagramsAreLimited(t *testing.T) {
	t.Parallel()
	const datagrams = 1000
	tests := []struct{ name, inject, like, counter string }{
		{"refused by a firewall", "/^send(to|msg|mmsg)$:error=EPERM", "cannot answer a datagram", "failed"},
		{"without an answer", "", "datagram gets no answer: it seems to come from a server", "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				args := []string{"-engine", engine, "-v", "-listen", "unixgram://" + t.TempDir() + "/datagram"}
				var server *cmdtest.Server
				if tt.inject != "" {
					server, _ = startInjected(t, tt.inject, args...)
				} else {
					server = cmdtest.Start(t, args...)
				}
				sa, err := sock.ParseSockaddr(server.Addr())
				if err != nil {
					t.Fatal(err)
				}
				fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer sock.Close(fd)
				if tt.inject != "" {
					if err := sock.Bind(fd, sock.Unnamed()); err != nil { // the kernel picks a name
						t.Fatal(err)
					}
				}
				for range datagrams {
					if _, err := sock.Sendto(fd, []byte("x"), 0, sa); err != nil { // waits while the queue is full
						t.Fatal(err)
					}
				}
				server.Stop(syscall.SIGTERM)
				lines, suppressed := strings.Count(server.Stderr(), fmt.Sprintf("msg=%q", tt.like)), suppressedLines(t, server)
				if counted(t, server, tt.counter) != datagrams || lines+suppressed != datagrams || lines > datagrams/2 {
					t.Errorf("%d datagrams failed, %d lines logged and %d suppressed; want at most half of the lines logged, the others suppressed:\n%s", datagrams, lines, suppressed, server.Stderr())
				}
			})
		})
	}
}
