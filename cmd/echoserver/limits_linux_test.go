package main_test

import (
	"fmt"
	"io"
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
	t.Parallel()
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
			t.Errorf("the log does not have one line per refusal:\n%s", log)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(fd int) error
	}{
		{"silent", func(int) error { return nil }},
		{"half a message", func(fd int) error { _, err := sock.SendAll(fd, []byte("half"), 0); return err }},
		{"never receives", func(fd int) error {
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
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode, "-idle-timeout", "50ms")...)
		for _, addr := range server.Addrs {
			for _, tt := range tests {
				t.Run(addr+" "+tt.name, func(t *testing.T) {
					fd := dial(t, addr)
					err := tt.do(fd)
					waitHangup(t, fd)
					// The sender may have learned of an early reset.
					if hasReset(addr) && err != sock.ECONNRESET {
						wantReset(t, fd)
					}
				})
			}
		}
		server.Stop(syscall.SIGTERM)
		if lines, want := strings.Count(server.Stderr(), "longer than -idle-timeout"), len(tests)*len(server.Addrs); lines != want {
			t.Errorf("%d lines logged, want %d:\n%s", lines, want, server.Stderr())
		}
	})
}

// A client that doesn't receive a message larger than the kernel's buffers is idle too, whether the rest is in memory
// or in a file.
func TestIdleTimeoutOfAnswer(t *testing.T) {
	t.Parallel()
	message := pattern(24 << 20)
	for _, memory := range []string{"0", "1GiB"} {
		forEachEngine(t, func(t *testing.T, engine string) {
			server := cmdtest.Start(t, "-engine", engine, "-mode", "message", "-idle-timeout", "5s", "-spool-memory", memory,
				"-listen", "tcp://127.0.0.1:0")
			fd := dial(t, server.Addr())
			send(t, fd, message)
			shutdown(t, fd)
			waitHangup(t, fd)
			wantReset(t, fd)
		})
	}
}

// Many clients that fail at the same moment are all in the log: each has a line, or is counted as suppressed.
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
			t.Errorf("%d lines logged, %d suppressed, failed=%d; want %d in all", logged, suppressed, counted(t, server, "failed"), clients)
		}
	})
}

// With -v each client has a line.
func TestManyFailuresVerbose(t *testing.T) {
	t.Parallel()
	const clients = 300
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-v", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		for range clients {
			connectAndReset(t, server.Addr())
		}
		server.WaitLogs(`msg="connection failed"`, clients)
		if n := suppressedLines(t, server); n != 0 {
			t.Errorf("%d lines were suppressed, want 0", n)
		}
	})
}

// A client that connects and resets as fast as it can causes few lines, and the counts in them are exact.
func TestResetFlood(t *testing.T) {
	t.Parallel()
	const clients = 1000
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-grace", "1m", "-listen", "tcp://127.0.0.1:0")
		begin := time.Now()
		for range clients {
			connectAndReset(t, server.Addr())
		}
		server.Stop(syscall.SIGTERM)
		log := server.Stderr()
		// For each kind, one line per second counts those suppressed.
		seconds := int(time.Since(begin)/time.Second) + 2
		if lines := strings.Count(log, "\n"); lines > seconds*2*(20+1)+10 {
			t.Errorf("%d lines logged in %d seconds, want at most %d", lines, seconds, seconds*2*(20+1)+10)
		}
		logged := strings.Count(log, `msg="connection failed"`) + strings.Count(log, `msg="connection lost in the queue"`)
		if failed, suppressed := counted(t, server, "failed"), suppressedLines(t, server); failed != clients || logged+suppressed != clients {
			t.Errorf("%d clients: failed=%d, %d lines logged and %d suppressed; want all failed, each logged or suppressed", clients, failed, logged, suppressed)
		}
	})
}

// suppressedLines adds up the counts of suppressed lines in a server's log.
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
			t.Fatalf("Poll for the end of the connection = %d, %v; want 1", n, err)
		}
		return
	}
}

// whileSteady repeats a conversation in which a client acts at a steady pace, until none of the client's pauses was
// longer than half the server's idle timeout: on a busy machine the client may be idle itself, which proves nothing.
func whileSteady(t *testing.T, idle time.Duration, conversation func(paced func(times int, pace time.Duration, step func() error) error) error) {
	t.Helper()
	for deadline := time.Now().Add(cmdtest.Patience); time.Now().Before(deadline); {
		steady := true
		err := conversation(func(times int, pace time.Duration, step func() error) error {
			for range times {
				begin := time.Now()
				err := step()
				if err == nil {
					time.Sleep(pace)
				}
				if steady = steady && time.Since(begin) < idle/2; err != nil {
					return err
				}
			}
			return nil
		})
		if steady {
			must(t, err)
			return
		}
	}
	t.Skip("this machine is too busy for a slow client that is not idle")
}

// A slow client is not an idle one.
func TestSlowButAlive(t *testing.T) {
	t.Parallel()
	const idle = 2 * time.Second
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-idle-timeout", idle.String(), "-listen", "tcp://127.0.0.1:0")
		whileSteady(t, idle, func(paced func(int, time.Duration, func() error) error) error {
			fd := dial(t, server.Addr())
			err := paced(8, idle/6, func() error {
				_, err := sock.SendAll(fd, []byte("x"), 0)
				return err
			})
			if err != nil {
				return err
			}
			if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
				return err
			}
			answer, err := sock.RecvAll(fd, 8)
			if err == nil && string(answer) != "xxxxxxxx" {
				err = fmt.Errorf("wrong answer %q", answer)
			}
			return err
		})
	})
}

// A client that receives slowly but steadily isn't idle, although the kernel reports a socket as writable only when
// much of its buffer is free.
func TestSteadyReader(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	const idle = time.Second
	message := pattern(16 << 20)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-idle-timeout", idle.String(), "-spool-memory", "0", "-listen", "tcp://127.0.0.1:0")
		whileSteady(t, idle, func(paced func(int, time.Duration, func() error) error) error {
			fd := dial(t, server.Addr())
			var sending sync.WaitGroup
			defer sending.Wait()
			defer sock.Shutdown(fd, sock.SHUT_RDWR)
			sending.Go(func() {
				sock.SendAll(fd, message, 0) // returns when the connection ends, at the latest
				sock.Shutdown(fd, sock.SHUT_WR)
			})
			return paced(60, 60*time.Millisecond, func() error {
				n, err := sock.RecvFull(fd, make([]byte, 20_000))
				if err == nil && n < 20_000 {
					err = io.ErrUnexpectedEOF
				}
				return err
			})
		})
	})
}
