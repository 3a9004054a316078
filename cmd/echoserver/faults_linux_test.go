package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// Errors of accept(2) that concern one client, or are temporary, don't end the server. strace injects them.
func TestAcceptErrors(t *testing.T) {
	t.Parallel()
	errnos := []string{"EINTR", "EAGAIN", "ECONNABORTED", "EPROTO", "EPERM", "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET",
		"EHOSTUNREACH", "EOPNOTSUPP", "ENETUNREACH", "ETIMEDOUT", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"}
	if testing.Short() {
		errnos = []string{"ECONNABORTED", "EMFILE"}
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, errno := range errnos {
			t.Run(errno, func(t *testing.T) {
				t.Parallel()
				server, injected := startInjected(t, "accept4:error="+errno+":when=1..3", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
				wantEcho(t, server.Addr(), []byte("still here"))
				if !injected() {
					t.Error("strace injected no fault")
				}
			})
		}
	})
}

// After an error that leaves the client in the queue, such as a security module's, the server pauses before the next
// accept.
func TestAcceptKeepsFailing(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server, injected := startInjected(t, "accept4:error=EPERM:when=1..5", "-engine", engine, "-listen", "tcp://127.0.0.1:0") // of each thread
		begin := time.Now()
		wantEcho(t, server.Addr(), []byte("patience"))
		if took := time.Since(begin); !injected() || took < 150*time.Millisecond {
			t.Errorf("5 failures took %v, want pauses of 10 ms, 20 ms, 40 ms and 80 ms between them", took)
		}
		if log := server.Stderr(); strings.Count(log, "EPERM") != 1 {
			t.Errorf("the log does not have one line for all failures:\n%s", log)
		}
	})
}

// The server also pauses if errors of single clients go on forever.
func TestAcceptKeepsLosingClients(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server, injected := startInjected(t, "accept4:error=ENOPROTOOPT", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		dial(t, server.Addr())
		server.WaitLog("clients wait in the queue")
		if !injected() {
			t.Error("strace injected no fault")
		}
	})
}

// If a system call fails, the client gets a reset or its answer, each failure is logged, and others are served.
func TestCallErrors(t *testing.T) {
	t.Parallel()
	tests := []string{
		"recvfrom:error=ENOMEM:when=1",
		"recvfrom:error=EINTR:when=1..3",
		"sendto:error=ENOBUFS:when=1",
		"sendto:error=EINTR:when=1..3",
		"setsockopt:error=ENOMEM:when=6",                                     // after those of the listeners
		fmt.Sprintf("epoll_ctl:error=ENOSPC:when=%d", 3*runtime.NumCPU()+60), // after those that the loops and the runtime start with
		"/^p?poll$:error=EINTR:when=2..4",
		"/^p?poll$:error=ENOMEM:when=2..4",
		"/^epoll_p?wait$:error=EINTR:when=2..4",
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		for _, inject := range tests {
			if strings.Contains(inject, "poll") && strings.Contains(inject, "epoll") != (engine == "epoll") {
				continue // this engine doesn't make the call, though Go's runtime may
			}
			t.Run(inject, func(t *testing.T) {
				t.Parallel()
				wantOnlyResets(t, inject, []byte("x"), "-engine", engine, "-mode", mode)
			})
		}
	})
}

// The same for the calls that carry bulk. strace makes the first one fail, which fills a pipe, or the second one, which
// empties it.
func TestBulkCallErrors(t *testing.T) {
	t.Parallel()
	tests := []string{
		"splice:error=EINTR:when=1..3",
		"splice:error=EINVAL:when=1",
		"splice:error=EINVAL:when=2", // as for a socket with O_APPEND
		"splice:error=ENOMEM:when=1",
		"splice:error=ENOMEM:when=2",
		"splice:retval=0:when=1",
		"splice:retval=0:when=2",
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, inject := range tests {
			t.Run(inject, func(t *testing.T) {
				t.Parallel()
				wantOnlyResets(t, inject, pattern(2<<20), "-engine", engine)
			})
		}
	})
}

// A datagram that can't be received now is received later, and each one that can't be answered is logged.
func TestDatagramCallErrors(t *testing.T) {
	t.Parallel()
	const datagrams = 10 // what a unix socket's queue holds
	tests := []struct {
		inject string
		loses  bool
	}{
		{"/^recv(from|msg|mmsg)$:error=EINTR:when=1..3", false},
		{"/^recv(from|msg|mmsg)$:error=ENOMEM:when=1..3", false},
		{"/^send(to|msg|mmsg)$:error=ENOBUFS:when=1", true},
		{"/^send(to|msg|mmsg)$:error=EPERM:when=1", true}, // as by a firewall
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, tt := range tests {
			t.Run(tt.inject, func(t *testing.T) {
				t.Parallel()
				server, injected := startInjected(t, tt.inject, "-engine", engine,
					"-listen", "udp4://127.0.0.1:0", "-listen", "udp4://0.0.0.0:0", "-listen", "unixgram://"+t.TempDir()+"/datagram")
				var fds []int
				for _, addr := range server.Addrs {
					fd := dial(t, strings.Replace(addr, "0.0.0.0", "127.0.0.1", 1))
					for range datagrams {
						send(t, fd, []byte("x"))
					}
					fds = append(fds, fd)
				}
				for _, fd := range fds {
					for range datagrams {
						if !tt.loses {
							wantDatagram(t, fd, []byte("x"))
						}
					}
				}
				server.Stop(syscall.SIGTERM)
				lost := 0
				for _, fd := range fds {
					for range datagrams {
						if _, err := sock.Recv(fd, make([]byte, 1), sock.MSG_DONTWAIT); err != nil && tt.loses {
							lost++
						}
					}
				}
				if !injected() || tt.loses != (lost > 0) {
					t.Errorf("strace injected a fault: %t, want true; %d answers lost, want any lost: %t", injected(), lost, tt.loses)
				}
				if lines, failed := strings.Count(server.Stderr(), "call=send "), counted(t, server, "failed"); lines != lost || failed != lost {
					t.Errorf("%d answers lost, %d lines logged, failed=%d; want three equal numbers:\n%s", lost, lines, failed, server.Stderr())
				}
			})
		}
	})
}

