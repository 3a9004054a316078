package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

// The server logs once that clients wait, and once that no client waits any more.
func TestQueueLog(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-max-conns", "1", "-listen", "tcp://127.0.0.1:0")
		first := connected(t, server, 1)[0]
		second := dial(t, server.Addr())
		server.WaitLog("clients wait in the queue")
		shutdown(t, first)
		send(t, second, []byte("x"))
		receive(t, second, []byte("x"))
		server.WaitLog("no client waits in the queue any more")
		log := server.Stderr()
		for _, want := range []string{"clients wait in the queue", "no client waits", "-max-conns", "lasted=", "connected=1\n"} {
			if n := strings.Count(log, want); n != 1 && want != "connected=1\n" || n == 0 {
				t.Errorf("the log contains %q %d times, want once:\n%s", want, n, log)
			}
		}
	})
}

// At its limit of clients the server doesn't poll: the end of a client wakes it.
func TestNoPolling(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		trace := filepath.Join(t.TempDir(), "trace")
		command := append(injecting(t, trace, "/^(accept4|epoll_ctl|p?poll)$:delay_enter=0"), cmdtest.Build(t, "echoserver"),
			"-engine", engine, "-max-conns", "3", "-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")
		server := cmdtest.StartProgram(t, exec.Command(command[0], command[1:]...))
		fds := connected(t, server, 3)
		for range 3 {
			for _, addr := range server.Addrs {
				fds = append(fds, dial(t, addr))
			}
		}
		server.WaitLogs("clients wait in the queue", len(server.Addrs))
		calls := func() int {
			lines, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Count(string(lines), "\n")
		}
		const moment = 300 * time.Millisecond // long enough for many calls of a server that polls
		deadline := time.Now().Add(cmdtest.Patience)
		for before := calls(); ; {
			time.Sleep(moment)
			now := calls()
			if now == before {
				break
			}
			if before = now; time.Now().After(deadline) {
				t.Fatal("the server makes calls all the time, want none while clients wait")
			}
		}
		for i, fd := range fds {
			if i >= 3 {
				send(t, fd, []byte("x"))
			}
			shutdown(t, fd)
		}
		for i, fd := range fds {
			wantAnswer(t, fd, []byte("x")[:min(i/3, 1)])
		}
	})
}

// Datagrams are answered while clients have to wait.
func TestDatagramsAtTheLimit(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-max-conns", "1", "-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0")
		connected(t, server, 1)
		dial(t, server.Addr())
		server.WaitLog("clients wait in the queue")
		fd := dial(t, server.Addrs[1])
		for range 10 {
			send(t, fd, []byte("x"))
			wantDatagram(t, fd, []byte("x"))
		}
	})
}

// Clients that wait in the queue when the server is told to stop are served as others leave.
func TestStopAtTheLimit(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-max-conns", "2", "-grace", "1m",
			"-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")
		fds := connected(t, server, 2)
		for range 3 {
			for _, addr := range server.Addrs {
				fds = append(fds, dial(t, addr))
			}
		}
		server.WaitLogs("clients wait in the queue", len(server.Addrs))
		server.Signal(syscall.SIGTERM)
		server.WaitLog("stopping")
		for _, fd := range fds {
			shutdown(t, fd)
		}
		for _, fd := range fds {
			wantAnswer(t, fd, nil)
		}
		if state := server.Wait(); state.ExitCode() != 0 {
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// A server whose poll(2) has no memory says so, and can be stopped.
func TestPollWithoutMemory(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"iterative", "threads"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			server, _ := startInjected(t, "/^p?poll$:error=ENOMEM", "-engine", engine, "-grace", "1h", "-listen", "tcp://127.0.0.1:0")
			server.WaitLog("clients wait in the queue")
		})
	}
}
