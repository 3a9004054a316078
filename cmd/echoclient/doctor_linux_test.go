package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// diagnose runs -doctor.
func diagnose(t *testing.T, addr string, args ...string) (*diagnosis, cmdtest.Result) {
	t.Helper()
	got := client(t, nil, addr, append([]string{"-doctor", "-json"}, args...)...)
	d := &diagnosis{}
	check(t, json.Unmarshal([]byte(got.Stdout), d))
	return d, got
}

// checks returns a diagnosis's checks by name.
func (d *diagnosis) checks() map[string]finding {
	checks := make(map[string]finding)
	for _, f := range d.Checks {
		checks[f.Name] = f
	}
	return checks
}

// proxy forwards TCP connections to a server, and calls atEnd when the client has shut down its writing side. It
// forwards the last part of a long reply after that.
func proxy(t *testing.T, server string, atEnd func(client, server *net.TCPConn)) (addr string) {
	return listen(t, func(client *net.TCPConn) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server, "tcp4://"))
		if err != nil {
			return
		}
		defer conn.Close()
		ended, back := make(chan bool), make(chan bool)
		go func() {
			defer close(back)
			io.CopyN(client, conn, bulkSize-10_000)
			<-ended
			io.Copy(client, conn)
			client.CloseWrite()
		}()
		io.Copy(conn, client)
		atEnd(client, conn.(*net.TCPConn))
		close(ended)
		<-back
	})
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, tr transport) {
		addr := cmdtest.Start(t, "-listen", tr.listen).Addr()
		d, got := diagnose(t, addr)
		if got.Code != exitOK || got.Stderr != "" || d.Remote != addr || len(d.Addresses) != 1 {
			t.Errorf("exit code %d, standard error %q, %+v; want 0, \"\" and one address, %s", got.Code, got.Stderr, d, addr)
		}
		want := []string{"echo", "reading while writing", "half-close"}
		if tr.datagram() {
			want = []string{"echo", "large datagrams"}
		}
		var names []string
		for _, f := range d.Checks {
			names = append(names, f.Name)
			if !f.OK {
				t.Errorf("check = %+v, want ok", f)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("names of the checks = %q, want %q", names, want)
		}
		facts := make(map[string]bool)
		for _, f := range d.Kernel {
			facts[f.Name] = true
		}
		if tcp := strings.HasPrefix(addr, "tcp"); tcp != facts["round_trip_us"] || tcp != facts["retransmits"] || tcp != facts["congestion_control"] {
			t.Errorf("unexpected facts of the kernel: %+v", d.Kernel)
		}
		if inet := !strings.HasPrefix(addr, "unix") && !strings.HasPrefix(addr, "vsock"); inet != facts["path_mtu_bytes"] {
			t.Errorf("unexpected facts of the kernel: %+v", d.Kernel)
		}
	})
}

func TestDoctorText(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-doctor", addr)
	want := regexp.MustCompile(`^addresses +look-up .*
 +` + regexp.QuoteMeta(addr) + ` +ok: connected in .*
names +here +tcp4://127.0.0.1:\d+
 +there +` + regexp.QuoteMeta(addr) + `
checks +echo +ok: 10 messages of 64 bytes came back, .*
 +reading while writing +ok: .*
 +half-close +ok: .*
kernel +path mtu +[\d,]+ bytes
 +congestion control +\w+
 +round trip +.*
(?: +.*\n)+$`)
	if got.Code != exitOK || got.Stderr != "" || !want.MatchString(got.Stdout) {
		t.Errorf("echoclient -doctor: %+v, want a report like %s", got, want)
	}
}

// What an older kernel's TCP_INFO lacks is no fact.
func TestFactsOfOlderKernels(t *testing.T) {
	t.Parallel()
	facts := []tcpFact{{"Rtt", fact{Name: "a"}}, {"TotalRetrans", fact{Name: "b"}}, {"DeliveryRate", fact{Name: "c"}}, {"SndWnd", fact{Name: "d"}}}
	for length, want := range map[int]string{0: "", 4: "", 104: "ab", 192: "abc", 512: "abcd"} {
		names := ""
		for _, f := range knownFacts(length, facts...) {
			names += f.Name
		}
		if names != want {
			t.Errorf("known with %d bytes: %q, want %q", length, names, want)
		}
	}
}

