package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctorLostDatagrams(t *testing.T) {
	t.Parallel()
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
	d, got := diagnose(t, "unixgram://"+path, "-timeout", "5s")
	if says := d.checks()["large datagrams"].Says; got.Code != exitOK || !strings.HasPrefix(says, "those of 64 and 1200 bytes came back; not one of 1472: ") {
		t.Errorf("exit code %d, standard error %q, checks %+v; want 0, large datagrams up to 1200 bytes", got.Code, got.Stderr, d.Checks)
	}
}

// A large datagram that comes back changed is a fault of the path, which one that is lost isn't.
func TestDoctorChangedDatagram(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer conn.Close()
	go func() {
		for p := make([]byte, 65536); ; {
			n, from, err := conn.ReadFrom(p)
			if err != nil {
				return
			}
			if n > 1000 {
				p[500] ^= 1
			}
			conn.WriteTo(p[:n], from)
		}
	}()
	d, got := diagnose(t, "udp4://"+conn.LocalAddr().String())
	want := "those of 64 bytes came back; not one of 1200: wrong answer at byte 500: it isn't the datagram that was sent"
	if f := d.checks()["large datagrams"]; got.Code != exitDifferent || f.OK || f.Says != want {
		t.Errorf("exit code %d, standard error %q, checks %+v; want %d, and %q", got.Code, got.Stderr, d.Checks, exitDifferent, want)
	}
}
