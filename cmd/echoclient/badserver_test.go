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

// listen serves every client of a new TCP listener, and closes its connection then.
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
	input := random(3 << 20)
	wrong := bytes.Clone(input)
	wrong[2<<20+1] ^= 1
	addr := listen(t, func(conn *net.TCPConn) {
		io.ReadAll(conn)
		conn.Write(wrong)
	})
	got := client(t, bytes.NewReader(input), addr)
	if want := "wrong answer at byte 2097153: it isn't what was sent\n"; got.Code != exitDifferent || !strings.Contains(got.Stderr, want) {
		t.Errorf("exit code %d, %q; want %d, %q", got.Code, got.Stderr, exitDifferent, want)
	}
	if n := len(got.Stdout); n <= 2<<20+1 || got.Stdout != string(wrong[:n]) {
		t.Errorf("standard output has %d bytes, and not what came up to the wrong one", n)
	}
}

func TestAnswerBeforeTheQuestion(t *testing.T) {
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

// The kernel tells of a reset once, and who is told may be the sender or the receiver.
func TestResetWhileSending(t *testing.T) {
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
	addr := listen(t, func(conn *net.TCPConn) {
		conn.CloseWrite()
		io.ReadAll(conn)
	})
	expect(t, client(t, nil, addr, "0123456789"), exitDifferent, "", "wrong answer at byte 0: the answer ended")
}

func TestCloseAtOnce(t *testing.T) {
	addr := listen(t, func(*net.TCPConn) {})
	for range 20 {
		if got := client(t, nil, addr, "Hello"); got.Code != exitDifferent && got.Code != exitTrouble || got.Stdout != "" || got.Stderr == "" {
			t.Errorf("%+v, want a failure that is explained", got)
		}
	}
}

// A server that knows how long the question is may answer and close before the client has said that it ends there.
func TestServerClosesFirst(t *testing.T) {
	addr := listen(t, func(conn *net.TCPConn) {
		p := make([]byte, 64)
		n, _ := conn.Read(p)
		conn.Write(p[:n])
	})
	for i := 0; i < 200 && !t.Failed(); i++ {
		expect(t, client(t, nil, addr, "Hello"), exitOK, "Hello\n", "")
	}
}