// A server that serves one client at a time passes all checks too.
func TestDoctorIterativeServer(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-engine", "iterative").Addr()
	if d, got := diagnose(t, addr); got.Code != exitOK || len(d.Checks) != 3 {
		t.Errorf("exit code %d, standard error %q, checks %+v; want 0 and 3 checks", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorMessageMode(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-mode", "message").Addr()
	d, got := diagnose(t, addr)
	checks := d.checks()
	if got.Code != exitOK || !checks["half-close"].OK || !strings.Contains(checks["echo"].Says, "after we stopped sending") ||
		!strings.Contains(checks["reading while writing"].Says, "began only when all") {
		t.Errorf("exit code %d, standard error %q, checks %+v; want 0, answers after the half-close", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorHalfCloseKept(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	keep := func(_, server *net.TCPConn) { context.AfterFunc(t.Context(), func() { server.Close() }) }
	d, got := diagnose(t, proxy(t, server, keep), "-timeout", "8s")
	checks := d.checks()
	if got.Code != exitTrouble || !checks["echo"].OK || checks["half-close"].OK || !strings.Contains(checks["half-close"].Says, "does not pass on our half-close") {
		t.Errorf("exit code %d, standard error %q, checks %+v; want %d, half-close not passed on", got.Code, got.Stderr, d.Checks, exitTrouble)
	}
}

func TestDoctorHalfCloseTakenForTheEnd(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	cut := func(client, server *net.TCPConn) { server.Close(); client.Close() }
	d, got := diagnose(t, proxy(t, server, cut))
	checks := d.checks()
	if got.Code == exitOK || !checks["echo"].OK || checks["half-close"].OK || !strings.Contains(checks["half-close"].Says, "was cut off at byte ") {
		t.Errorf("exit code %d, standard error %q, checks %+v; want a failure, half-close cut off", got.Code, got.Stderr, d.Checks)
	}
}

// A proxy that forwards all bytes and both half-closes passes.
func TestDoctorProxy(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	d, got := diagnose(t, proxy(t, server, func(_, server *net.TCPConn) { server.CloseWrite() }))
	if got.Code != exitOK || !d.checks()["half-close"].OK {
		t.Errorf("exit code %d, standard error %q, checks %+v; want 0, half-close ok", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorBadServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		serve func(conn *net.TCPConn, silence func()) // silence lasts until the test ends
		code  int
		says  string
	}{
		{"wrong byte", func(conn *net.TCPConn, _ func()) { p := question(conn); p[5] ^= 1; conn.Write(p); question(conn) }, exitDifferent, "wrong answer at byte 5: it isn't what was sent"},
		{"too much", func(conn *net.TCPConn, _ func()) { conn.Write(append(question(conn), '!')); question(conn) }, exitDifferent, "wrong answer at byte 64: "},
		{"closes", func(conn *net.TCPConn, _ func()) { question(conn) }, exitDifferent, "wrong answer at byte 0: the answer ended, 64 bytes are missing"},
		{"never answers", func(_ *net.TCPConn, silence func()) { silence() }, exitTrouble, "no answer within 3s, and none after we stopped sending: recv ADDR: timed out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, func() { <-t.Context().Done() }) })
			d, got := diagnose(t, addr, "-timeout", timeoutFor(tt.says))
			want := strings.ReplaceAll(tt.says, "ADDR", addr)
			if echo := d.checks()["echo"]; got.Code != tt.code || echo.OK || !strings.Contains(echo.Says, want) {
				t.Errorf("exit code %d, standard error %q, checks %+v; want %d and echo to say %q", got.Code, got.Stderr, d.Checks, tt.code, want)
			}
		})
	}
}

// A byte that changes on the way is no fault of the half-close, whenever it comes.
func TestDoctorChangedByte(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		connection int64
		offset     int64
		failed     string // the check that fails
	}{
		{"of the answer's end", 2, bulkSize - 608, "reading while writing"},
		{"after the half-close", 3, 10000, "half-close"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int64
			addr := listen(t, func(conn *net.TCPConn) {
				if connections.Add(1) == tt.connection {
					io.CopyN(conn, conn, tt.offset)
					changed := make([]byte, 1)
					io.ReadFull(conn, changed)
					conn.Write([]byte{changed[0] ^ 1})
				}
				io.Copy(conn, conn)
			})
			d, got := diagnose(t, addr)
			want := fmt.Sprintf("wrong answer at byte %d: it isn't what was sent", tt.offset)
			if says := d.checks()[tt.failed].Says; got.Code != exitDifferent || !strings.HasSuffix(says, want) || strings.Contains(says, "full close") {
				t.Errorf("exit code %d, standard error %q, checks %+v; want %s to say %q", got.Code, got.Stderr, d.Checks, tt.failed, want)
			}
			for name, check := range d.checks() {
				if name != tt.failed && !check.OK {
					t.Errorf("%s: %s, want only %s to fail", name, check.Says, tt.failed)
				}
			}
		})
	}
}

func TestDoctorRefused(t *testing.T) {
	t.Parallel()
	_, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	d, got := diagnose(t, addr)
	want := "ECONNREFUSED (connection refused)"
	if got.Code != exitTrouble || len(d.Addresses) != 1 || d.Addresses[0].Error != "connect: "+want || !strings.Contains(got.Stderr, "connect "+addr+": "+want) {
		t.Errorf("exit code %d, standard error %q, %+v; want %d and %s of connect", got.Code, got.Stderr, d, exitTrouble, want)
	}
}

// A client that asks for MPTCP and gets TCP says so.
func TestDoctorNoMPTCP(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	if fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP); err != nil {
		t.Skip("this kernel does not support MPTCP:", err)
	} else {
		sock.Close(fd)
	}
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-doctor", strings.Replace(addr, "tcp4", "mptcp", 1))
	if got.Code != exitOK || !strings.Contains(got.Stdout, "speaks TCP only") {
		t.Errorf("echoclient -doctor: %+v, want a remark that the server speaks TCP only", got)
	}
}
