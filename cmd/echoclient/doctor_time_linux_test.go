package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// drip sends p byte by byte, slowly. It tells whether the client is still there.
func drip(conn *net.TCPConn, p []byte) bool {
	const pace = 60 * time.Millisecond
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for i := range p {
		<-ticker.C
		if _, err := conn.Write(p[i:][:1]); err != nil {
			return false
		}
	}
	return true
}

// An answer that comes in parts, the second one when the client has stopped sending, is an answer.
func TestDoctorAnswerInParts(t *testing.T) {
	for _, early := range []int{1, pingSize - 1} {
		t.Run(fmt.Sprint(early), func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(conn *net.TCPConn) {
				p := question(conn)
				conn.Write(p[:early])
				rest, _ := io.ReadAll(conn)
				conn.Write(append(p[early:], rest...))
			})
			d, got := diagnose(t, addr)
			want := fmt.Sprintf("%d of 64 bytes came back within 2s; the rest came ", early)
			if echo := d.checks()["echo"]; !echo.OK || !strings.HasPrefix(echo.Says, want) {
				t.Errorf("exit code %d, %s, %+v; want %q", got.Code, got.Stderr, d.Checks, want)
			}
		})
	}
}

// Of an answer that never gets whole, the bytes that came are counted.
func TestDoctorPartOfAnAnswer(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		conn.Write(question(conn)[:10])
		io.ReadAll(conn)
		<-t.Context().Done()
	})
	d, got := diagnose(t, addr)
	want := "10 of 64 bytes came back within 2s, and 0 more after we stopped sending"
	if echo := d.checks()["echo"]; got.Code != exitTrouble || echo.OK || !strings.HasPrefix(echo.Says, want) {
		t.Errorf("exit code %d, %s, %+v; want %q", got.Code, got.Stderr, d.Checks, want)
	}
}

// A server from which bytes come all the time, and never all, holds no check for longer than ten times -timeout.
func TestDoctorDrips(t *testing.T) {
	tests := []struct {
		name   string
		serve  func(conn *net.TCPConn, connection int64)
		failed string // the check that fails
	}{
		{"the small answers", func(conn *net.TCPConn, _ int64) {
			for drip(conn, question(conn)) {
			}
		}, "echo"},
		{"the long answer", func(conn *net.TCPConn, connection int64) {
			if connection == 1 {
				io.Copy(conn, conn)
				return
			}
			question(conn)
			go io.Copy(io.Discard, conn)
			drip(conn, pattern()[:patternPeriod])
		}, "half-close"},
		{"the answer after the end", func(conn *net.TCPConn, connection int64) {
			if connection < 3 {
				io.Copy(conn, conn)
				return
			}
			io.Copy(io.Discard, conn)
			drip(conn, pattern()[:patternPeriod])
		}, "half-close"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int64
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, connections.Add(1)) })
			d, got := diagnose(t, addr, "-timeout", "500ms")
			if got.Code != exitTrouble || d.checks()[tt.failed].OK || !strings.Contains(got.Stderr, "timed out") {
				t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
			}
		})
	}
}
