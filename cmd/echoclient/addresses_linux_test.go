package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// runWithFile runs a client where a file of the machine has a content of its own.
func runWithFile(t *testing.T, path, content string, args ...string) cmdtest.Result {
	t.Helper()
	need(t, "unshare")
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, []byte(content), 0o644))
	unshare := []string{"--user", "--map-root-user", "--mount", "sh", "-c", `mount --bind "$0" "$1" && shift && exec "$@"`, file, path}
	if out, err := exec.Command("unshare", append(unshare, "true")...).CombinedOutput(); err != nil {
		t.Skipf("no mount namespace: %v: %s", err, out)
	}
	return cmdtest.Run(t, nil, "unshare", slices.Concat(unshare, []string{cmdtest.Build(t, "echoclient")}, args)...)
}

// resolving runs a client that finds two addresses of two-addresses.test.
func resolving(t *testing.T, args ...string) cmdtest.Result {
	t.Helper()
	return runWithFile(t, "/etc/hosts", "127.0.0.2 two-addresses.test\n127.0.0.3 two-addresses.test\n", args...)
}

// twoAddresses gives a URL of UDP whose host has two addresses, the second of which serves if serves is true. The first
// one takes datagrams if silent is true, and otherwise refuses them.
func twoAddresses(t *testing.T, silent, serves bool) (addr, first, second string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.3:0")
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	_, port, err := net.SplitHostPort(conn.LocalAddr().String())
	check(t, err)
	if silent {
		sink, err := net.ListenPacket("udp4", "127.0.0.2:"+port)
		check(t, err)
		t.Cleanup(func() { sink.Close() })
	}
	if serves {
		go answerDatagrams(conn, func(conn net.PacketConn, p []byte, from net.Addr) { conn.WriteTo(p, from) })
	} else if !silent {
		check(t, conn.Close())
	}
	return "udp://two-addresses.test:" + port, "udp://127.0.0.2:" + port, "udp://127.0.0.3:" + port
}

// A datagram socket connects to any address. Which one the server has, the first answer tells.
func TestSecondAddress(t *testing.T) {
	for _, silent := range []bool{false, true} {
		addr, first, second := twoAddresses(t, silent, true)
		failure := "recv: ECONNREFUSED (connection refused)"
		if silent {
			failure = "recv: timed out"
		}
		t.Run("talk, "+failure, func(t *testing.T) {
			expect(t, resolving(t, "-addr", addr, "-timeout", "1s", "Hello"), exitOK, "Hello\n", "")
		})
		t.Run("load, "+failure, func(t *testing.T) {
			for _, bound := range []string{"-n=3", "-d=300ms"} {
				got := resolving(t, "-addr", addr, "-json", "-c", "2", bound)
				var r report
				check(t, json.Unmarshal([]byte(got.Stdout), &r))
				if got.Code != exitOK || r.Server != second || r.Messages == 0 || len(r.Errors) > 0 {
					t.Errorf("%+v, want messages from %s", got, second)
				}
			}
		})
		t.Run("doctor, "+failure, func(t *testing.T) {
			got := resolving(t, "-doctor", "-json", "-timeout", "1s", "-addr", addr)
			var d diagnosis
			check(t, json.Unmarshal([]byte(got.Stdout), &d))
			if got.Code != exitOK || len(d.Addresses) != 2 || d.Remote != second {
				t.Fatalf("%+v, want two addresses, of which %s serves", got, second)
			}
			if a := d.Addresses[0]; a.Address != first || a.Error != failure || a.Answered {
				t.Errorf("%+v, want %q", a, failure)
			}
			if a := d.Addresses[1]; a.Address != second || a.Error != "" || !a.Answered {
				t.Errorf("%+v, want an answer", a)
			}
		})
	}
}

// If no address answers, the error is that of each.
func TestNoAddressAnswers(t *testing.T) {
	for _, silent := range []bool{false, true} {
		addr, first, second := twoAddresses(t, silent, false)
		failure := ": ECONNREFUSED (connection refused)"
		if silent {
			failure = ": timed out"
		}
		both := "recv " + first + failure + "; recv " + second + failure + "\n"
		for _, mode := range []string{"Hello", "-n=3", "-d=300ms"} {
			got := resolving(t, "-addr", addr, "-timeout", "500ms", mode)
			expect(t, got, exitTrouble, "", both)
		}
		got := resolving(t, "-doctor", "-timeout", "500ms", "-addr", addr)
		if got.Code != exitTrouble || strings.Contains(got.Stdout, "ok: ") || !strings.Contains(got.Stdout, "echo") || !strings.Contains(got.Stderr, "recv "+first+failure) {
			t.Errorf("%+v, want nothing to be ok", got)
		}
	}
}

// A socket that takes datagrams and answers none is no server, whatever connect(2) says.
func TestDoctorSilentDatagrams(t *testing.T) {
	inet, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer inet.Close()
	unix, _ := unixSocket(t, "unixgram", sock.SOCK_DGRAM)
	for _, addr := range []string{"udp4://" + inet.LocalAddr().String(), unix} {
		d, got := diagnose(t, addr, "-timeout", "200ms")
		if got.Code != exitTrouble || len(d.Addresses) != 1 || d.Addresses[0].Error != "recv: timed out" || d.checks()["echo"].OK {
			t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d)
		}
	}
}

// A look-up without an answer ends with -connect-timeout, and for a load with -d too.
func TestLookupTimeout(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.77:53")
	if err != nil {
		t.Skip("cannot start a name server: ", err)
	}
	defer silent.Close()
	for _, args := range [][]string{
		{"-connect-timeout", "300ms", "Hello"},
		{"-connect-timeout", "300ms", "-n", "1"},
		{"-connect-timeout", "300ms", "-doctor"},
		{"-connect-timeout", "1h", "-d", "300ms"},
	} {
		config := "nameserver 127.0.0.77\noptions timeout:30 attempts:5\n"
		got := runWithFile(t, "/etc/resolv.conf", config, append([]string{"-addr", "tcp://no-such-host.test:7"}, args...)...)
		if got.Code != exitTrouble || !strings.Contains(got.Stderr, "lookup no-such-host.test") || !strings.Contains(got.Stderr, "timeout") {
			t.Errorf("%v: %+v, want a timeout", args, got)
		}
	}
}
