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
			addr := listen(t, func(conn *net.TCPConn) {
				tt.before(conn)
				<-t.Context().Done()
			})
			got := client(t, tt.input, addr, "-timeout", "200ms")
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
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer silent.Close()
	addr := "udp4://" + silent.LocalAddr().String()
	expect(t, client(t, nil, addr, "-timeout", "200ms", "Hello"), exitTrouble, "", "recv "+addr+": timed out")
}

func TestNoTimeoutWhileBytesMove(t *testing.T) {
	const words, timeout = "One byte at a time, with pauses", 400 * time.Millisecond
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
		t.Errorf("took %v, which is less than -timeout: nothing was tested", took)
	}
}

func TestNoTimeoutWhileNothingIsDue(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	const timeout = 100 * time.Millisecond
	thinking := &lateReader{delay: 3 * timeout, Reader: strings.NewReader("Hello")}
	expect(t, client(t, thinking, addr, "-timeout", timeout.String()), exitOK, "Hello", "")
}

// lateReader reads after a while.
type lateReader struct {
	delay time.Duration
	io.Reader
}

func (r *lateReader) Read(p []byte) (int, error) {
	time.Sleep(r.delay)
	r.delay = 0
	return r.Reader.Read(p)
}

// The reader of the output may take its time: then nothing moves, and it isn't the server's fault.
func TestNoTimeoutWhileOutputWaits(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	// The shell's sleep is the reader that takes its time.
	const script = `head -c 50000000 /dev/zero | "$0" "$@" | { sleep 1; wc -c; }`
	got := cmdtest.Run(t, nil, "sh", "-c", script, cmdtest.Build(t, "echoclient"), "-timeout", "200ms", "-addr", addr)
	if strings.TrimSpace(got.Stdout) != "50000000" || got.Stderr != "" {
		t.Errorf("%q bytes came, with %q on standard error", got.Stdout, got.Stderr)
	}
}

func TestLongTimeouts(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	for _, option := range []string{"-timeout", "-connect-timeout"} {
		for _, value := range []string{"0", "1h", "876000h", "2562047h"} {
			t.Run(option+" "+value, func(t *testing.T) {
				expect(t, client(t, nil, addr, option, value, "Hello"), exitOK, "Hello\n", "")
			})
		}
	}
}

// Sending waits where a unix datagram socket's queue is full, for as long as receiving would.
func TestDatagramQueueFull(t *testing.T) {
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
		t.Errorf("gave up after %v, before -timeout", took)
	}
}
