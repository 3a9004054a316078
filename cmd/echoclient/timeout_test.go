//go:build unix

package main

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func TestTimeout(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		input  io.Reader
		before func(conn *net.TCPConn) // what the server does before it falls silent
		stdout string
		stderr string
	}{
		{"reads and never answers", strings.NewReader("0123456789"), func(conn *net.TCPConn) { io.ReadAll(conn) }, "", "recv ADDR: timed out"},
		{"stops in the middle", strings.NewReader("0123456789"), func(conn *net.TCPConn) { io.WriteString(conn, echo(conn)[:5]) }, "01234", "recv ADDR: timed out"},
		{"never ends", strings.NewReader("0123456789"), func(conn *net.TCPConn) { io.WriteString(conn, echo(conn)) }, "0123456789", "recv ADDR: timed out"},
		{"never reads", io.LimitReader(zeros{}, 64<<20), func(*net.TCPConn) {}, "", "ADDR: timed out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(conn *net.TCPConn) {
				tt.before(conn)
				<-t.Context().Done()
			})
			got := client(t, tt.input, addr, "-timeout", "8s")
			expect(t, got, exitTrouble, tt.stdout, strings.ReplaceAll(tt.stderr, "ADDR", addr))
		})
	}
}

func echo(conn *net.TCPConn) string {
	p, _ := io.ReadAll(conn)
	return string(p)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestDatagramTimeout(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer silent.Close()
	addr := "udp4://" + silent.LocalAddr().String()
	expect(t, client(t, nil, addr, "-timeout", "200ms", "Hello"), exitTrouble, "", "recv "+addr+": timed out")
}

func TestNoTimeoutWhileBytesMove(t *testing.T) {
	t.Parallel()
	const words, timeout = "One byte at a time, with pauses", 8 * time.Second
	addr := listen(t, func(conn *net.TCPConn) {
		pace := time.NewTicker(timeout / 20)
		defer pace.Stop()
		for _, b := range []byte(echo(conn)) {
			<-pace.C
			conn.Write([]byte{b})
		}
	})
	begin := time.Now()
	expect(t, client(t, nil, addr, "-timeout", timeout.String(), words), exitOK, words+"\n", "")
	if took := time.Since(begin); took < timeout {
		t.Errorf("the client took %v, want at least -timeout: otherwise nothing was tested", took)
	}
}

func TestNoTimeoutWhileNothingIsDue(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	const timeout = 8 * time.Second
	thinking := &lateReader{delay: timeout + timeout/4, Reader: strings.NewReader("Hello")}
	expect(t, client(t, thinking, addr, "-timeout", timeout.String()), exitOK, "Hello", "")
}

// lateReader reads after a delay.
type lateReader struct {
	delay time.Duration
	io.Reader
}

func (r *lateReader) Read(p []byte) (int, error) {
	time.Sleep(r.delay)
	r.delay = 0
	return r.Reader.Read(p)
}

// The output's reader may be slow: then nothing moves, and the server isn't to blame.
func TestNoTimeoutWhileOutputWaits(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	// The shell's sleep is the slow reader.
	const script = `head -c 50000000 /dev/zero | "$0" "$@" | { sleep 10; wc -c; }`
	got := cmdtest.Run(t, nil, "sh", "-c", script, cmdtest.Build(t, "echoclient"), "-timeout", "8s", "-addr", addr)
	if strings.TrimSpace(got.Stdout) != "50000000" || got.Stderr != "" {
		t.Errorf("received %q bytes, standard error %q; want 50000000 and \"\"", got.Stdout, got.Stderr)
	}
}

func TestLongTimeouts(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, option := range []string{"-timeout", "-connect-timeout"} {
		for _, value := range []string{"0", "1h", "876000h", "2562047h"} {
			t.Run(option+" "+value, func(t *testing.T) {
				expect(t, client(t, nil, addr, option, value, "Hello"), exitOK, "Hello\n", "")
			})
		}
	}
}

// A send to a unix datagram socket whose queue is full waits as long as a receive would.
func TestDatagramQueueFull(t *testing.T) {
	t.Parallel()
	addr, sa := unixSocket(t, "unixgram", sock.SOCK_DGRAM)
	filler, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	check(t, err)
	defer sock.Close(filler)
	check(t, sock.SetNonblock(filler, true))
	check(t, sock.Connect(filler, sa))
	for err == nil {
		_, err = sock.Send(filler, []byte("x"), 0)
	}
	const timeout = 400 * time.Millisecond
	begin := time.Now()
	expect(t, client(t, nil, addr, "-timeout", timeout.String(), "Hello"), exitTrouble, "", "send "+addr+": timed out")
	if took := time.Since(begin); took < timeout {
		t.Errorf("the client gave up after %v, want at least -timeout", took)
	}
}
