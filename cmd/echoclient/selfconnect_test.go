//go:build linux

package main

import (
	"os/exec"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
)

// connectToItself runs a client whose socket gets the very port that it connects to: in a network namespace where the
// kernel can pick only one port.
func connectToItself(t *testing.T, addr string) cmdtest.Result {
	t.Helper()
	need(t, "unshare")
	need(t, "ip")
	if out, err := exec.Command("unshare", "--net", "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Skipf("cannot create a network namespace with a loopback interface: %v: %s", err, out)
	}
	if strings.Contains(addr, "[") {
		needIPv6(t)
	}
	const script = `ip link set lo up && echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range && exec "$0" "$@"`
	return cmdtest.Run(t, nil, "unshare", "--net", "sh", "-c", script, cmdtest.Build(t, "echoclient"), "-addr", addr, "Hello")
}

func TestConnectToItself(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	for _, addr := range []string{
		"tcp://127.0.0.1:40000",
		"tcp6://[::1]:40000",
		"tcp6://[::ffff:127.0.0.1]:40000",
		"udp://127.0.0.1:40000",
	} {
		t.Run(addr, func(t *testing.T) {
			expect(t, connectToItself(t, addr), exitTrouble, "", "connect "+addr+": connected to itself")
		})
	}
}

// The unspecified address means this machine, so the socket's address differs from the one that was asked for.
func TestConnectToItselfByTheUnspecifiedAddress(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	for _, addr := range []string{
		"tcp://0.0.0.0:40000",
		"tcp6://[::]:40000",
		"udp://0.0.0.0:40000",
	} {
		t.Run(addr, func(t *testing.T) {
			expect(t, connectToItself(t, addr), exitTrouble, "", "connect "+addr+": connected to itself")
		})
	}
}
