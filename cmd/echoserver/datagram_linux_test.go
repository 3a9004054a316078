package main_test

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestDatagrams(t *testing.T) {
	t.Parallel()
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

// The answer comes from the address that the datagram was sent to: a connected client accepts no other.
func TestDatagramsToAnyAddress(t *testing.T) {
	t.Parallel()
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
		t.Fatalf("received %d bytes, %v; want the %d bytes sent", n, err, len(want))
	}
}

// -answer-broadcast doesn't change the answers to datagrams that were sent to the server's own addresses.
func TestAnswerBroadcastAnswersAll(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-answer-broadcast", "-listen", "udp4://127.0.0.1:0", "-listen", "udp4://0.0.0.0:0")
	for _, addr := range server.Addrs {
		fd := dial(t, strings.Replace(addr, "0.0.0.0", "127.0.0.1", 1))
		send(t, fd, []byte("Hello"))
		wantDatagram(t, fd, []byte("Hello"))
	}
}

// Datagrams that have arrived are answered before the server ends.
func TestDrainOfDatagrams(t *testing.T) {
	t.Parallel()
	const queued = 10 // default length of a unix socket's queue: net.unix.max_dgram_qlen
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
			t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
		}
	})
}

// A datagram that seems to come from a server gets no answer, or two servers might answer each other forever, or one
// itself.
func TestDatagramsWithoutAnswer(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		n := newNetwork(t)
		server := n.start("-engine", engine, "-v", "-listen", "udp4://127.0.0.1:0", "-listen", "udp://0.0.0.0:0")
		specific, wildcard := addrPort(server.Addrs[0]), addrPort(server.Addrs[1])
		loopback, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.1.2.3")
		for _, to := range []netip.AddrPort{specific, netip.AddrPortFrom(loopback, wildcard.Port())} {
			senders := []netip.AddrPort{
				netip.AddrPortFrom(loopback, 0),
				netip.AddrPortFrom(loopback, 7),
				netip.AddrPortFrom(loopback, 1023),
				specific,
				netip.AddrPortFrom(loopback, wildcard.Port()),
				netip.AddrPortFrom(other, specific.Port()),
				netip.AddrPortFrom(other, wildcard.Port()),
			}
			for _, from := range senders {
				n.enter(func() { forge(t, from, to, "forged") })
				server.WaitLog("peer=" + from.String())
			}
			fd := n.dial("udp://" + to.String())
			send(t, fd, []byte("honest"))
			wantDatagram(t, fd, []byte("honest"))
		}
	})
}

// Addresses that the host got after the start, and those of local routes, are the server's own too.
func TestNoAnswerToLaterAddresses(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	for _, command := range []string{"ip address add 10.99.1.2/32 dev lo", "ip route add local 10.99.0.0/16 dev lo"} {
		t.Run(command, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				n := newNetwork(t)
				server := n.start("-engine", engine, "-v", "-listen", "udp://0.0.0.0:0", "-listen", "udp://0.0.0.0:0")
				n.run(strings.Fields(command)...)
				later := netip.MustParseAddr("10.99.1.2")
				one := netip.AddrPortFrom(later, addrPort(server.Addrs[0]).Port())
				two := netip.AddrPortFrom(later, addrPort(server.Addrs[1]).Port())
				n.enter(func() {
					forge(t, one, one, "itself")
					forge(t, one, two, "each other")
				})
				server.WaitLogs("peer="+one.String(), 2)
				server.Stop(syscall.SIGTERM)
				if accepted, refused := counted(t, server, "accepted"), counted(t, server, "refused"); accepted != 2 || refused != 2 {
					t.Errorf("counters: accepted=%d, refused=%d; want 2 and 2", accepted, refused)
				}
			})
		})
	}
}

// A sender without a name can't be answered, and causes no harm.
func TestDatagramWithoutSender(t *testing.T) {
	t.Parallel()
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

// Over AF_UNIX, answers that clients don't receive fill the server's send buffer. Other clients are still served.
func TestUnreadAnswers(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "unixgram://"+t.TempDir()+"/datagram")
		for range 5 {
			fd := dial(t, server.Addr())
			for range 20 { // the queue holds 11
				send(t, fd, pattern(60_000))
			}
		}
		fd := dial(t, server.Addr())
		for i := range 100 {
			send(t, fd, fmt.Append(nil, "Hello ", i))
			wantDatagram(t, fd, fmt.Append(nil, "Hello ", i))
		}
	})
}
