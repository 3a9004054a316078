package main_test

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// In gVisor, where accepted sockets don't inherit the listener's options, the end of the server is a reset too.
func TestGVisorKilled(t *testing.T) {
	t.Parallel()
	inject := socktest.InjectRelease("4.4.0")
	command := injecting(t, filepath.Join(t.TempDir(), "trace"), inject)
	if out, err := exec.Command(command[0], "-qq", "-o", "/dev/null", "-e", "inject="+inject, "true").CombinedOutput(); err != nil {
		t.Skipf("strace cannot change the result of uname: %s", out)
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		args := append(command[1:len(command):len(command)], cmdtest.Build(t, "echoserver"), "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		server := cmdtest.StartProgram(t, exec.Command(command[0], args...))
		fd := dial(t, server.Addr())
		send(t, fd, []byte("half"))
		p := make([]byte, 4)
		if _, err := sock.RecvFull(fd, p); err != nil {
			t.Fatal("recv:", err)
		}
		server.Stop(syscall.SIGKILL)
		if n, err := sock.Recv(fd, p, 0); err != sock.ECONNRESET {
			t.Errorf("recv after the server was killed = %d, %v; want ECONNRESET", n, err)
		}
	})
}
