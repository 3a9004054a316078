package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// checks gives what a diagnosis says of each check.
func (d *diagnosis) checks() map[string]finding {
	checks := make(map[string]finding)
	for _, f := range d.Checks {
		checks[f.Name] = f
	}
	return checks
}

// proxy carries TCP connections to a server, and does something of its own when the client shuts down its writing side.
// The last part of a long answer comes after that.
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
	forEachTransport(t, func(t *testing.T, tr transport) {
		addr := cmdtest.Start(t, "-listen", tr.listen).Addr()
		d, got := diagnose(t, addr)
		if got.Code != exitOK || got.Stderr != "" || d.Remote != addr || len(d.Addresses) != 1 {
			t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d)
		}
		want := []string{"echo", "reading while writing", "half-close"}
		if tr.datagram() {
			want = []string{"echo", "large datagrams"}
		}
		var names []string
		for _, f := range d.Checks {
			names = append(names, f.Name)
			if !f.OK {
				t.Errorf("%+v, want ok", f)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("checks %q, want %q", names, want)
		}
		facts := make(map[string]bool)
		for _, f := range d.Kernel {
			facts[f.Name] = true
		}
		if tcp := strings.HasPrefix(addr, "tcp"); tcp != facts["round_trip_us"] || tcp != facts["retransmits"] || tcp != facts["congestion_control"] {
			t.Errorf("the kernel's facts are %+v", d.Kernel)
		}
		if inet := !strings.HasPrefix(addr, "unix"); inet != facts["path_mtu_bytes"] {
			t.Errorf("the kernel's facts are %+v", d.Kernel)
		}
	})
}

func TestDoctorText(t *testing.T) {
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
		t.Errorf("%+v, want %s", got, want)
	}
}

// A server that takes one client at a time is examined too.
func TestDoctorIterativeServer(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-engine", "iterative").Addr()
	if d, got := diagnose(t, addr); got.Code != exitOK || len(d.Checks) != 3 {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorMessageMode(t *testing.T) {
	if testing.Short() {
		t.Skip("long: the server is silent until the client gives up waiting")
	}
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0", "-mode", "message").Addr()
	d, got := diagnose(t, addr)
	checks := d.checks()
	if got.Code != exitOK || !checks["half-close"].OK || !strings.Contains(checks["echo"].Says, "after we stopped sending") ||
		!strings.Contains(checks["reading while writing"].Says, "began only when all") {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorHalfCloseKept(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	keep := func(_, server *net.TCPConn) { context.AfterFunc(t.Context(), func() { server.Close() }) }
	d, got := diagnose(t, proxy(t, server, keep), "-timeout", "500ms")
	checks := d.checks()
	if got.Code != exitTrouble || !checks["echo"].OK || checks["half-close"].OK || !strings.Contains(checks["half-close"].Says, "does not pass on our half-close") {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorHalfCloseTakenForTheEnd(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	cut := func(client, server *net.TCPConn) { server.Close(); client.Close() }
	d, got := diagnose(t, proxy(t, server, cut))
	checks := d.checks()
	if got.Code == exitOK || !checks["echo"].OK || checks["half-close"].OK || !strings.Contains(checks["half-close"].Says, "was cut off at byte ") {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}

// Without a half-close that arrives, a proxy that passes everything on is fine.
func TestDoctorProxy(t *testing.T) {
	server := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	d, got := diagnose(t, proxy(t, server, func(_, server *net.TCPConn) { server.CloseWrite() }))
	if got.Code != exitOK || !d.checks()["half-close"].OK {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}

func TestDoctorBadServer(t *testing.T) {
	tests := []struct {
		name  string
		serve func(conn *net.TCPConn, silence func()) // silence lasts to the test's end
		code  int
		says  string
	}{
		{"wrong byte", func(conn *net.TCPConn, _ func()) { p := question(conn); p[5] ^= 1; conn.Write(p); question(conn) }, exitDifferent, "wrong answer at byte 5: it isn't what was sent"},
		{"too much", func(conn *net.TCPConn, _ func()) { conn.Write(append(question(conn), '!')); question(conn) }, exitDifferent, "wrong answer at byte 64: "},
		{"closes", func(conn *net.TCPConn, _ func()) { question(conn) }, exitDifferent, "wrong answer at byte 0: the answer ended, 64 bytes are missing"},
		{"never answers", func(_ *net.TCPConn, silence func()) { silence() }, exitTrouble, "no answer within 200ms, and none after we stopped sending: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := listen(t, func(conn *net.TCPConn) { tt.serve(conn, func() { <-t.Context().Done() }) })
			d, got := diagnose(t, addr, "-timeout", "200ms")
			if echo := d.checks()["echo"]; got.Code != tt.code || echo.OK || !strings.Contains(echo.Says, tt.says) {
				t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
			}
		})
	}
}

func TestDoctorRefused(t *testing.T) {
	_, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	d, got := diagnose(t, addr)
	want := "ECONNREFUSED (connection refused)"
	if got.Code != exitTrouble || len(d.Addresses) != 1 || d.Addresses[0].Error != "connect: "+want || !strings.Contains(got.Stderr, "connect "+addr+": "+want) {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d)
	}
}

// A client that asks for MPTCP and gets TCP is told so.
func TestDoctorNoMPTCP(t *testing.T) {
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	if fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP); err != nil {
		t.Skip("no MPTCP:", err)
	} else {
		sock.Close(fd)
	}
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-doctor", strings.Replace(addr, "tcp4", "mptcp", 1))
	if got.Code != exitOK || !strings.Contains(got.Stdout, "speaks TCP only") {
		t.Errorf("%+v", got)
	}
}

func TestDoctorLostDatagrams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(t, err)
	defer conn.Close()
	go func() {
		p := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFromUnix(p)
			if err != nil {
				return
			}
			if n <= 1200 {
				conn.WriteToUnix(p[:n], from)
			}
		}
	}()
	d, got := diagnose(t, "unixgram://"+path, "-timeout", "200ms")
	if says := d.checks()["large datagrams"].Says; got.Code != exitOK || !strings.HasPrefix(says, "those of [64 1200] bytes came back; not one of 1472: ") {
		t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
	}
}
