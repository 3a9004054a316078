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

// drip sends p slowly, byte by byte, until there is a value in stop or the channel is closed.
func drip(conn *net.TCPConn, p []byte, stop <-chan bool) {
	const pace = 60 * time.Millisecond
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for i := range p {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		if _, err := conn.Write(p[i:][:1]); err != nil {
			return
		}
	}
}

// dripAnswers answers slowly, and no more once the client has stopped sending: a client that has waited in vain, as when this
// process was stopped for a while, does so before it waits for the rest.
func dripAnswers(conn *net.TCPConn, silence func()) {
	questions, ended := make(chan []byte), make(chan bool)
	go func() {
		defer close(questions)
		defer close(ended)
		for p := make([]byte, 64); ; p = make([]byte, 64) {
			if _, err := io.ReadFull(conn, p); err != nil {
				return
			}
			questions <- p
		}
	}()
	for p := range questions {
		drip(conn, p, ended)
	}
	silence()
}

// A reply is complete even if its second part comes only after the client has stopped sending.
func TestDoctorAnswerInParts(t *testing.T) {
	t.Parallel()
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
				t.Errorf("exit code %d, standard error %q, checks %+v; want echo to say %q", got.Code, got.Stderr, d.Checks, want)
			}
		})
	}
}

// For an incomplete reply, the received bytes are counted.
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
		t.Errorf("exit code %d, standard error %q, checks %+v; want echo to say %q", got.Code, got.Stderr, d.Checks, want)
	}
}

// A server that sends bytes all the time but never finishes delays each check by at most ten times -timeout.
func TestDoctorDrips(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		serve  func(conn *net.TCPConn, connection int64, silence func()) // silence lasts until the test ends
		failed string                                                    // the check that fails
	}{
		{"the small answers", func(conn *net.TCPConn, _ int64, silence func()) { dripAnswers(conn, silence) }, "echo"},
		{"the long answer", func(conn *net.TCPConn, connection int64, _ func()) {
			if connection == 1 {
				io.Copy(conn, conn)
				return
			}
			question(conn)
			go io.Copy(io.Discard, conn)
			drip(conn, pattern()[:patternPeriod], nil)
		}, "half-close"},
		{"the answer after the end", func(conn *net.TCPConn, connection int64, _ func()) {
			if connection < 3 {
				io.Copy(conn, conn)
				return
			}
			io.Copy(io.Discard, conn)
			drip(conn, pattern()[:patternPeriod], nil)
		}, "half-close"},
	}
	if testing.Short() {
		tests = tests[:1]
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int64
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, connections.Add(1), func() { <-t.Context().Done() }) })
			d, got := diagnose(t, addr, "-timeout", "2s")
			if got.Code != exitTrouble || d.checks()[tt.failed].OK || !strings.Contains(got.Stderr, "timed out") {
				t.Errorf("exit code %d, standard error %q, checks %+v; want a timeout of %s", got.Code, got.Stderr, d.Checks, tt.failed)
			}
		})
	}
}
