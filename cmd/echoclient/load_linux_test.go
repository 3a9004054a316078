package main

import (
	"encoding/binary"
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

// measure runs a load that must succeed, and returns its report.
func measure(t testing.TB, addr string, args ...string) *report {
	t.Helper()
	got := client(t, nil, addr, append([]string{"-json"}, args...)...)
	if got.Code != exitOK || got.Stderr != "" {
		t.Fatalf("echoclient -addr %s %v: exit code %d, standard error %q; want 0", addr, args, got.Code, got.Stderr)
	}
	r := &report{}
	check(t, json.Unmarshal([]byte(got.Stdout), r))
	return r
}

// expectAll checks that a report has all messages and no errors.
func expectAll(t testing.TB, r *report, messages int64) {
	t.Helper()
	if r.Messages != messages || r.WrongAnswers+r.Late+r.Unsent > 0 || len(r.Errors) > 0 || r.Interrupted {
		t.Errorf("report = %+v, want %d messages and no errors", r, messages)
	}
	l := r.Latency
	if order := []int64{l.Min, l.P50, l.P90, l.P99, l.P999, l.Max}; l.Min <= 0 || !slices.IsSorted(order) {
		t.Errorf("latencies = %v, want them in order and above 0", order)
	}
	if slowest := float64(l.Max) / 1e9; slowest > 1.01*r.Seconds {
		t.Errorf("the slowest message took %v s, want at most the load's %v s", slowest, r.Seconds)
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
	t.Parallel()
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
					t.Errorf("lost = %d on a reliable transport, want 0", r.Lost)
				}
			})
		}
	})
}

func TestLoadMPTCP(t *testing.T) {
	t.Parallel()
	if fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 262); err != nil {
		t.Skip("this kernel does not support MPTCP:", err)
	} else {
		syscall.Close(fd)
	}
	addr := cmdtest.Start(t, "-listen", "mptcp://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-n", "500", "-c", "10", "-depth", "4"), 500)
	expectAll(t, measure(t, addr, "-n", "50", "-c", "10", "-reconnect"), 50)
}

// A server that waits for -c connections, and on each for -depth messages, gets them.
func TestLoadConnectionsAndDepth(t *testing.T) {
	t.Parallel()
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

// Messages larger than any buffer are sent and received piece by piece.
func TestLoadLargeMessages(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-n", "4", "-c", "2", "-size", "9000001", "-depth", "2"), 4)
}

func TestLoadReconnect(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, args := range [][]string{
		{"-d", "100ms"},
		{"-d", "100ms", "-reconnect"},
		{"-d", "100ms", "-rate", "1"},
		{"-d", "100ms", "-rate", "1", "-reconnect"},
		{"-d", "100ms", "-n", "1000000000"},
	} {
		r := measure(t, addr, args...)
		expectAll(t, r, r.Messages)
		if r.Messages == 0 || r.Seconds < 0.1 {
			t.Errorf("%v: %d messages in %v s, want at least one, in at least 0.1 s", args, r.Messages, r.Seconds)
		}
	}
	r := measure(t, addr, "-d", "100ms", "-rate", "1000")
	if r.Messages+r.Unsent != 100 || r.Messages == 0 {
		t.Errorf("%d messages and %d unsent, want 100 in all", r.Messages, r.Unsent)
	}
}

// The client ends and counts correctly even at a rate that no server can sustain.
func TestLoadRateTooHigh(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	r := measure(t, addr, "-d", "200ms", "-rate", "1e9")
	if r.Messages == 0 || r.Messages+r.Unsent != 200e6 || r.Seconds > 10 {
		t.Errorf("%d messages and %d unsent in %v s, want 200,000,000 in all, in 0.2 s", r.Messages, r.Unsent, r.Seconds)
	}
}

func TestLoadManyConnections(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("thousands of connections: not with -short")
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expectAll(t, measure(t, addr, "-c", "5000", "-n", "20000", "-timeout", "60s"), 20000)
	expectAll(t, measure(t, addr, "-c", "100", "-n", "5000", "-reconnect", "-source", "127.0.0.2"), 5000)
}

// A server that stops for a while delays all messages that were due meanwhile, not only those that it had received.
func TestLoadRateCountsFromTheIntendedTime(t *testing.T) {
	t.Parallel()
	const stop = 400 * time.Millisecond
	serve := func(conn *net.TCPConn) {
		p := make([]byte, 64)
		io.ReadFull(conn, p)
		time.Sleep(stop) // the server stops
		conn.Write(p)
		io.Copy(conn, conn)
	}
	open := measure(t, listen(t, serve), "-n", "400", "-rate", "1000")
	if least := int64(stop) / 4; open.Latency.P50 < least {
		t.Errorf("p50 = %v, want at least %v: half of the messages were due while the server did not reply", open.Latency.P50, least)
	}
	closed := measure(t, listen(t, serve), "-n", "400")
	if closed.Latency.Max < int64(stop) {
		t.Errorf("max = %v, want at least %v", closed.Latency.Max, stop)
	}
}

// A datagram without a reply counts as lost, and the load continues.
func TestLoadLostDatagrams(t *testing.T) {
	t.Parallel()
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
		t.Errorf("report = %+v; want at least 10 lost datagrams, messages for the others, and late answers", r)
	}
}

// numbered answers the datagrams of a load whose number is one to answer, and returns its address.
func numbered(t *testing.T, answers func(number uint64) bool) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	go func() {
		for p := make([]byte, 2048); ; {
			n, from, err := conn.ReadFrom(p)
			if err != nil {
				return
			}
			if answers(binary.BigEndian.Uint64(p)) {
				conn.WriteTo(p[:n], from)
			}
		}
	}()
	return "udp4://" + conn.LocalAddr().String()
}

// The wait for an answer that is lost is not a part of the load, whose throughput it would lower.
func TestLoadLosesLastDatagram(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for -timeout: not with -short")
	}
	addr := numbered(t, func(number uint64) bool { return number < 49 })
	r := measure(t, addr, "-n", "50", "-timeout", "5s")
	if r.Messages != 49 || r.Lost != 1 || r.Seconds >= 5 {
		t.Errorf("%d messages, %d lost, in %v s; want 49 and 1, without the 5 s of -timeout", r.Messages, r.Lost, r.Seconds)
	}
}

// Datagrams that are in flight at the end of the load, and not for as long as -timeout, are cut off and not lost.
func TestLoadCutsDatagramsOff(t *testing.T) {
	t.Parallel()
	addr := numbered(t, func(number uint64) bool { return number == 0 })
	r := measure(t, addr, "-d", "1s", "-c", "2", "-timeout", "1h")
	if r.Messages != 2 || r.Lost != 0 || r.Cut != 2 {
		t.Errorf("%d messages, %d lost, %d cut off; want 2, 0 and 2", r.Messages, r.Lost, r.Cut)
	}
}

func TestLoadNothingButLostDatagrams(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer silent.Close()
	addr := "udp4://" + silent.LocalAddr().String()
	got := client(t, nil, addr, "-n", "2", "-timeout", "50ms")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "no answer from "+addr+" to 2 datagrams") {
		t.Errorf("echoclient: %+v, want exit code %d and 2 lost datagrams", got, exitTrouble)
	}
}
