//go:build unix

package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// listen calls serve for every client of a new TCP listener, and then closes the connection.
func listen(t testing.TB, serve func(conn *net.TCPConn)) (addr string) {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.AcceptTCP()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return "tcp://" + l.Addr().String()
}

func TestBadServer(t *testing.T) {
	t.Parallel()
	const words = "0123456789"
	reset := func(conn *net.TCPConn) { conn.SetLinger(0) }
	tests := []struct {
		name   string
		answer string
		last   func(conn *net.TCPConn) // what it does before it closes
		code   int
		stderr string
	}{
		{"nothing", "", nil, exitDifferent, "wrong answer at byte 0: the answer ended, 10 bytes are missing"},
		{"half", "01234", nil, exitDifferent, "wrong answer at byte 5: the answer ended, 5 bytes are missing"},
		{"wrong first byte", "X123456789", nil, exitDifferent, "wrong answer at byte 0: it isn't what was sent"},
		{"wrong byte", "0123456X89", nil, exitDifferent, "wrong answer at byte 7: it isn't what was sent"},
		{"wrong last byte", "012345678X", nil, exitDifferent, "wrong answer at byte 9: it isn't what was sent"},
		{"byte too much", "0123456789!", nil, exitDifferent, "wrong answer at byte 10: more came than was sent"},
		{"nothing and a reset", "", reset, exitTrouble, "recv ADDR: ECONNRESET (connection reset by peer)"},
		{"half and a reset", "01234", reset, exitTrouble, "recv ADDR: ECONNRESET (connection reset by peer)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := listen(t, func(conn *net.TCPConn) {
				io.ReadAll(conn)
				io.WriteString(conn, tt.answer)
				if tt.last != nil {
					tt.last(conn)
				}
			})
			expect(t, client(t, nil, addr, words), tt.code, tt.answer, strings.ReplaceAll(tt.stderr, "ADDR", addr))
		})
	}
}

func TestWrongByteFarFromTheBeginning(t *testing.T) {
	t.Parallel()
	input := random(3 << 20)
	wrong := bytes.Clone(input)
	wrong[2<<20+1] ^= 1
	addr := listen(t, func(conn *net.TCPConn) {
		io.ReadAll(conn)
		conn.Write(wrong)
	})
	got := client(t, bytes.NewReader(input), addr)
	if want := "wrong answer at byte 2097153: it isn't what was sent\n"; got.Code != exitDifferent || !strings.Contains(got.Stderr, want) {
		t.Errorf("exit code %d, standard error %q; want %d, %q", got.Code, got.Stderr, exitDifferent, want)
	}
	if n := len(got.Stdout); n <= 2<<20+1 || got.Stdout != string(wrong[:n]) {
		t.Errorf("standard output has %d bytes, want all bytes up to the wrong one", n)
	}
}

func TestAnswerBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	input, question, err := os.Pipe()
	check(t, err)
	defer input.Close()
	defer question.Close()
	addr := listen(t, func(conn *net.TCPConn) {
		io.WriteString(conn, "x")
		io.ReadAll(conn)
	})
	expect(t, client(t, input, addr), exitDifferent, "x", "wrong answer at byte 0: more came than was sent")
}

func TestEndBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	input, question, err := os.Pipe()
	check(t, err)
	defer input.Close()
	addr := listen(t, func(conn *net.TCPConn) {
		conn.Close()
		io.WriteString(question, "anybody there?")
		question.Close()
	})
	expect(t, client(t, input, addr), exitDifferent, "", "wrong answer at byte 0: the answer ended")
}

// The kernel reports a reset once, to send or to recv.
func TestResetWhileSending(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		io.ReadFull(conn, make([]byte, 100_000))
		conn.SetLinger(0)
	})
	input := make([]byte, 8<<20)
	for i := 0; i < 20 && !t.Failed(); i++ {
		expect(t, client(t, bytes.NewReader(input), addr), exitTrouble, "", addr+": ECONNRESET (connection reset by peer)")
	}
}

func TestEndFirst(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		conn.CloseWrite()
		io.ReadAll(conn)
	})
	expect(t, client(t, nil, addr, "0123456789"), exitDifferent, "", "wrong answer at byte 0: the answer ended")
}

func TestCloseAtOnce(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(*net.TCPConn) {})
	for range 20 {
		if got := client(t, nil, addr, "Hello"); got.Code != exitDifferent && got.Code != exitTrouble || got.Stdout != "" || got.Stderr == "" {
			t.Errorf("echoclient: %+v, want exit code %d or %d and an explanation", got, exitDifferent, exitTrouble)
		}
	}
}

// A server that knows the request's length may reply and close before the client shuts down its writing side.
func TestServerClosesFirst(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		p := make([]byte, 64)
		n, _ := conn.Read(p)
		conn.Write(p[:n])
	})
	clients := 200
	if testing.Short() {
		clients = 20
	}
	for i := 0; i < clients && !t.Failed(); i++ {
		expect(t, client(t, nil, addr, "Hello"), exitOK, "Hello\n", "")
	}
}
