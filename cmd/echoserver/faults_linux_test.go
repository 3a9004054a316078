package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// The errors of accept(2) that are a client's trouble, or pass, end no server: strace makes the kernel give them.
func TestAcceptErrors(t *testing.T) {
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
					t.Error("strace made no call fail")
				}
			})
		}
	})
}

// An error that leaves the client in the queue, as those of a security module do, is no reason to ask all the time.
func TestAcceptKeepsFailing(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		t.Parallel()
		server, injected := startInjected(t, "accept4:error=EPERM:when=1..20", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		begin := time.Now()
		wantEcho(t, server.Addr(), []byte("patience"))
		if took := time.Since(begin); !injected() || took < 90*time.Millisecond {
			t.Errorf("20 failures took %v: too little for a server that waits 10 ms after each", took)
		}
		if log := server.Stderr(); strings.Count(log, "EPERM") != 1 {
			t.Errorf("the log has not one line for all failures:\n%s", log)
		}
	})
}

// Where a descriptor's last system calls fail, the client gets a reset or its answer, and others are served.
func TestCallErrors(t *testing.T) {
	tests := []string{
		"recvfrom:error=ENOMEM:when=1",
		"recvfrom:error=EINTR:when=1..3",
		"sendto:error=ENOBUFS:when=1",
		"sendto:error=EINTR:when=1..3",
		"setsockopt:error=ENOMEM:when=5",
		"epoll_ctl:error=ENOSPC:when=5",
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, inject := range tests {
			if strings.HasPrefix(inject, "epoll") && engine != "epoll" {
				continue // only Go's runtime calls it
			}
			t.Run(inject, func(t *testing.T) {
				t.Parallel()
				wantOnlyResets(t, inject, "-engine", engine, "-listen", "tcp://127.0.0.1:0")
			})
		}
	})
}

// The same for the calls that store a message and send it back.
func TestSpoolCallErrors(t *testing.T) {
	tests := []string{
		"pwrite64:error=EIO:when=1",
		"pwrite64:error=EDQUOT:when=1",
		"pwrite64:error=EINTR:when=1..3",
		"/^sendfile:error=EIO:when=1",    // or sendfile64, as 32-bit machines call it
		"/^sendfile:error=EINVAL:when=1", // as from a file system that can't: then the file is read
		"/^sendfile:error=EINTR:when=1..3",
		"/^sendfile:error=EPIPE:when=1",
		"/^sendfile:retval=0:when=1",
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, inject := range tests {
			t.Run(inject, func(t *testing.T) {
				t.Parallel()
				wantOnlyResets(t, inject, "-engine", engine, "-mode", "message", "-spool-memory", "0", "-spool-dir", t.TempDir(),
					"-listen", "tcp://127.0.0.1:0")
			})
		}
	})
}

// wantOnlyResets has conversations until a system call failed and another went well, and checks that they end with the
// answer or a reset.
func wantOnlyResets(t *testing.T, inject string, args ...string) {
	t.Helper()
	server, injected := startInjected(t, inject, args...)
	// strace counts by thread: it may take some clients to meet the fault, and more than one may meet it.
	for range 100 {
		if echoedOrReset(t, server.Addr()) && injected() {
			return
		}
	}
	t.Error("strace made no call fail, or nobody is served any more")
}

// startInjected starts a server under strace, which makes one of its system calls fail; injected tells whether it has.
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

// injecting is the command of an strace that makes a system call of the program after it fail.
func injecting(t *testing.T, trace, inject string) []string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace isn't installed")
	}
	if out, err := exec.Command(strace, "-qq", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace can't trace here: %s", out)
	}
	call, _, _ := strings.Cut(inject, ":")
	// -D makes the program, and not strace, the process that gets the signals.
	return []string{strace, "-D", "-f", "-qq", "--seccomp-bpf", "-o", trace, "-e", "trace=" + call, "-e", "inject=" + inject}
}

// echoedOrReset has a conversation that ends with the whole answer, or with a reset and false: nothing in between.
func echoedOrReset(t *testing.T, addr string) bool {
	t.Helper()
	fd := dial(t, addr)
	var got []byte
	_, err := sock.SendAll(fd, []byte("x"), 0)
	if err == nil {
		err = sock.Shutdown(fd, sock.SHUT_WR)
	}
	if err == nil {
		got, err = sock.RecvAll(fd, 1)
	}
	reset := err == sock.ECONNRESET || err == sock.EPIPE || err == sock.ENOTCONN
	if !reset && (err != nil || string(got) != "x") {
		t.Errorf("received %q, %v; want %q or a reset", got, err, "x")
	}
	return !reset
}
