package main

import (
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// patient has flags that make a client wait for its server longer than a test waits for the client.
var patient = []string{"-timeout", "1h", "-connect-timeout", "1h"}

// -d ends a load on time, whatever the server does.
func TestLoadDurationEndsAll(t *testing.T) {
	t.Parallel()
	type serve = func(conn *net.TCPConn, silence func()) // silence lasts until the test ends
	never := func(_ *net.TCPConn, silence func()) { silence() }
	slowly := func(conn *net.TCPConn, _ func()) {
		p := make([]byte, 64<<10)
		n, _ := conn.Read(p)
		drip(conn, p[:n], nil)
	}
	tests := []struct {
		name  string
		serve serve
		args  []string
		code  int
		why   string
	}{
		{"never answers", never, nil, exitTrouble, "recv ADDR: timed out"},
		{"never answers many", never, []string{"-c", "10", "-depth", "10"}, exitTrouble, "recv ADDR: timed out (and 9 more)"},
		{"never answers at a rate", never, []string{"-rate", "1000"}, exitTrouble, "recv ADDR: timed out"},
		{"never answers one after another", never, []string{"-reconnect"}, exitTrouble, "recv ADDR: timed out"},
		{"never answers -n", never, []string{"-n", "1000"}, exitTrouble, "recv ADDR: timed out"},
		{"never reads", never, []string{"-size", "64000000"}, exitTrouble, "send ADDR: timed out"},
		{"drips", slowly, []string{"-size", "64000"}, exitTrouble, "recv ADDR: timed out"},
		{"drips one after another", slowly, []string{"-size", "64000", "-reconnect"}, exitTrouble, "recv ADDR: timed out"},
		{"never ends", func(conn *net.TCPConn, silence func()) { io.Copy(conn, conn); silence() }, nil, exitTrouble, "recv ADDR: timed out"},
		{"stops answering", func(conn *net.TCPConn, silence func()) { conn.Write(question(conn)); silence() }, nil, exitTrouble, "recv ADDR: timed out"},
		{"half-closes", func(conn *net.TCPConn, silence func()) { conn.CloseWrite(); silence() }, nil, exitDifferent, "the answer ended"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, func() { <-t.Context().Done() }) })
			got := client(t, nil, addr, slices.Concat(tt.args, patient, []string{"-d", "200ms"})...)
			why := strings.ReplaceAll(tt.why, "ADDR", addr)
			if got.Code != tt.code || !strings.Contains(got.Stderr, why) || !strings.Contains(got.Stdout, "errors    ") {
				t.Errorf("echoclient: %+v; want exit code %d, %q and a report", got, tt.code, why)
			}
		})
	}
}

// fullQueue returns the address of a server that doesn't accept and whose queue is full.
func fullQueue(t *testing.T, network string) (addr string) {
	t.Helper()
	if network == "tcp" {
		fd, addr, sa := inetSocket(t, "tcp", sock.SOCK_STREAM)
		fillQueue(t, fd, sa)
		return addr
	}
	path := filepath.Join(t.TempDir(), "s")
	sa, err := sock.Unix(path)
	check(t, err)
	fillQueue(t, bound(t, sock.SOCK_STREAM, sa), sa)
	return "unix://" + path
}

// -d also ends a load that can't connect.
func TestLoadDurationEndsConnecting(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		for _, args := range [][]string{{"-c", "1"}, {"-c", "200"}, {"-reconnect"}, {"-rate", "1000"}} {
			t.Run(network+" "+strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				addr := fullQueue(t, network)
				got := client(t, nil, addr, slices.Concat(args, patient, []string{"-d", "200ms"})...)
				if got.Code != exitTrouble || !strings.Contains(got.Stderr, "connect "+addr+": timed out") || !strings.Contains(got.Stdout, "× connect: timed out") {
					t.Errorf("echoclient: %+v, want exit code %d and a timeout of connect", got, exitTrouble)
				}
			})
		}
	}
}

// Without -d, the connections that haven't started to connect fail when none has connected for -connect-timeout.
func TestLoadConnectTimeoutOfMany(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	t.Parallel()
	addr := fullQueue(t, "tcp")
	got := client(t, nil, addr, "-n", "1000", "-c", "800", "-connect-timeout", "4s")
	if got.Code != exitTrouble || !strings.Contains(got.Stdout, "800 × connect: timed out") {
		t.Errorf("echoclient: %+v, want exit code %d and 800 timeouts of connect", got, exitTrouble)
	}
}

