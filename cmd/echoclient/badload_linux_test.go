package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

// question receives a message of a load.
func question(conn *net.TCPConn) []byte {
	p := make([]byte, 64)
	io.ReadFull(conn, p)
	return p
}

func TestLoadBadServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		serve  func(conn *net.TCPConn, silence func()) // silence lasts until the test ends
		code   int
		stderr string
	}{
		{"closes early", func(conn *net.TCPConn, silence func()) { question(conn) }, exitDifferent, "wrong answer at byte 0: the answer ended, 64 bytes are missing"},
		{"closes after a message", func(conn *net.TCPConn, silence func()) { conn.Write(question(conn)); question(conn) }, exitDifferent, "wrong answer at byte 64: the answer ended, 64 bytes are missing"},
		{"resets", func(conn *net.TCPConn, silence func()) { question(conn); conn.SetLinger(0) }, exitTrouble, "ADDR: ECONNRESET (connection reset by peer)"},
		{"sends too little", func(conn *net.TCPConn, silence func()) { conn.Write(question(conn)[:60]) }, exitDifferent, "wrong answer at byte 60: the answer ended, 4 bytes are missing"},
		{"sends too much", func(conn *net.TCPConn, silence func()) { conn.Write(append(question(conn), '!')); silence() }, exitDifferent, "wrong answer at byte 64: more came than was sent"},
		{"sends a wrong byte", func(conn *net.TCPConn, silence func()) {
			conn.Write(question(conn))
			p := question(conn)
			p[10] ^= 1
			conn.Write(p)
			silence()
		}, exitDifferent, "wrong answer at byte 74: it isn't what was sent"},
		{"sends the same again", func(conn *net.TCPConn, silence func()) {
			p := question(conn)
			conn.Write(p)
			question(conn)
			conn.Write(p)
			silence()
		}, exitDifferent, "wrong answer at byte 64: it isn't what was sent"},
		{"never answers", func(_ *net.TCPConn, silence func()) { silence() }, exitTrouble, "recv ADDR: timed out"},
		{"stops in a message", func(conn *net.TCPConn, silence func()) { conn.Write(question(conn)[:60]); silence() }, exitTrouble, "recv ADDR: timed out"},
		{"answers before being asked", func(conn *net.TCPConn, silence func()) { io.WriteString(conn, "x"); silence() }, exitDifferent, "wrong answer at byte 0: "},
		{"half-closes first", func(conn *net.TCPConn, silence func()) { conn.CloseWrite(); silence() }, exitDifferent, "wrong answer at byte 0: the answer ended"},
		{"sends after the end", func(conn *net.TCPConn, silence func()) { io.Copy(conn, conn); io.WriteString(conn, "!") }, exitDifferent, "wrong answer at byte 128: more came than was sent"},
		{"never ends", func(conn *net.TCPConn, silence func()) { io.Copy(conn, conn); silence() }, exitTrouble, "recv ADDR: timed out"},
		{"trickles", func(conn *net.TCPConn, silence func()) {
			for p := make([]byte, 1); ; {
				if _, err := conn.Read(p); err != nil {
					return
				}
				conn.Write(p)
			}
		}, exitOK, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, func() { <-t.Context().Done() }) })
			got := client(t, nil, addr, "-n", "2", "-timeout", timeoutFor(tt.stderr))
			if got.Code != tt.code || !strings.Contains(got.Stderr, strings.ReplaceAll(tt.stderr, "ADDR", addr)) {
				t.Errorf("exit code %d, standard error %q; want %d, %q", got.Code, got.Stderr, tt.code, tt.stderr)
			}
			if tt.code != exitOK && !strings.HasPrefix(got.Stderr, "echoclient: connection 0 from tcp://127.0.0.1:") {
				t.Errorf("standard error %q, want the connection in it", got.Stderr)
			}
			if tt.code != exitOK && !strings.Contains(got.Stdout, "errors    1 × ") || !strings.Contains(got.Stdout, strings.TrimPrefix(got.Stderr, "echoclient: ")) {
				t.Errorf("the report does not have the error of standard error once:\n%s", got.Stdout)
			}
		})
	}
}

// timeoutFor returns the -timeout of a client that is to fail with an error. A server's answer must come within it even if
// the server waits long for a processor.
func timeoutFor(want string) string {
	if strings.Contains(want, "timed out") {
		return "3s"
	}
	return "60s"
}

func TestLoadServerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(*net.TCPConn) { <-t.Context().Done() })
	got := client(t, nil, addr, "-n", "1", "-size", "64000000", "-timeout", "300ms")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "send "+addr+": timed out") {
		t.Errorf("echoclient: %+v, want exit code %d and a timeout of send", got, exitTrouble)
	}
}

