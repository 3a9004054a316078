package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// The server logs its counters at SIGUSR1 and at its end, one line per listener.
func TestCounters(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-log-format", "json", "-mode", "message", "-max-message", "5000",
			"-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")
		for range 3 {
			wantEcho(t, server.Addr(), pattern(1000))
		}
		tooLong := dial(t, server.Addr())
		sock.SendAll(tooLong, pattern(5001), 0)
		wantReset(t, tooLong)
		server.WaitLog(`"msg":"connection failed"`)
		server.Signal(syscall.SIGUSR1)
		server.WaitLog(`"listener":"` + server.Addrs[1] + `","accepted":0`)
		wantCounters(t, server.Stderr(), server.Addr(), map[string]float64{
			"accepted": 4, "active": 0, "received": 8000, "sent": 3000, "failed": 1, "refused": 1, "spooled": 0})

		wantEcho(t, server.Addrs[1], pattern(10))
		server.Stop(syscall.SIGTERM)
		wantCounters(t, server.Stderr(), server.Addrs[1], map[string]float64{
			"accepted": 1, "active": 0, "received": 10, "sent": 10, "failed": 0, "refused": 0, "spooled": 0})
	})
}

// wantCounters checks the last counters of a listener in a JSON log.
func wantCounters(t *testing.T, log, listener string, want map[string]float64) {
	t.Helper()
	var last map[string]any
	for line := range strings.Lines(log) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("the log's line %q is not JSON: %v", line, err)
		}
		if event["msg"] == "counters" && event["listener"] == listener {
			last = event
		}
	}
	for name, n := range want {
		if got, ok := last[name].(float64); !ok || got != n {
			t.Errorf("%s = %v, want %v, in %v", name, last[name], n, last)
		}
	}
}

// Clients are counted while they are connected, and bytes as they arrive.
func TestCountersMeanwhile(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "tcp://127.0.0.1:0", "-listen", "udp://127.0.0.1:0")
		datagrams := dial(t, server.Addrs[1])
		send(t, datagrams, []byte("Hello"))
		wantDatagram(t, datagrams, []byte("Hello"))
		fd := dial(t, server.Addr())
		send(t, fd, []byte("abc"))
		if _, err := sock.RecvFull(fd, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		server.Signal(syscall.SIGUSR1)
		server.WaitLog("listener=" + server.Addrs[0] + " accepted=1 active=1 received=3 ")
		server.WaitLog("listener=" + server.Addrs[1] + " accepted=1 active=0 received=5 ")
	})
}

// SIGHUP, as from a terminal that goes away, doesn't end a server.
func TestHangup(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	server.Signal(syscall.SIGHUP)
	wantEcho(t, server.Addr(), []byte("still here"))
}

// With -log-format json, a failure to start is a line of JSON too.
func TestFailureAsJSON(t *testing.T) {
	t.Parallel()
	result := cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), "-log-format", "json", "-listen", "tcp://192.0.2.1:0")
	var event map[string]any
	if err := json.Unmarshal([]byte(result.Stderr), &event); err != nil || result.Code != 1 || event["level"] != "ERROR" {
		t.Errorf("exit code = %d, want 1; standard error is JSON: %v; want level ERROR:\n%s", result.Code, err, result.Stderr)
	}
}

// If signals come faster than the counters can be logged, one log covers several signals, and one follows the last.
func TestSignalFlood(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		begin := time.Now()
		for i := range 20_000 {
			server.Signal(syscall.SIGUSR1)
			if i%1000 == 0 {
				wantEcho(t, server.Addr(), []byte("in the flood"))
			}
		}
		server.Signal(syscall.SIGUSR1)
		server.WaitLog("accepted=20 ")
		most := int(time.Since(begin)/(50*time.Millisecond)) + 2 // the first, and one after each pause
		if lines := strings.Count(server.Stderr(), "msg=counters"); lines > most {
			t.Errorf("%d lines of counters, want at most %d", lines, most)
		}
		if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// A terminal that stops background programs when they write doesn't stop the server: termios(3) TOSTOP.
func TestOutputFromBackground(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	addr := "unix://" + filepath.Join(dir, "socket")
	terminal := newTerminal(t)
	shell := exec.Command("sh", "-c", `stty tostop; set -m; "$0" -v -listen "$1" & echo $! >"$2.new"; mv "$2.new" "$2"; read line`,
		cmdtest.Build(t, "echoserver"), addr, filepath.Join(dir, "pid"))
	shell.Stdin, shell.Stdout, shell.Stderr = terminal, terminal, terminal
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, shell.Start())
	defer shell.Wait()
	defer shell.Process.Kill()
	waitListening(t, addr)
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	for deadline := time.Now().Add(cmdtest.Patience); err != nil && time.Now().Before(deadline); sock.Poll(nil, 1) {
		pid, err = os.ReadFile(filepath.Join(dir, "pid"))
	}
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	must(t, err)
	defer syscall.Kill(n, syscall.SIGKILL)
	wantEcho(t, addr, []byte("from the background"))
	must(t, syscall.Kill(n, syscall.SIGTERM))
}