// The same for the calls that store a message and send it back.
func TestSpoolCallErrors(t *testing.T) {
	t.Parallel()
	tests := []string{
		"pwrite64:error=EIO:when=1",
		"pwrite64:error=EDQUOT:when=1",
		"pwrite64:error=EINTR:when=1..3",
		"/^sendfile:error=EIO:when=1",    // or sendfile64, as 32-bit machines call it
		"/^sendfile:error=EINVAL:when=1", // as with a file system that doesn't support it: then the file is read
		"/^sendfile:error=EINTR:when=1..3",
		"/^sendfile:error=EPIPE:when=1",
		"/^sendfile:retval=0:when=1",
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, inject := range tests {
			t.Run(inject, func(t *testing.T) {
				t.Parallel()
				wantOnlyResets(t, inject, []byte("x"), "-engine", engine, "-mode", "message", "-spool-memory", "0", "-spool-dir", t.TempDir())
			})
		}
	})
}

// wantOnlyResets has conversations until a system call has failed and others have succeeded, and checks that each ends
// with the answer, or with a reset and a line in the log.
func wantOnlyResets(t *testing.T, inject string, message []byte, args ...string) {
	t.Helper()
	server, injected := startInjected(t, inject, append(args, "-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")...)
	// strace counts by thread, and a loop may move from one to another: the fault may hit only a later client, and more than one.
	failures := make(map[string]int)
	for deadline, served := time.Now().Add(cmdtest.Patience), false; !served || !injected(); {
		if time.Now().After(deadline) {
			t.Fatal("strace injected no fault, or no client was served")
		}
		served = true
		for _, addr := range server.Addrs {
			if !echoedOrCutOff(t, addr, message) {
				served = false
				failures[addr]++
			}
		}
	}
	server.Stop(syscall.SIGTERM)
	for _, addr := range server.Addrs {
		lines := 0
		for line := range strings.Lines(server.Stderr()) {
			if strings.Contains(line, "connection failed") && strings.Contains(line, addr) {
				lines++
			}
		}
		// Without a reset, a failure after the last byte looks like a normal end.
		if lines != failures[addr] && !(!hasReset(addr) && lines > failures[addr]) {
			t.Errorf("%d lines logged for %d failed conversations, want one each:\n%s", lines, failures[addr], server.Stderr())
		}
	}
}

// startInjected starts a server under strace, which makes one of its system calls fail; injected reports whether it did.
func startInjected(t *testing.T, inject string, args ...string) (server *cmdtest.Server, injected func() bool) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	command := append(injecting(t, trace, inject), cmdtest.Build(t, "echoserver"))
	server = cmdtest.StartProgram(t, exec.Command(command[0], append(command[1:], args...)...))
	return server, func() bool {
		lines, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(lines), "(INJECTED)")
	}
}

// injecting returns an strace command that makes a system call fail; append the program to run.
func injecting(t *testing.T, trace, inject string) []string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace isn't installed")
	}
	if out, err := exec.Command(strace, "-qq", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot trace here: %s", out)
	}
	call, _, _ := strings.Cut(inject, ":")
	// -D makes the program, and not strace, the process that gets the signals.
	command := []string{strace, "-D", "-f", "-qq", "-o", trace, "-e", "trace=" + call, "-e", "inject=" + inject}
	if !strings.Contains(inject, ":signal=") { // which the kernel forgets where strace stops only for some calls
		command = append(command, "--seccomp-bpf")
	}
	return command
}

// echoedOrCutOff has a conversation that ends with the whole answer, or with a reset and false. The kernel reports a reset
// once, maybe to the sender: then the receiver sees an end. A transport without resets may also show an end.
func echoedOrCutOff(t *testing.T, addr string, message []byte) bool {
	t.Helper()
	fd, err := tryDial(t, addr)
	if err == sock.ECONNRESET { // the server was faster than connect(2)
		return false
	}
	if err != nil {
		t.Fatalf("connect %s: %v", addr, err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := sock.SendAll(fd, message, 0)
		if err == nil {
			err = sock.Shutdown(fd, sock.SHUT_WR)
		}
		result <- err
	}()
	got, err := sock.RecvAll(fd, len(message)+1)
	if !bytes.HasPrefix(message, got) {
		t.Errorf("received %d bytes that are not the beginning of those sent", len(got))
	}
	sock.Shutdown(fd, sock.SHUT_RDWR) // ends sending if the client no longer receives
	cutOff := func(err error) bool { return err == sock.ECONNRESET || err == sock.EPIPE || err == sock.ENOTCONN }
	sendErr := <-result
	switch {
	case err == nil && sendErr == nil && len(got) == len(message):
		return true
	case cutOff(err), err == nil && sendErr == sock.ECONNRESET, err == nil && !hasReset(addr):
		return false
	}
	t.Errorf("received %d of %d bytes: %v; sending them: %v; want all bytes, or an error of a cut connection", len(got), len(message), err, sendErr)
	return false
}
