package main_test

import (
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// newSegment returns a network with an interface that has the address 10.9.0.1 and, with IPv6, fe80::1 and fd00::1:
// veth(4).
func newSegment(t *testing.T) *network {
	t.Helper()
	n := newNetwork(t)
	if out, err := n.command("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1").CombinedOutput(); err != nil {
		t.Skipf("cannot create a pair of interfaces: %s", out)
	}
	commands := []string{"ip address add 10.9.0.1/24 brd + dev v0", "ip link set v1 up", "ip link set v0 up"}
	if hasIPv6() {
		commands = append([]string{
			"sysctl -q -w net.ipv6.conf.v0.addr_gen_mode=1 net.ipv6.conf.v1.disable_ipv6=1",
			"ip address add fe80::1/64 dev v0 nodad",
			"ip address add fd00::1/64 dev v0 nodad",
		}, commands...)
	}
	for _, command := range commands {
		n.run(strings.Fields(command)...)
	}
	// The kernel tells IPv6 a little later that the link is up. In between, it may lose a datagram.
	for deadline := time.Now().Add(cmdtest.Patience); ; sock.Poll(nil, 1) {
		out, err := n.command("ip", "-brief", "link", "show", "dev", "v0").Output()
		if strings.Contains(string(out), " UP ") {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the link isn't up: %s, %v", out, err)
		}
	}
	n.run("ip", "link", "set", "v0", "up") // waits until it has been told
	return n
}

// sendFrom sends a datagram from one address to another, and returns the socket.
func (n *network) sendFrom(from, to netip.AddrPort, payload string) (fd int) {
	n.t.Helper()
	n.enter(func() {
		fd = dialUnconnected(n.t, from)
		if _, err := sock.Sendto(fd, []byte(payload), 0, sock.Inet(to)); err != nil {
			n.t.Fatalf("sendto %v: %v", to, err)
		}
	})
	return fd
}

// dialUnconnected returns a UDP socket that may send to broadcast addresses.
func dialUnconnected(t *testing.T, from netip.AddrPort) (fd int) {
	t.Helper()
	sa := sock.Inet(from)
	fd, err := sock.Socket(sa.Family(), sock.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	if err := sock.Setsockopt(fd, sock.SO_BROADCAST, true); err != nil {
		t.Fatal(err)
	}
	if err := sock.Setsockopt(fd, sock.SO_RCVTIMEO, cmdtest.Patience); err != nil {
		t.Fatal(err)
	}
	if err := sock.Bind(fd, sa); err != nil {
		t.Fatal(err)
	}
	return fd
}

// receiveFrom receives a datagram of a few bytes.
func receiveFrom(fd int) (size int, sender sock.Sockaddr, err error) {
	size, err = sock.Retry(func() (n int, err error) {
		n, sender, err = sock.Recvfrom(fd, make([]byte, 10), 0)
		return n, err
	})
	return size, sender, err
}

// toMany lists, for each listener, a client's address and destinations that reach many machines and this listener.
type toMany struct {
	listen, from string
	to           []string
}

// forEachToMany runs a test on every engine for each of toMany.
func forEachToMany(t *testing.T, f func(t *testing.T, n *network, engine string, tt toMany)) {
	if !socktest.AsRoot(t) {
		return
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		segment := newSegment(t)
		for _, tt := range allToMany {
			if len(available([]string{tt.listen})) == 0 || strings.Contains(tt.from, ":") && !hasIPv6() {
				continue
			}
			t.Run(tt.listen+" from "+tt.from, func(t *testing.T) { f(t, &network{t, segment.pid}, engine, tt) })
		}
	})
}

var allToMany = []toMany{
	{"udp4://0.0.0.0:0", "10.9.0.1", []string{"10.9.0.255", "255.255.255.255", "224.0.0.1", "127.255.255.255"}},
	{"udp://[::]:0", "10.9.0.1", []string{"10.9.0.255", "255.255.255.255", "127.255.255.255"}}, // IPv4 groups require a membership here
	{"udp://[::]:0", "fe80::1%v0", []string{"ff02::1%v0", "ff01::1%v0"}},
	{"udp6://[::]:0", "fd00::1", []string{"ff02::1%v0"}},
	{"udp4://10.9.0.255:0", "10.9.0.1", []string{"10.9.0.255"}},
	{"udp4://255.255.255.255:0", "10.9.0.1", []string{"255.255.255.255"}},
	{"udp4://224.0.0.1:0", "10.9.0.1", []string{"224.0.0.1"}},
	{"udp6://[ff02::1%v0]:0", "fd00::1", []string{"ff02::1%v0"}},
}

// Datagrams to broadcast and multicast addresses get no answer: every server would answer, and so amplify each datagram.
func TestNoAnswerToMany(t *testing.T) {
	t.Parallel()
	forEachToMany(t, func(t *testing.T, n *network, engine string, tt toMany) {
		server := n.start("-engine", engine, "-v", "-listen", tt.listen)
		from, port := netip.MustParseAddr(tt.from), addrPort(server.Addr()).Port()
		for i, to := range tt.to {
			n.sendFrom(netip.AddrPortFrom(from, 0), netip.AddrPortFrom(netip.MustParseAddr(to), port), "x")
			server.WaitLogs("sent to a broadcast or multicast address", i+1)
		}
		toOne := ""
		if addrPort(server.Addr()).Addr().IsUnspecified() {
			toOne = "to one"
			fd := n.sendFrom(netip.AddrPortFrom(from, 0), netip.AddrPortFrom(from, port), toOne)
			wantDatagram(t, fd, []byte(toOne))
		}
		server.Stop(syscall.SIGTERM)
		if sent, failed := counted(t, server, "sent"), counted(t, server, "failed"); sent != len(toOne) || failed != 0 {
			t.Errorf("counters: sent=%d, want %d; failed=%d, want 0; log:\n%s", sent, len(toOne), failed, server.Stderr())
		}
	})
}

// With -answer-broadcast, answers come from the interface's address.
func TestAnswerToMany(t *testing.T) {
	t.Parallel()
	forEachToMany(t, func(t *testing.T, n *network, engine string, tt toMany) {
		server := n.start("-engine", engine, "-answer-broadcast", "-listen", tt.listen)
		port := addrPort(server.Addr()).Port()
		for _, to := range tt.to {
			from := netip.MustParseAddr(tt.from)
			own := []string{"10.9.0.1", "fe80::1", "fd00::1"}
			if to == "127.255.255.255" {
				from, own = netip.MustParseAddr("127.0.0.1"), []string{"127.0.0.1"}
			}
			fd := n.sendFrom(netip.AddrPortFrom(from, 0), netip.AddrPortFrom(netip.MustParseAddr(to), port), "x")
			size, sender, err := receiveFrom(fd)
			if size != 1 || err != nil || !slices.Contains(own, sender.AddrPort().Addr().WithZone("").String()) || sender.AddrPort().Port() != port {
				t.Errorf("answer to a datagram to %s: %d bytes from %v, %v; want 1 byte from one of %v", to, size, sender, err, own)
			}
		}
	})
}

// A datagram to a single address is answered from that address, for all addresses of both ends.
func TestAnswersFromTheAddressAsked(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		n := newSegment(t)
		server := n.start(append(listenFlags([]string{"udp4://0.0.0.0:0", "udp://[::]:0"}), "-engine", engine)...)
		tests := []struct{ from, to string }{
			{"10.9.0.1", "127.0.0.1"},
			{"127.0.0.1", "10.9.0.1"},
			{"fe80::1%v0", "fe80::1%v0"},
			{"fd00::1", "fe80::1%v0"},
			{"fe80::1%v0", "fd00::1"},
			{"::1", "fd00::1"},
		}
		for _, listener := range server.Addrs {
			for _, tt := range tests {
				from, to := netip.MustParseAddr(tt.from), netip.MustParseAddr(tt.to)
				if to.Is6() && !strings.Contains(listener, "[::]") {
					continue
				}
				fd := n.sendFrom(netip.AddrPortFrom(from, 0), netip.AddrPortFrom(to, addrPort(listener).Port()), "x")
				size, sender, err := receiveFrom(fd)
				if size != 1 || err != nil || sender.AddrPort().Addr().WithZone("") != to.WithZone("") {
					t.Errorf("%s: answer to a datagram from %s to %s: %d bytes from %v, %v; want 1 byte from %[3]s", listener, from, to, size, sender, err)
				}
			}
		}
	})
}
