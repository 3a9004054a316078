package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// measure runs a load that is to succeed, and gives its report.
func measure(t testing.TB, addr string, args ...string) *report {
	t.Helper()
	got := client(t, nil, addr, append([]string{"-json"}, args...)...)
	if got.Code != exitOK || got.Stderr != "" {
		t.Fatalf("%s %v: exit code %d, %s", addr, args, got.Code, got.Stderr)
	}
	r := &report{}
	check(t, json.Unmarshal([]byte(got.Stdout), r))
	return r
}

// expectAll checks that a report has all messages, and nothing else.
func expectAll(t testing.TB, r *report, messages int64) {
	t.Helper()
	if r.Messages != messages || r.WrongAnswers+r.Late+r.Unsent > 0 || len(r.Errors) > 0 || r.Interrupted {
		t.Errorf("%+v, want %d messages and nothing wrong", r, messages)
	}
	l := r.Latency
	if order := []int64{l.Min, l.P50, l.P90, l.P99, l.P999, l.Max}; l.Min <= 0 || !slices.IsSorted(order) {
		t.Errorf("latencies %v, want them in order and above 0", order)
	}
	if slowest := float64(l.Max) / 1e9; slowest > 1.01*r.Seconds {
		t.Errorf("a message took %v s of %v s in all", slowest, r.Seconds)
	}
	var sum int64
	for _, n := range r.Bins {
		sum += n
	}
	if sum != messages {
		t.Errorf("%d messages over time, want %d", sum, messages)
	}
}

func TestLoad(t *testing.T) {
	forEachTransport(t, func(t *testing.T, tr transport) {
		addr := cmdtest.Start(t, "-listen", tr.listen).Addr()
		for _, args := range []string{
			"-n 1",
			"-n 500 -c 10",
			"-n 500 -c 7 -size 1000 -depth 3 -threads 3",
			"-n 100 -rate 2000 -c 3 -threads 2",
			"-n 3 -c 10",
		} {
			t.Run(args, func(t *testing.T) {
				r := measure(t, addr, strings.Fields(args)...)
				want, err := strconv.ParseInt(strings.Fields(args)[1], 10, 64)
				check(t, err)
				expectAll(t, r, want-r.Lost)
				if r.Lost > 0 && !tr.datagram() {
					t.Errorf("%d lost on a transport that loses nothing", r.Lost)
				}
			})
		}
	})
}

func TestLoadMPTCP(t *testing.T) {
	if fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 262); err != nil {
		t.Skip("no MPTCP:", err)
	} else {
		syscall.Close(fd)
	}
	addr := cmdtest.Start(t, "-listen", "mptcp://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-n", "500", "-c", "10", "-depth", "4"), 500)
	expectAll(t, measure(t, addr, "-n", "50", "-c", "10", "-reconnect"), 50)
}

// A server that waits for all connections, and on each for all messages that may be in flight, gets them.
func TestLoadConnectionsAndDepth(t *testing.T) {
	const connections, depth = 20, 8
	var all sync.WaitGroup
	all.Add(connections)
	addr := listen(t, func(conn *net.TCPConn) {
		all.Done()
		all.Wait()
		p := make([]byte, 64*depth)
		if _, err := io.ReadFull(conn, p); err == nil {
			conn.Write(p)
		}
		io.Copy(conn, conn)
	})
	expectAll(t, measure(t, addr, "-c", "20", "-depth", "8", "-n", "320", "-threads", "2"), 320)
}

// Messages that no buffer holds are sent and received piece by piece.
func TestLoadLargeMessages(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-n", "4", "-c", "2", "-size", "9000001", "-depth", "2"), 4)
}

func TestLoadReconnect(t *testing.T) {
	forEachServer(t, func(t *testing.T, tr transport, addr string) {
		if tr.datagram() {
			expect(t, client(t, nil, addr, "-reconnect"), exitUsage, "", "has no connections")
			return
		}
		expectAll(t, measure(t, addr, "-n", "100", "-c", "5", "-size", "3000", "-reconnect"), 100)
		expectAll(t, measure(t, addr, "-n", "100", "-c", "5", "-rate", "1000", "-reconnect"), 100)
	})
}

