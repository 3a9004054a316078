package main_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s isn't installed", program)
	}
}

// background starts a program, which gets SIGTERM when the test ends.
func background(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	need(t, args[0])
	cmd := exec.Command(args[0], args[1:]...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		log.Close()
		if out, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s: %s", args[0], out)
		}
	})
	return cmd
}

// waitListening waits until a program listens on a unix socket.
func waitListening(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 5) {
		switch fd, err := tryDial(t, addr); {
		case err == nil:
			shutdown(t, fd) // otherwise the iterative engine would serve only this client
			return
		case time.Now().After(deadline):
			t.Fatalf("no server listens on %s: %v", addr, err)
		}
	}
}

func TestNcat(t *testing.T) {
	t.Parallel()
	need(t, "ncat")
	message := string(pattern(300_000))
	forEachServer(t, func(t *testing.T, engine, mode string) {
		path := filepath.Join(t.TempDir(), "stream")
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+path)
		for _, args := range [][]string{{"127.0.0.1", port(server.Addr())}, {"-U", path}} {
			if got := cmdtest.Run(t, strings.NewReader(message), "ncat", args...); got.Code != 0 || got.Stdout != message {
				t.Errorf("ncat %v: exit code %d, %d bytes received, want 0 and the %d bytes sent; standard error:\n%s", args, got.Code, len(got.Stdout), len(message), got.Stderr)
			}
		}
	})
}

// Curl's telnet never shuts down its writing side, so the test doesn't wait for an end.
func TestCurl(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		curl := exec.Command("curl", "-sN", "--max-time", "20", strings.Replace(server.Addr(), "tcp", "telnet", 1))
		stdin, err := curl.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := curl.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := curl.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			line := fmt.Sprintf("line %d\n", i)
			io.WriteString(stdin, line)
			got := make([]byte, len(line))
			if _, err := io.ReadFull(stdout, got); err != nil || string(got) != line {
				t.Errorf("received %q, %v; want %q", got, err, line)
			}
		}
		curl.Process.Kill()
		curl.Wait()
	})
}

// The echo also works through proxies that pass on half-closes.
func TestProxies(t *testing.T) {
	t.Parallel()
	haproxy := `global
	maxconn 100
defaults
	mode tcp
	timeout connect 20s
	timeout client 20s
	timeout server 20s
listen echo
	bind unix@%s
	server echoserver %s
`
	nginx := `daemon off;
master_process off;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
error_log stderr;
pid %[1]s.pid;
events { worker_connections 100; }
stream {
	server {
		listen unix:%[1]s;
		proxy_pass %[2]s;
		proxy_half_close on;
	}
}
`
	tests := []struct {
		name, config string
		args         []string
	}{
		{"haproxy", haproxy, []string{"haproxy", "-db", "-f"}},
		{"nginx", nginx, []string{"nginx", "-e", "stderr", "-c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachServer(t, func(t *testing.T, engine, mode string) {
				server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0")
				dir := t.TempDir()
				front, config := filepath.Join(dir, "front"), filepath.Join(dir, "config")
				text := fmt.Sprintf(tt.config, front, strings.TrimPrefix(server.Addr(), "tcp://"))
				if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				background(t, append(tt.args, config)...)
				waitListening(t, "unix://"+front)
				for _, size := range []int{0, 1, 100_000} {
					wantEcho(t, "unix://"+front, pattern(size))
				}
			})
		})
	}
}

func TestSystemdSocketActivate(t *testing.T) {
	t.Parallel()
	need(t, "systemd-socket-activate")
	forEachEngine(t, func(t *testing.T, engine string) {
		dir := t.TempDir()
		streams := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
		cmd := background(t, "systemd-socket-activate", "-l", streams[0], "-l", streams[1], cmdtest.Build(t, "echoserver"), "-engine", engine)
		for _, path := range streams {
			waitListening(t, "unix://"+path)
			wantEcho(t, "unix://"+path, []byte("activated"))
		}
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
}
