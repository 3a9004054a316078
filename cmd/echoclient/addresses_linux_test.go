package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// runWithFile runs a client in a mount namespace where a file of the system has other content.
func runWithFile(t *testing.T, path, content string, args ...string) cmdtest.Result {
	t.Helper()
	need(t, "unshare")
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, []byte(content), 0o644))
	unshare := []string{"--user", "--map-root-user", "--mount", "sh", "-c", `mount --bind "$0" "$1" && shift && exec "$@"`, file, path}
	if out, err := exec.Command("unshare", append(unshare, "true")...).CombinedOutput(); err != nil {
		t.Skipf("cannot create a mount namespace: %v: %s", err, out)
	}
	return cmdtest.Run(t, nil, "unshare", slices.Concat(unshare, []string{cmdtest.Build(t, "echoclient")}, args)...)
}

// resolving runs a client for which two-addresses.test has two addresses.
func resolving(t *testing.T, args ...string) cmdtest.Result {
	t.Helper()
	return runWithFile(t, "/etc/hosts", "127.0.0.2 two-addresses.test\n127.0.0.3 two-addresses.test\n", args...)
}

// twoAddresses returns a UDP URL whose host has two addresses. A server listens on the second if serves is true. The first
// receives datagrams without a reply if silent is true, and otherwise refuses them.
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

// A datagram socket connects to any address. Only the first reply shows which address the server has.
func TestSecondAddress(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		addr, first, second := twoAddresses(t, silent, true)
		// The second address has as long to reply as the first one: seconds that the test of a silent one waits for.
		failure, timeout, duration := "recv: ECONNREFUSED (connection refused)", "60s", "10s"
		if silent {
			failure, timeout, duration = "recv: timed out", "20s", "40s"
		}
		if silent && testing.Short() {
			continue
		}
		t.Run("talk, "+failure, func(t *testing.T) {
			t.Parallel()
			expect(t, resolving(t, "-addr", addr, "-timeout", timeout, "Hello"), exitOK, "Hello\n", "")
		})
		for _, bound := range []string{"-n=3", "-d=" + duration} {
			t.Run("load "+bound+", "+failure, func(t *testing.T) {
				t.Parallel()
				got := resolving(t, "-addr", addr, "-json", "-c", "2", "-rate", "100", "-timeout", timeout, bound)
				var r report
				if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || got.Code != exitOK || r.Server != second || r.Messages == 0 || len(r.Errors) > 0 {
					t.Errorf("echoclient: %+v, want messages from %s", got, second)
				}
			})
		}
		t.Run("doctor, "+failure, func(t *testing.T) {
			t.Parallel()
			got := resolving(t, "-doctor", "-json", "-timeout", timeout, "-addr", addr)
			var d diagnosis
			check(t, json.Unmarshal([]byte(got.Stdout), &d))
			if got.Code != exitOK || len(d.Addresses) != 2 || d.Remote != second {
				t.Fatalf("echoclient -doctor: %+v, want two addresses, of which %s serves", got, second)
			}
			if a := d.Addresses[0]; a.Address != first || a.Error != failure || a.Answered {
				t.Errorf("first address = %+v, want %s with error %q", a, first, failure)
			}
			if a := d.Addresses[1]; a.Address != second || a.Error != "" || !a.Answered {
				t.Errorf("second address = %+v, want %s with an answer", a, second)
			}
		})
	}
}

// A load or a diagnosis of a host with two addresses first connects to see which of them serve. To the server, that is a client
// like any other.
func TestFindingAddress(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-n=3", "-doctor"} {
		server := cmdtest.Start(t, "-listen", "tcp4://0.0.0.0:0")
		_, port, err := net.SplitHostPort(strings.TrimPrefix(server.Addr(), "tcp4://"))
		check(t, err)
		if got := resolving(t, "-addr", "tcp://two-addresses.test:"+port, args); got.Code != exitOK {
			t.Errorf("echoclient %s: %+v, want exit code %d", args, got, exitOK)
		}
		server.Stop(syscall.SIGTERM)
		if log := server.Stderr(); !strings.Contains(log, "failed=0") {
			t.Errorf("after %s, the server logged %q, want no failed client", args, log)
		}
	}
}

// If no address replies, the error names each address with its error.
func TestNoAddressAnswers(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		addr, first, second := twoAddresses(t, silent, false)
		failure := ": ECONNREFUSED (connection refused)"
		if silent {
			failure = ": timed out"
		}
		both := "recv " + first + failure + "; recv " + second + failure + "\n"
		for _, mode := range []string{"Hello", "-n=3", "-d=3s"} {
			got := resolving(t, "-addr", addr, "-timeout", "500ms", mode)
			expect(t, got, exitTrouble, "", both)
		}
		got := resolving(t, "-doctor", "-timeout", "500ms", "-addr", addr)
		if got.Code != exitTrouble || strings.Contains(got.Stdout, "ok: ") || !strings.Contains(got.Stdout, "echo") || !strings.Contains(got.Stderr, "recv "+first+failure) {
			t.Errorf("echoclient -doctor: %+v, want exit code %d and no successful check", got, exitTrouble)
		}
	}
}

// A socket that receives datagrams without replying is not a server, although connect(2) succeeds.
func TestDoctorSilentDatagrams(t *testing.T) {
	t.Parallel()
	inet, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer inet.Close()
	unix, _ := unixSocket(t, "unixgram", sock.SOCK_DGRAM)
	for _, addr := range []string{"udp4://" + inet.LocalAddr().String(), unix} {
		d, got := diagnose(t, addr, "-timeout", "200ms")
		if got.Code != exitTrouble || len(d.Addresses) != 1 || d.Addresses[0].Error != "recv: timed out" || d.checks()["echo"].OK {
			t.Errorf("exit code %d, standard error %q, %+v; want %d and a time-out of the address and of echo", got.Code, got.Stderr, d, exitTrouble)
		}
	}
}

// -connect-timeout ends a look-up that gets no reply; -d does too, for a load.
func TestLookupTimeout(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp4", "127.0.0.77:53")
	if err != nil {
		t.Skip("cannot start a name server:", err)
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
			t.Errorf("echoclient %v: %+v, want a timeout", args, got)
		}
	}
}