func TestLoadDuration(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, args := range [][]string{{"-d", "100ms"}, {"-d", "100ms", "-reconnect"}, {"-d", "100ms", "-n", "1000000000"}} {
		r := measure(t, addr, args...)
		expectAll(t, r, r.Messages)
		if r.Messages == 0 || r.Seconds < 0.1 {
			t.Errorf("%v: %d messages in %v s, want some in 0.1 s at least", args, r.Messages, r.Seconds)
		}
	}
	r := measure(t, addr, "-d", "100ms", "-rate", "1000")
	if r.Messages+r.Unsent != 100 || r.Messages == 0 {
		t.Errorf("%d messages and %d unsent, want 100 that were due", r.Messages, r.Unsent)
	}
}

// A rate that nobody can keep doesn't keep the client from ending, and from counting.
func TestLoadRateTooHigh(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	r := measure(t, addr, "-d", "200ms", "-rate", "1e9")
	if r.Messages == 0 || r.Messages+r.Unsent != 200e6 || r.Seconds > 10 {
		t.Errorf("%d messages and %d unsent in %v s, want 200,000,000 that were due in 0.2 s", r.Messages, r.Unsent, r.Seconds)
	}
}

func TestLoadManyConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("long: thousands of connections")
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-c", "5000", "-n", "20000", "-timeout", "60s"), 20000)
	expectAll(t, measure(t, addr, "-c", "100", "-n", "5000", "-reconnect", "-source", "127.0.0.2"), 5000)
}

// A server that stops for a while delays all that was due meanwhile, not only what it had got.
func TestLoadRateCountsFromTheIntendedTime(t *testing.T) {
	const stop = 400 * time.Millisecond
	serve := func(conn *net.TCPConn) {
		p := make([]byte, 64)
		io.ReadFull(conn, p)
		time.Sleep(stop) // this is the server that stops
		conn.Write(p)
		io.Copy(conn, conn)
	}
	open := measure(t, listen(t, serve), "-n", "400", "-rate", "1000")
	if least := int64(stop) / 4; open.Latency.P50 < least {
		t.Errorf("p50 %v, want %v at least: half of the messages were due while the server didn't answer", open.Latency.P50, least)
	}
	closed := measure(t, listen(t, serve), "-n", "400")
	if closed.Latency.Max < int64(stop) {
		t.Errorf("max %v, want %v at least", closed.Latency.Max, stop)
	}
}

// A datagram that isn't answered is lost, and no more than that.
func TestLoadLostDatagrams(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer conn.Close()
	go func() {
		p := make([]byte, 2048)
		for i := 0; ; i++ {
			n, from, err := conn.ReadFrom(p)
			if err != nil {
				return
			}
			if i%10 != 3 {
				conn.WriteTo(p[:n], from)
			}
			if i%10 == 5 {
				conn.WriteTo(p[:n], from) // twice
			}
		}
	}()
	r := measure(t, "udp4://"+conn.LocalAddr().String(), "-n", "100", "-timeout", "50ms", "-depth", "2")
	if r.Lost < 10 || r.Messages != 100-r.Lost || r.Late == 0 || r.WrongAnswers > 0 {
		t.Errorf("%+v, want 10 lost datagrams, 90 messages, and late answers", r)
	}
}

func TestLoadNothingButLostDatagrams(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer silent.Close()
	got := client(t, nil, "udp4://"+silent.LocalAddr().String(), "-n", "2", "-timeout", "50ms")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "2 datagrams, and no answer to any") {
		t.Errorf("%+v, want trouble", got)
	}
}

