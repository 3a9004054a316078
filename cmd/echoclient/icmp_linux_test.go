package main

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// Codes of an ICMP error of type 3, destination unreachable: RFC 792, RFC 1812.
const (
	hostUnreachable = 1
	portUnreachable = 3
	mustBeShorter   = 4
	prohibited      = 13
	noError         = -1
)

// routedServer echoes datagrams as if it were behind a router, which refuses some of them by ICMP. refuse gets the
// number of a datagram, from 1, and its length.
func routedServer(t *testing.T, refuse func(n, length int) (code int)) (addr string) {
	t.Helper()
	raw, err := sock.Socket(sock.AF_INET, sock.SOCK_RAW, sock.IPPROTO_ICMP)
	check(t, err)
	t.Cleanup(func() { sock.Close(raw) })
	n := 0
	return datagramServer(t, func(conn net.PacketConn, p []byte, from net.Addr) {
		n++
		code := refuse(n, len(p))
		if code == noError {
			conn.WriteTo(p, from)
			return
		}
		client := from.(*net.UDPAddr).AddrPort()
		message := unreachable4(code, client.Port(), uint16(conn.LocalAddr().(*net.UDPAddr).Port))
		if _, err := sock.Sendto(raw, message, 0, sock.Inet(client)); err != nil {
			t.Errorf("sendto: %v", err)
		}
	})
}

// unreachable4 returns an ICMP error for a datagram from one port of 127.0.0.1 to another.
func unreachable4(code int, from, to uint16) []byte {
	const headerSize, mtu, ipSize, udpSize = 8, 576, 20, 8
	p := make([]byte, headerSize+ipSize+udpSize)
	p[0], p[1] = 3, byte(code)
	binary.BigEndian.PutUint16(p[6:], mtu)
	ip := p[headerSize:]
	ip[0], ip[8], ip[9] = 0x45, 64, unix.IPPROTO_UDP
	copy(ip[12:], []byte{127, 0, 0, 1, 127, 0, 0, 1})
	udp := ip[ipSize:]
	binary.BigEndian.PutUint16(udp, from)
	binary.BigEndian.PutUint16(udp[2:], to)
	var sum uint32
	for i := 0; i < len(p); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	binary.BigEndian.PutUint16(p[2:], ^uint16(sum+sum>>16))
	return p
}

// inOwnLoopback runs a test in a network that has nothing but lo, whose routes learn what a router reports.
func inOwnLoopback(t *testing.T) (inside bool) {
	t.Helper()
	need(t, "ip")
	if !socktest.Unshare(t, unix.CLONE_NEWNET) {
		return false
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Skipf("cannot use the loopback interface: %v: %s", err, out)
	}
	return true
}

// A datagram that is too long for a router on the way is sent again, in shorter packets.
func TestDatagramTooLongForPath(t *testing.T) {
	t.Parallel()
	if !inOwnLoopback(t) {
		return
	}
	words := strings.Repeat("x", 1300)
	first := func(n, _ int) int {
		if n == 1 {
			return mustBeShorter
		}
		return noError
	}
	expect(t, client(t, nil, routedServer(t, first), words), exitOK, words+"\n", "")

	always := func(int, int) int { return mustBeShorter }
	expect(t, client(t, nil, routedServer(t, always), words), exitTrouble, "", ": EMSGSIZE (message too long)")

	refused := false
	long := func(_, length int) int {
		if length > 1200 && !refused {
			refused = true
			return mustBeShorter
		}
		return noError
	}
	d, got := diagnose(t, routedServer(t, long))
	if c := d.checks()["large datagrams"]; got.Code != exitOK || c.Says != "those of 64, 1200, 1472 and 8972 bytes came back" {
		t.Errorf("echoclient -doctor: %+v, want that all sizes came back", got)
	}
}

// In a load, an ICMP error means the loss of a datagram if the server has answered before.
func TestLoadUnreachable(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits until a datagram counts as lost: not with -short")
	}
	if !inOwnLoopback(t) {
		return
	}
	at := func(number, code int) func(n, _ int) int {
		return func(n, _ int) int {
			if n == number {
				return code
			}
			return noError
		}
	}
	for _, tt := range []struct {
		name           string
		refuse         func(n, length int) int
		messages, lost int64
		code           int
		failure        string
	}{
		{"too long, first", at(1, mustBeShorter), 4, 1, exitOK, ""},
		{"too long, later", at(3, mustBeShorter), 4, 1, exitOK, ""},
		{"refused, first", at(1, portUnreachable), 0, 0, exitTrouble, "recv: ECONNREFUSED (connection refused)"},
		{"refused, later", at(3, portUnreachable), 4, 1, exitTrouble, "recv: ECONNREFUSED (connection refused)"},
		{"unreachable, later, which the kernel doesn't report", at(3, hostUnreachable), 4, 1, exitOK, ""},
		{"prohibited, later", at(3, prohibited), 4, 1, exitTrouble, "recv: EHOSTUNREACH (no route to host)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := client(t, nil, routedServer(t, tt.refuse), "-n", "5", "-size", "1300", "-timeout", "5s", "-json")
			var r report
			check(t, json.Unmarshal([]byte(got.Stdout), &r))
			failed := len(r.Errors) > 0
			if got.Code != tt.code || r.Messages != tt.messages || r.Lost != tt.lost || failed != (tt.failure != "") || failed && r.Errors[tt.failure] != 1 {
				t.Errorf("echoclient: %+v, want %+v", got, tt)
			}
		})
	}
}

// A load gives up a server that stays unreachable.
func TestLoadStaysUnreachable(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits until a datagram counts as lost: not with -short")
	}
	if !inOwnLoopback(t) {
		return
	}
	gone := func(n, _ int) int {
		if n > 1 {
			return portUnreachable
		}
		return noError
	}
	got := client(t, nil, routedServer(t, gone), "-n", "1000000", "-timeout", "5s", "-connect-timeout", "3s", "-json")
	var r report
	check(t, json.Unmarshal([]byte(got.Stdout), &r))
	if got.Code != exitTrouble || r.Messages != 1 || r.Errors["recv: ECONNREFUSED (connection refused)"] != 2 {
		t.Errorf("echoclient: %+v, want one message, and ECONNREFUSED twice", got)
	}
}