// listenSilent starts a server that reports each client's first message, and never answers.
func listenSilent(t *testing.T) (addr string, asked <-chan bool) {
	received := make(chan bool, 1)
	addr = listen(t, func(conn *net.TCPConn) {
		question(conn)
		received <- true
		<-t.Context().Done()
	})
	return addr, received
}

// An interrupted load waits for messages in flight no longer than one that -d has ended.
func TestLoadInterruptedInFlight(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			addr, asked := listenSilent(t)
			cmd, stdout, _ := start(t, append([]string{"-addr", addr, "-n", "1", "-json"}, patient...)...)
			<-asked
			check(t, cmd.Process.Signal(sig))
			cmd.Wait()
			var r report
			check(t, json.Unmarshal(stdout.Bytes(), &r))
			if code := cmd.ProcessState.ExitCode(); code != exitTrouble || !r.Interrupted || r.Errors["recv: timed out"] != 1 {
				t.Errorf("exit code %d, report %+v; want a missing answer", code, r)
			}
		})
	}
}

// A signal that comes right after another one is its copy, as timeout(1) sends it, and the load still reports.
func TestLoadInterruptedTwice(t *testing.T) {
	t.Parallel()
	addr, asked := listenSilent(t)
	for range 20 {
		cmd, stdout, _ := start(t, append([]string{"-addr", addr, "-n", "1", "-json"}, patient...)...)
		<-asked
		began := time.Now()
		check(t, cmd.Process.Signal(syscall.SIGTERM))
		time.Sleep(time.Millisecond) // the process has taken the first
		check(t, cmd.Process.Signal(syscall.SIGTERM))
		late := time.Since(began) > 15*time.Millisecond
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code == exitTrouble && stdout.Len() > 0 {
			return
		} else if !late {
			t.Fatalf("exit code %d, stdout %q; want %d and a report", code, stdout.Bytes(), exitTrouble)
		}
	}
	t.Skip("this machine is too busy: the second signal came too late 20 times")
}

// Messages in flight when the time is over count as cut off if their connection has made progress since.
func TestLoadCutOff(t *testing.T) {
	const stopped = time.Minute
	tests := []struct {
		name     string
		heard    bool // whether a reply has arrived
		moved    time.Duration
		state    state
		inFlight int64
		cut      int64
		failure  string
	}{
		{"on its way", true, stopped + 1, open, 3, 3, ""},
		{"on its way to the end", true, stopped + 1, ending, 1, 1, ""},
		{"silent", true, stopped, open, 3, 0, "recv: timed out"},
		{"never answered", false, stopped + 1, open, 3, 0, "recv: timed out"},
		{"only the end is missing", true, stopped + 1, ending, 0, 0, "recv: timed out"},
		{"connecting", true, stopped + 1, connecting, 1, 1, ""},
		{"never connected", false, stopped, connecting, 1, 0, "connect: timed out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := parseOptions([]string{"-addr", "unix:@nobody", "-d", "1h", "-timeout", "1h"})
			check(t, err)
			shared, err := newLoad(o)
			check(t, err)
			defer shared.stop.Close()
			l, err := newLoop(shared, 0)
			check(t, err)
			defer l.close()
			c := l.connections[0]
			l.started, l.stopping, l.stopped = true, true, stopped
			c.heard, c.moved, c.state, c.begun = tt.heard, tt.moved, tt.state, tt.inFlight
			c.sent = c.goal()
			for l.now = stopped; c.state != closed; l.now += grace / 2 {
				if l.now > stopped+grace {
					t.Fatalf("the connection is still open %v after the load's end", grace)
				}
				c.expire()
			}
			if l.results.cut != tt.cut || tt.failure != "" && l.results.failures[tt.failure] != 1 || tt.failure == "" && len(l.results.failures) > 0 {
				t.Errorf("cut = %d, failures = %v; want %d and %q", l.results.cut, l.results.failures, tt.cut, tt.failure)
			}
		})
	}
}