// systemCalls counts a load's calls on its sockets and on epoll.
func systemCalls(t *testing.T, addr string, args ...string) map[string]int {
	t.Helper()
	need(t, "strace")
	strace := []string{"-f", "-c", "-U", "calls,name", cmdtest.Build(t, "echoclient"), "-addr", addr}
	got := cmdtest.Run(t, nil, "strace", append(strace, args...)...)
	if got.Code != exitOK {
		t.Fatalf("%+v", got)
	}
	counts := make(map[string]int)
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+) +(\w+)$`).FindAllStringSubmatch(got.Stderr, -1) {
		n, err := strconv.Atoi(m[1])
		check(t, err)
		counts[m[2]] = n
	}
	return counts
}

func TestLoadSystemCalls(t *testing.T) {
	const n, c = 2000, 4
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0", "unix:@echoclient-test-calls"} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		calls := systemCalls(t, addr, "-n", strconv.Itoa(n), "-c", strconv.Itoa(c))
		// Beside the messages: the ends of the connections, and waits of Go's runtime.
		if calls["sendto"] != n || calls["recvfrom"] > n+2*c || calls["epoll_pwait2"] > n+50 || calls["epoll_ctl"] > c+10 {
			t.Errorf("%s: %v for %d messages, want one sendto and one recvfrom each", addr, calls, n)
		}
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	if calls := systemCalls(t, addr, "-n", strconv.Itoa(n), "-depth", "64"); calls["sendto"] > n/2 {
		t.Errorf("%d calls of sendto for %d messages, 64 of them in flight", calls["sendto"], n)
	}
}

// A message costs no allocation: ten times the messages don't take more.
func TestLoadAllocations(t *testing.T) {
	for _, listen := range []string{"tcp4://127.0.0.1:0", "udp4://127.0.0.1:0"} {
		addr := cmdtest.Start(t, "-listen", listen).Addr()
		allocations := func(args ...string) uint64 {
			o, err := parseOptions(append([]string{"-addr", addr, "-c", "4"}, args...))
			check(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			check(t, runLoad(o, io.Discard, io.Discard))
			runtime.ReadMemStats(&after)
			return after.Mallocs - before.Mallocs
		}
		few, many := allocations("-n", "100"), allocations("-n", "10100")
		if many > few+1000 {
			t.Errorf("%s: %d allocations for 100 messages, %d for 10,100", addr, few, many)
		}
	}
}

// Ctrl-C ends a load as its -d would have: with what was measured so far.
func TestLoadInterrupted(t *testing.T) {
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
			t.Errorf("%v: %v", sig, err)
		}
		var r report
		check(t, json.Unmarshal(stdout.Bytes(), &r))
		if r.Messages < 100 || !r.Interrupted {
			t.Errorf("%v: %+v, want 100 messages at least, and that it was interrupted", sig, r)
		}
	}
}

func TestLoadInterruptedWhileConnecting(t *testing.T) {
	fd, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	check(t, sock.Listen(fd, 0))
	cmd := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), "-addr", addr, "-c", "100", "-rate", "10", "-json", "-connect-timeout", "1h")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	check(t, cmd.Start())
	client, _, err := sock.Accept(fd) // one of the hundred, and the queue has no room for the rest
	check(t, err)
	defer sock.Close(client)
	check(t, cmd.Process.Signal(syscall.SIGINT))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	var r report
	check(t, json.Unmarshal(stdout.Bytes(), &r))
	if !r.Interrupted || r.Messages != 0 || r.Unsent != 0 {
		t.Errorf("%+v, want nothing, interrupted", r)
	}
}

func TestLoadLiveLine(t *testing.T) {
	need(t, "script")
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	command := fmt.Sprintf("%s -addr %s -d 700ms", cmdtest.Build(t, "echoclient"), addr)
	got := cmdtest.Run(t, nil, "script", "-qec", command, "/dev/null")
	if want := regexp.MustCompile(`\r\d\.\d s  [\d,]+ messages  [\d,]+/s .*  1 connection\x1b`); !want.MatchString(got.Stdout) {
		t.Errorf("on the terminal %q, want %s", got.Stdout, want)
	}
}

func TestLoadText(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := client(t, nil, addr, "-n", "1000", "-size", "100", "-c", "2")
	want := regexp.MustCompile(`^server    ` + regexp.QuoteMeta(addr) + `
load      2 connections, 100 bytes a message
time      .+s
messages  1,000, [\d,]+/s
bytes     100 kB, .+/s, as many in each direction
latency   p50 .+s, p90 .+s, p99 .+s, p99.9 .+s, max .+s
errors    none
(client    \d+% of a core.*
)?$`)
	if got.Code != exitOK || got.Stderr != "" || !want.MatchString(got.Stdout) {
		t.Errorf("%+v, want %s", got, want)
	}
}
