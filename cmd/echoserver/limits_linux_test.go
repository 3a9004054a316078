package main_test

import (
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func TestMaxMessage(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-max-message", "100KiB",
			"-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")
		for _, addr := range server.Addrs {
			wantEcho(t, addr, pattern(100<<10))
			fd := dial(t, addr)
			sock.SendAll(fd, pattern(100<<10+1), 0)
			wantReset(t, fd)
		}
		server.Stop(syscall.SIGTERM)
		if log := server.Stderr(); strings.Count(log, "longer than -max-message") != len(server.Addrs) {
			t.Errorf("the log has not one line for each refusal:\n%s", log)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	tests := []struct {
		name string
		do   func(fd int) error
	}{
		{"silent", func(int) error { return nil }},
		{"half a message", func(fd int) error { _, err := sock.SendAll(fd, []byte("half"), 0); return err }},
		{"takes no answer", func(fd int) error {
			chunk := pattern(64 << 10)
			for range 12 << 20 / len(chunk) { // in message mode, less than -max-message
				if _, err := sock.Send(fd, chunk, sock.MSG_DONTWAIT); err != nil {
					return err
				}
			}
			return nil
		}},
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		t.Parallel()
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode, "-idle-timeout", "50ms")...)
		for _, addr := range server.Addrs {
			for _, tt := range tests {
				t.Run(addr+" "+tt.name, func(t *testing.T) {
					fd := dial(t, addr)
					err := tt.do(fd)
					waitHangup(t, fd)
					// A unix socket has no reset, and of one that came early the sender is told.
					if !strings.HasPrefix(addr, "unix") && err != sock.ECONNRESET {
						wantReset(t, fd)
					}
				})
			}
		}
		server.Stop(syscall.SIGTERM)
		if lines, want := strings.Count(server.Stderr(), "for -idle-timeout"), len(tests)*len(server.Addrs); lines != want {
			t.Errorf("%d lines for %d clients:\n%s", lines, want, server.Stderr())
		}
	})
}

// Who doesn't take a message that is more than the kernel's buffers hold is idle too, be it in memory or in a file.
func TestIdleTimeoutOfAnswer(t *testing.T) {
	message := pattern(24 << 20)
	for _, memory := range []string{"0", "1GiB"} {
		forEachEngine(t, func(t *testing.T, engine string) {
			t.Parallel()
			server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-idle-timeout", "1s", "-spool-memory", memory,
				"-listen", "tcp://127.0.0.1:0")
			fd := dial(t, server.Addr())
			send(t, fd, message)
			shutdown(t, fd)
			waitHangup(t, fd)
			wantReset(t, fd)
		})
	}
}

// Each of many clients that fail at the same moment is in the log: with a line of its own, or counted in the line that
// tells how many were suppressed.
func TestManyFailures(t *testing.T) {
	const clients = 3000
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-idle-timeout", "2s", "-listen", "tcp://127.0.0.1:0")
		fds := make([]int, clients)
		for i := range fds {
			fds[i] = dial(t, server.Addr())
		}
		for _, fd := range fds {
			waitHangup(t, fd)
		}
		server.Stop(syscall.SIGTERM)
		logged := strings.Count(server.Stderr(), `msg="connection failed"`)
		if suppressed := suppressedLines(t, server); logged+suppressed != clients || counted(t, server, "failed") != clients {
			t.Errorf("%d clients: %d lines, %d suppressed, and %d counted as failed", clients, logged, suppressed, counted(t, server, "failed"))
		}
	})
}

// With -v each of them has its own line.
func TestManyFailuresVerbose(t *testing.T) {
	const clients = 300
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-v", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		for range clients {
			connectAndReset(t, server.Addr())
		}
		server.WaitLogs(`msg="connection failed"`, clients)
		if n := suppressedLines(t, server); n != 0 {
			t.Errorf("%d lines were suppressed", n)
		}
	})
}

// A client that connects and resets as fast as it can causes few lines, and the counts in them are exact.
func TestResetFlood(t *testing.T) {
	const clients = 1000
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-grace", "1m", "-listen", "tcp://127.0.0.1:0")
		begin := time.Now()
		for range clients {
			connectAndReset(t, server.Addr())
		}
		server.Stop(syscall.SIGTERM)
		log := server.Stderr()
		// A line of each second for every kind, beside those that are not suppressed.
		seconds := int(time.Since(begin)/time.Second) + 2
		if lines := strings.Count(log, "\n"); lines > seconds*2*(20+1)+10 {
			t.Errorf("%d lines in %d seconds", lines, seconds)
		}
		logged := strings.Count(log, `msg="connection failed"`) + strings.Count(log, `msg="connection lost in the queue"`)
		if failed, suppressed := counted(t, server, "failed"), suppressedLines(t, server); failed != clients || logged+suppressed != clients {
			t.Errorf("%d clients: %d failed, %d lines and %d suppressed", clients, failed, logged, suppressed)
		}
	})
}

// suppressedLines sums up the counts of suppressed lines in a server's log.
func suppressedLines(t *testing.T, server *cmdtest.Server) (sum int) {
	t.Helper()
	for line := range strings.Lines(server.Stderr()) {
		if !strings.Contains(line, `msg="lines suppressed"`) {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(line[strings.LastIndexByte(line, '=')+1:]))
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// connectAndReset makes a TCP connection and resets it.
func connectAndReset(t *testing.T, addr string) {
	t.Helper()
	sa, err := sock.ParseSockaddr(addr)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fd)
	if err := sock.Connect(fd, sa); err != nil {
		t.Fatal(err)
	}
	if err := sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true}); err != nil {
		t.Fatal(err)
	}
}

// waitHangup waits until the other side has closed or reset the connection, without receiving.
func waitHangup(t *testing.T, fd int) {
	t.Helper()
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLRDHUP}}
	for {
		n, err := sock.Poll(fds, int(cmdtest.Patience.Milliseconds()))
		if err == sock.EINTR {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("still connected: %d, %v", n, err)
		}
		return
	}
}

// A slow client is not an idle one.
func TestSlowButAlive(t *testing.T) {
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-idle-timeout", "300ms", "-listen", "tcp://127.0.0.1:0")
		fd := dial(t, server.Addr())
		for range 8 {
			send(t, fd, []byte("x"))
			time.Sleep(50 * time.Millisecond) // the pace under test
		}
		shutdown(t, fd)
		wantAnswer(t, fd, []byte("xxxxxxxx"))
	})
}

// A client that takes its answer slowly, but all the time, isn't idle: the kernel tells of room only when there is much.
func TestSteadyReader(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	message := pattern(16 << 20)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		t.Parallel()
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-idle-timeout", "500ms", "-spool-memory", "0", "-listen", "tcp://127.0.0.1:0")
		fd := dial(t, server.Addr())
		var sending sync.WaitGroup
		sending.Go(func() {
			sock.SendAll(fd, message, 0) // ends with the connection, at the latest
			sock.Shutdown(fd, sock.SHUT_WR)
		})
		for range 60 {
			if n, err := sock.RecvFull(fd, make([]byte, 20_000)); n == 0 || err != nil {
				t.Fatalf("received %d, %v", n, err)
			}
			time.Sleep(30 * time.Millisecond) // the pace under test
		}
		if err := sock.Shutdown(fd, sock.SHUT_RDWR); err != nil {
			t.Error(err)
		}
		sending.Wait()
	})
}
