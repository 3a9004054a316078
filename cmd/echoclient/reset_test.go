//go:build unix

package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// When the client is killed, the server sees a reset, and doesn't mistake half of the input for the whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			const half = "the first half"
			came := make(chan string)
			ended := make(chan error, 1)
			addr := listen(t, func(conn *net.TCPConn) {
				p := make([]byte, len(half))
				n, _ := io.ReadFull(conn, p)
				came <- string(p[:n])
				_, err := conn.Read(p)
				ended <- err
			})
			cmd := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), "-addr", addr)
			input, err := cmd.StdinPipe()
			check(t, err)
			check(t, cmd.Start())
			defer cmd.Wait()
			_, err = io.WriteString(input, half)
			check(t, err)
			if got := <-came; got != half {
				t.Errorf("the server received %q, want %q", got, half)
			}
			check(t, cmd.Process.Signal(sig))
			if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("Read of the server: %v, want ECONNRESET", err)
			}
		})
	}
}

func TestWrongAnswerResets(t *testing.T) {
	t.Parallel()
	input, more, err := os.Pipe()
	check(t, err)
	defer input.Close()
	defer more.Close()
	ended := make(chan error, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		io.WriteString(conn, "wrong")
		_, err := conn.Read(make([]byte, 1))
		ended <- err
	})
	if got := client(t, input, addr); got.Code != exitDifferent {
		t.Errorf("exit code = %d, want %d", got.Code, exitDifferent)
	}
	if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Read of the server: %v, want ECONNRESET", err)
	}
}

func TestRightAnswerDoesNotReset(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		io.WriteString(conn, echo(conn))
		conn.CloseWrite()
		_, err := conn.Read(make([]byte, 1))
		ended <- err
	})
	expect(t, client(t, nil, addr, "Hello"), exitOK, "Hello\n", "")
	if err := <-ended; err != io.EOF {
		t.Errorf("Read of the server: %v, want the end of the stream", err)
	}
}