// One connection's error is counted, and the others continue.
func TestLoadGoesOn(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"-depth", "-reconnect"} {
		t.Run(mode, func(t *testing.T) {
			var bad = make(chan bool, 1)
			bad <- true
			addr := listen(t, func(conn *net.TCPConn) {
				select {
				case <-bad:
					question(conn)
				default:
					io.Copy(conn, conn)
				}
			})
			args := []string{"-n", "200", "-c", "4", mode}
			if mode == "-depth" {
				args = append(args, "1")
			}
			got := client(t, nil, addr, args...)
			if got.Code != exitDifferent || !strings.Contains(got.Stdout, "messages  199, ") || !strings.Contains(got.Stdout, "errors    1 × wrong answer\n") {
				t.Errorf("echoclient: %+v, want exit code %d, 199 messages and one wrong answer", got, exitDifferent)
			}
		})
	}
}

func TestLoadRefused(t *testing.T) {
	t.Parallel()
	_, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	for _, args := range [][]string{{"-c", "3"}, {"-n", "3", "-reconnect"}, {"-n", "3", "-reconnect", "-rate", "1000"}} {
		got := client(t, nil, addr, args...)
		if got.Code != exitTrouble || !strings.Contains(got.Stderr, "connect "+addr+": ECONNREFUSED (connection refused) (and 2 more)") ||
			!strings.Contains(got.Stdout, "3 × connect: ECONNREFUSED") {
			t.Errorf("echoclient %v: %+v, want three refusals", args, got)
		}
	}
}

func TestLoadConnectTimeout(t *testing.T) {
	t.Parallel()
	fd, addr, sa := inetSocket(t, "tcp", sock.SOCK_STREAM)
	fillQueue(t, fd, sa)
	got := client(t, nil, addr, "-n", "1", "-connect-timeout", "100ms")
	if got.Code != exitTrouble || !strings.Contains(got.Stderr, "connect "+addr+": timed out") {
		t.Errorf("echoclient: %+v, want exit code %d and a timeout of connect", got, exitTrouble)
	}
}

func TestLoadTooManyConnections(t *testing.T) {
	t.Parallel()
	got := client(t, nil, "127.0.0.1:1", "-c", "1048576")
	expect(t, got, exitTrouble, "", "-c 1048576 needs 1048594 descriptors")
}

// A record or datagram is also wrong if its bytes are right but its boundaries aren't.
func TestLoadWrongRecords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer func(p []byte) []byte
		stderr string
	}{
		{"short", func(p []byte) []byte { return p[:63] }, "wrong answer at byte 63: it isn't the "},
		{"long", func(p []byte) []byte { return append(p, '!') }, "wrong answer at byte 64: it isn't the "},
		{"wrong byte", func(p []byte) []byte { p[20] ^= 1; return p }, "wrong answer at byte 20: it isn't "},
		{"wrong number", func(p []byte) []byte { p[7] ^= 1; return p }, "wrong answer at byte 7: it isn't "},
	}
	for _, network := range []string{"unixpacket", "unixgram", "udp4"} {
		for _, tt := range tests {
			t.Run(network+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				addr := answerRecord(t, network, tt.answer)
				got := client(t, nil, addr, "-n", "1", "-timeout", "20s")
				if got.Code != exitDifferent || !strings.Contains(got.Stderr, tt.stderr) {
					t.Errorf("echoclient: %+v, want exit code %d and %q on standard error", got, exitDifferent, tt.stderr)
				}
			})
		}
	}
}

// answerRecord replies to one record or datagram of a load.
func answerRecord(t *testing.T, network string, answer func(p []byte) []byte) (addr string) {
	t.Helper()
	place := t.TempDir() + "/s"
	if network == "udp4" {
		place = "127.0.0.1:0"
	}
	p := make([]byte, 64, 65)
	if network == "unixpacket" {
		l, err := net.Listen(network, place)
		check(t, err)
		t.Cleanup(func() { l.Close() })
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(p)
			conn.Write(answer(p))
			conn.Read(p)
			conn.Close()
		}()
		return network + "://" + place
	}
	conn, err := net.ListenPacket(network, place)
	check(t, err)
	t.Cleanup(func() { conn.Close(); os.Remove(place) })
	go func() {
		if _, from, err := conn.ReadFrom(p); err == nil {
			right := bytes.Clone(p)
			conn.WriteTo(answer(p), from)
			conn.WriteTo(right, from) // the client waits for it
		}
	}()
	return network + "://" + conn.LocalAddr().String()
}
