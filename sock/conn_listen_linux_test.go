package sock_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A listener on all addresses does without IPv6 if the kernel or a sandbox refuses it, whatever the errno.
func TestListenWithoutIPv6(t *testing.T) {
	if !HasDualStackIPv6() {
		t.Skip("this machine has no IPv6")
	}
	const socket, option = unix.SYS_SOCKET, unix.SYS_SETSOCKOPT
	for _, test := range []struct {
		name    string
		call    int32 // the call that fails, for an AF_INET6 socket or with the option IPV6_V6ONLY
		errno   Errno
		network string
		want    string // the listener's address, or "" for an error
	}{
		{"TCP", socket, EAFNOSUPPORT, "tcp", "0.0.0.0"},
		{"TCP refused", socket, EPERM, "tcp", "0.0.0.0"},
		{"TCP refused, EACCES", socket, EACCES, "tcp", "0.0.0.0"},
		{"TCP refused, EINVAL", socket, EINVAL, "tcp", "0.0.0.0"},
		{"TCP refused, ENOSYS", socket, ENOSYS, "tcp", "0.0.0.0"},
		{"UDP refused", socket, EPERM, "udp", "0.0.0.0"},
		{"TCP over IPv6 only", socket, EPERM, "tcp6", ""},
		{"no descriptors", socket, EMFILE, "tcp", ""},
		{"IPV6_V6ONLY refused", option, EPERM, "tcp", "::"},
		{"IPV6_V6ONLY refused, UDP", option, EPERM, "udp", "::"},
		{"IPV6_V6ONLY needed and refused", option, EPERM, "tcp6", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			socktest.NeedLinux(t, "5.5", "SECCOMP_USER_NOTIF_FLAG_CONTINUE")
			if text, err := os.ReadFile("/proc/sys/net/ipv6/bindv6only"); err == nil && string(text) != "0\n" && test.call == option {
				t.Skip("net.ipv6.bindv6only changes which networks need IPV6_V6ONLY")
			}
			var addr net.Addr
			var err error
			playKernel(t, socket, option).play(func() { addr, err = listenBriefly(test.network) }, func(n notification) response {
				if n.nr == test.call && (n.nr == socket && n.args[0] == AF_INET6 || n.nr == option && n.args[2] == unix.IPV6_V6ONLY) {
					return response{errno: -int32(test.errno)}
				}
				return goesOn
			})
			switch {
			case test.want == "" && ErrnoName(err) != ErrnoName(test.errno):
				t.Errorf("listens on %v, %v, want %v", addr, err, test.errno)
			case test.want != "" && (err != nil || !strings.HasPrefix(addr.String(), net.JoinHostPort(test.want, ""))):
				t.Errorf("listens on %v, %v, want %s", addr, err, test.want)
			}
		})
	}
}

// listenBriefly listens on all addresses of a network, and returns the listener's address.
func listenBriefly(network string) (net.Addr, error) {
	c, err := ListenURL(context.Background(), network+"://:0")
	if err != nil {
		return nil, err
	}
	return c.LocalAddr(), c.Close()
}
