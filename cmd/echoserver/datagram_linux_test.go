package main_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func TestDatagrams(t *testing.T) {
	messages := map[string][]byte{"empty": {}, "short": []byte("Hello, world"), "long": pattern(60_000)}
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, append(listenFlags([]string{"udp4://127.0.0.1:0", "udp6://[::1]:0", "udp://[::]:0",
			"unixgram://" + t.TempDir() + "/datagram"}), "-engine", engine)...)
		for _, addr := range server.Addrs {
			for name, message := range messages {
				t.Run(addr+" "+name, func(t *testing.T) {
					fd := dial(t, addr)
					for range 3 {
						send(t, fd, message)
						wantDatagram(t, fd, message)
					}
				})
			}
		}
	})
}

// The answer comes from the address that was asked, whichever of this machine's it is: a connected client takes no other.
func TestDatagramsToAnyAddress(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "udp4://0.0.0.0:0", "-listen", "udp://[::]:0")
		for _, listener := range server.Addrs {
			port := listener[strings.LastIndexByte(listener, ':'):]
			for _, host := range []string{"127.0.0.1", "127.0.0.2", "127.1.2.3"} {
				fd := dial(t, "udp://"+host+port)
				send(t, fd, []byte("Hello"))
				wantDatagram(t, fd, []byte("Hello"))
			}
		}
	})
}

func wantDatagram(t *testing.T, fd int, want []byte) {
	t.Helper()
	buf := make([]byte, 256<<10)
	n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
	if err != nil || string(buf[:n]) != string(want) {
		t.Fatalf("received %d bytes, %v; want the %d that were sent", n, err, len(want))
	}
}

// Datagrams that have come are answered before the end.
func TestDrainOfDatagrams(t *testing.T) {
	const queued = 10 // what a unix socket holds, unless the system's administrator says more
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, append(listenFlags([]string{"udp4://127.0.0.1:0", "udp6://[::1]:0", "udp://[::]:0",
			"unixgram://" + t.TempDir() + "/datagram"}), "-engine", engine, "-grace", "1m")...)
		server.Signal(syscall.SIGSTOP)
		var fds []int
		for _, addr := range server.Addrs {
			for range queued {
				fd := dial(t, addr)
				send(t, fd, []byte("queued"))
				fds = append(fds, fd)
			}
		}
		server.Signal(syscall.SIGTERM)
		server.Signal(syscall.SIGCONT)
		for _, fd := range fds {
			wantDatagram(t, fd, []byte("queued"))
		}
		if state := server.Wait(); state.ExitCode() != 0 {
			t.Errorf("exit code %d: %s", state.ExitCode(), server.Stderr())
		}
	})
}

// With a forged sender, two echo servers would send a datagram to each other for ever, or one to itself.
func TestDatagramsWithoutAnswer(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-v", "-listen", "udp4://127.0.0.1:0", "-listen", "udp://0.0.0.0:0")
		own := netip.MustParseAddrPort(server.Addrs[0][len("udp4://"):])
		wildcard := netip.MustParseAddrPort(server.Addrs[1][len("udp://"):])
		loopback := netip.MustParseAddr("127.0.0.1")
		for _, to := range []netip.AddrPort{own, netip.AddrPortFrom(loopback, wildcard.Port())} {
			senders := []netip.AddrPort{
				netip.AddrPortFrom(loopback, 0),
				netip.AddrPortFrom(loopback, 7),
				netip.AddrPortFrom(loopback, 1023),
				own,
				netip.AddrPortFrom(loopback, wildcard.Port()),
			}
			for _, from := range senders {
				forge(t, from, to)
				server.WaitLog("peer=" + from.String())
			}
			fd := dial(t, "udp://"+to.String())
			send(t, fd, []byte("honest"))
			wantDatagram(t, fd, []byte("honest"))
		}
	})
}

// A sender without a name can't be answered, and does no harm.
func TestDatagramWithoutSender(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-v", "-listen", "unixgram://"+t.TempDir()+"/datagram")
		sa, err := sock.ParseSockaddr(server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer sock.Close(fd)
		if _, err := sock.Sendto(fd, []byte("x"), 0, sa); err != nil {
			t.Fatal(err)
		}
		server.WaitLog("gets no answer")
		honest := dial(t, server.Addr())
		send(t, honest, []byte("honest"))
		wantDatagram(t, honest, []byte("honest"))
	})
}

// forge sends a datagram with a sender's port of its own choice: raw(7).
func forge(t *testing.T, from, to netip.AddrPort) {
	t.Helper()
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_RAW, sock.IPPROTO_UDP)
	if err == sock.EPERM && os.Geteuid() != 0 {
		t.Skip("a raw socket takes root")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fd)
	if err := sock.Bind(fd, sock.Inet(netip.AddrPortFrom(from.Addr(), 0))); err != nil {
		t.Fatal(err)
	}
	datagram := binary.BigEndian.AppendUint16(nil, from.Port())
	datagram = binary.BigEndian.AppendUint16(datagram, to.Port())
	datagram = binary.BigEndian.AppendUint16(datagram, 8+6)
	datagram = binary.BigEndian.AppendUint16(datagram, 0) // no checksum
	datagram = append(datagram, "forged"...)
	if _, err := sock.Sendto(fd, datagram, 0, sock.Inet(netip.AddrPortFrom(to.Addr(), 0))); err != nil {
		t.Fatal(err)
	}
}
