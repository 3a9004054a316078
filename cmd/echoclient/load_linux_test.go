package main

import (
	"encoding/json"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
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
