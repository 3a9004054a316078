package main_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// After SIGTERM new clients are refused at once, even while earlier ones wait in the queue. Those are served in order.
func TestNewcomersAreRefused(t *testing.T) {
	t.Parallel()
	const queued = 5
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(withoutMPTCP(t)), "-engine", engine, "-mode", mode, "-v", "-grace", "1m")...)
		first := dial(t, server.Addr())
		send(t, first, []byte("before"))
		server.WaitLog("msg=accepted")
		var fds []int
		for _, addr := range server.Addrs {
			for range queued {
				fd := dial(t, addr)
				send(t, fd, []byte("queued"))
				shutdown(t, fd)
				fds = append(fds, fd)
			}
		}
		server.Signal(syscall.SIGTERM)
		for _, addr := range server.Addrs {
			waitRefused(t, addr)
		}
		send(t, first, []byte(" and after"))
		shutdown(t, first)
		wantAnswer(t, first, []byte("before and after"))
		for _, fd := range fds {
			wantAnswer(t, fd, []byte("queued"))
		}
		if state := server.Wait(); state.ExitCode() != 0 {
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// At -max-conns, clients wait in the queue of a server that stops, and are served in turn.
func TestQueuedClientsAtMaxConns(t *testing.T) {
	t.Parallel()
	const queued = 50
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-v", "-max-conns", "1", "-grace", "1m", "-listen", "tcp://127.0.0.1:0")
		first := dial(t, server.Addr())
		send(t, first, []byte("before"))
		server.WaitLog("msg=accepted")
		var fds []int
		for range queued {
			fd := dial(t, server.Addr())
			send(t, fd, []byte("queued"))
			shutdown(t, fd)
			fds = append(fds, fd)
		}
		server.Signal(syscall.SIGTERM)
		server.WaitLog("msg=stopping")
		send(t, first, []byte(" and after"))
		shutdown(t, first)
		wantAnswer(t, first, []byte("before and after"))
		for _, fd := range fds {
			wantAnswer(t, fd, []byte("queued"))
		}
		if state := server.Wait(); state.ExitCode() != 0 {
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// waitRefused waits until no client can connect any more. Its own connections send no bytes; one whose handshake completes
// while the listener closes is reset.
func waitRefused(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 1) {
		fd, err := tryDial(t, addr)
		switch {
		case err == sock.ECONNREFUSED, err == sock.ENOENT, err == sock.ECONNRESET && strings.HasPrefix(addr, "vsock"):
			return
		case time.Now().After(deadline):
			t.Fatalf("clients can still connect to %s", addr)
		case err == sock.ECONNRESET:
			continue
		case err != nil:
			t.Fatalf("connect %s: %v", addr, err)
		}
		if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil && err != sock.ENOTCONN { // it may have been reset by now
			t.Fatalf("shutdown: %v", err)
		}
	}
}

// When the grace period is over, clients that still wait in the queue get a reset.
func TestQueuedClientsWhenGraceIsOver(t *testing.T) {
	t.Parallel()
	const queued = 5
	forEachMode(t, func(t *testing.T, mode string) {
		server := cmdtest.Start(t, "-engine", "iterative", "-mode", mode, "-v", "-grace", "300ms", "-listen", "tcp://127.0.0.1:0")
		fds := []int{dial(t, server.Addr())}
		send(t, fds[0], []byte("part"))
		server.WaitLog("msg=accepted")
		for range queued {
			fd := dial(t, server.Addr())
			send(t, fd, []byte("queued"))
			shutdown(t, fd)
			fds = append(fds, fd)
		}
		server.Signal(syscall.SIGTERM)
		for _, fd := range fds {
			wantReset(t, fd)
		}
		if state := server.Wait(); state.ExitCode() != 0 {
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// Clients that are left when the server ends have failed, as its last counters say.
func TestCountersAtTheEnd(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-v", "-grace", "0s", "-listen", "tcp://127.0.0.1:0")
		fd := dial(t, server.Addr())
		server.WaitLog("msg=accepted")
		server.Stop(syscall.SIGTERM)
		wantReset(t, fd)
		if want := "accepted=1 active=0 received=0 sent=0 failed=1 refused=0 "; !strings.Contains(server.Stderr(), want) {
			t.Errorf("the log has no %q:\n%s", want, server.Stderr())
		}
	})
}

// Signals that come together are one, as those of timeout(1) are: clients are served to their end.
func TestSignalsTogether(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t)
	fd := dial(t, server.Addr())
	send(t, fd, []byte("part"))
	if _, err := sock.RecvFull(fd, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCONT} {
		server.Signal(sig)
	}
	server.WaitLog("stopping")
	send(t, fd, []byte("rest"))
	shutdown(t, fd)
	if _, err := sock.RecvFull(fd, make([]byte, 4)); err != nil {
		t.Error(err)
	}
	if code := server.Wait().ExitCode(); code != 0 {
		t.Errorf("exit code = %d, want 0; log:\n%s", code, server.Stderr())
	}
}
