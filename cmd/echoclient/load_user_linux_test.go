package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// Ctrl-C ends a load like -d: the report has everything that was measured so far.
func TestLoadInterrupted(t *testing.T) {
	t.Parallel()
	answered := make(chan bool, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		io.CopyN(conn, conn, 64*100)
		answered <- true
		io.Copy(conn, conn)
	})
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), "-addr", addr, "-d", "1h", "-json")
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		check(t, cmd.Start())
		<-answered
		check(t, cmd.Process.Signal(sig))
		if err := cmd.Wait(); err != nil {
			t.Errorf("exit after %v: %v, want success", sig, err)
		}
		var r report
		check(t, json.Unmarshal(stdout.Bytes(), &r))
		if r.Messages < 100 || !r.Interrupted {
			t.Errorf("report after %v = %+v, want at least 100 messages and interrupted", sig, r)
		}
	}
}

func TestLoadInterruptedWhileConnecting(t *testing.T) {
	t.Parallel()
	fd, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	check(t, sock.Listen(fd, 0))
	cmd := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), "-addr", addr, "-c", "100", "-rate", "10", "-json", "-connect-timeout", "1h")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	check(t, cmd.Start())
	client, _, err := sock.Accept(fd) // one of the hundred; the rest don't fit into the queue
	check(t, err)
	defer sock.Close(client)
	check(t, cmd.Process.Signal(syscall.SIGINT))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	var r report
	check(t, json.Unmarshal(stdout.Bytes(), &r))
	if !r.Interrupted || r.Messages != 0 || r.Unsent != 0 {
		t.Errorf("report = %+v, want no messages and interrupted", r)
	}
}

func TestLoadLiveLine(t *testing.T) {
	t.Parallel()
	need(t, "script")
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	command := fmt.Sprintf("%s -addr %s -d 2s", cmdtest.Build(t, "echoclient"), addr)
	got := cmdtest.Run(t, nil, "script", "-qec", command, "/dev/null")
	if want := regexp.MustCompile(`\r\d\.\d s  [\d,]+ messages  [\d,]+/s .*  1 connection\x1b`); !want.MatchString(got.Stdout) {
		t.Errorf("the terminal shows %q, want %s", got.Stdout, want)
	}
}

func TestLoadText(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := client(t, nil, addr, "-n", "1000", "-size", "100", "-c", "2")
	want := regexp.MustCompile(`^server    ` + regexp.QuoteMeta(addr) + `
load      2 connections, 100 bytes per message
time      .+s
messages  1,000, [\d,]+/s
bytes     100 kB, .+/s in each direction
latency   p50 .+s, p90 .+s, p99 .+s, p99.9 .+s, max .+s
errors    none
(client    \d+% of a core.*
)?$`)
	if got.Code != exitOK || got.Stderr != "" || !want.MatchString(got.Stdout) {
		t.Errorf("echoclient: %+v, want a report like %s", got, want)
	}
}
