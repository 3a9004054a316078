package main_test

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// bound makes a socket of a transport with an address, as a service manager would hand it over.
func bound(t *testing.T, transport string) (fd int, addr string) {
	t.Helper()
	e, err := sock.ParseEndpoint(transport)
	if err != nil {
		t.Fatal(err)
	}
	sa, err := sock.ParseSockaddr(transport)
	if err != nil {
		t.Fatal(err)
	}
	if fd, err = sock.Socket(sa.Family(), e.Type, e.Protocol); err != nil {
		t.Skip("socket: ", err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	if err := sock.Bind(fd, sa); err != nil {
		t.Skip("bind: ", err)
	}
	if !e.Datagram() {
		if err := sock.Listen(fd, 10); err != nil {
			t.Fatal(err)
		}
	}
	if sa, err = sock.Getsockname(fd); err != nil {
		t.Fatal(err)
	}
	return fd, e.URL(sa)
}

// inherits starts a server that inherits a socket.
func inherits(t *testing.T, fd int, args ...string) *cmdtest.Server {
	t.Helper()
	return cmdtest.StartProgram(t, activated(t, []int{fd}, "", append([]string{cmdtest.Build(t, "echoserver")}, args...)...))
}

// wantDatagrams has several datagrams in flight at once, short and long, and each must come back as it was sent.
func wantDatagrams(t *testing.T, addr string) {
	t.Helper()
	fd := dial(t, addr)
	messages := [][]byte{[]byte("Hello"), {}, pattern(1200), pattern(9000), []byte("world")}
	for _, message := range messages {
		send(t, fd, message)
	}
	buf := make([]byte, 64<<10)
	for range messages {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
		if err != nil {
			t.Fatalf("%d datagrams didn't come back: %v", len(messages), err)
		}
		i := slices.IndexFunc(messages, func(p []byte) bool { return string(p) == string(buf[:n]) })
		if i < 0 {
			t.Fatalf("a datagram of %d bytes came back that was not sent", n)
		}
		messages = slices.Delete(messages, i, i+1) // event loops may overtake each other
	}
}

// sendAndGo has the server answer a client that is gone.
func sendAndGo(t *testing.T, server *cmdtest.Server, addr string) {
	t.Helper()
	stoppedWhile(t, server, func() bool {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer sock.Close(fd)
		if _, err := sock.Sendto(fd, []byte("gone"), 0, sock.Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), addrPort(addr).Port()))); err != nil {
			t.Fatal(err)
		}
		return true
	})
}

// Options of an inherited socket that would change what comes back, or keep the server busy, are put right.
func TestOptionsOfInheritedDatagramSockets(t *testing.T) {
	const sent = unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	tests := []struct {
		option sock.AnyOption
		value  any
		want   any // nil where it may stay
	}{
		{sock.UDP_GRO, true, nil},
		{sock.UDP_SEGMENT, 100, 0},
		{sock.UDP_CORK, true, false},
		{sock.UDP_ENCAP, 2, 0}, // UDP_ENCAP_ESPINUDP: the kernel takes what looks like IPsec
		{sock.SO_BROADCAST, true, false},
		{sock.SO_TIMESTAMPING, sock.SoTimestamping{Flags: sent}, sock.SoTimestamping{}},
		{sock.IP_RECVERR, true, false},
		{sock.IP_RECVOPTS, true, false},
		{sock.SO_PEEK_OFF, 3, nil},
		{sock.SO_RCVTIMEO, time.Millisecond, nil},
		{sock.SO_SNDTIMEO, time.Millisecond, nil},
	}
	for _, tt := range tests {
		t.Run(tt.option.Label(), func(t *testing.T) {
			t.Parallel()
			fd, addr := bound(t, "udp4://0.0.0.0:0")
			if err := tt.option.Set(fd, tt.value); err != nil {
				t.Skip("it can't be set here: ", err)
			}
			server := inherits(t, fd)
			wantDatagrams(t, "udp://127.0.0.2:"+port(addr))
			sendAndGo(t, server, addr)
			wantDatagrams(t, "udp://127.0.0.2:"+port(addr))
			wantCalm(t, server)
			if got, err := tt.option.Get(fd); tt.want != nil && got != tt.want {
				t.Errorf("it is %v, %v; want %v", got, err, tt.want)
			}
			server.Stop(syscall.SIGTERM)
			if failed := counted(t, server, "failed"); failed != 0 {
				t.Errorf("%d answers failed:\n%s", failed, server.Stderr())
			}
		})
	}
}

// All options at once that can be on or off don't change what comes back.
func TestAllOptionsOfInheritedDatagramSockets(t *testing.T) {
	transports := map[string]string{
		"udp4://127.0.0.1:0": "127.0.0.1", "udp4://0.0.0.0:0": "127.0.0.2",
		"udp6://[::1]:0": "[::1]", "udp://[::]:0": "127.0.0.2",
		"unixgram://" + t.TempDir() + "/datagram": "",
	}
	for transport, host := range transports {
		t.Run(transport, func(t *testing.T) {
			fd, addr := bound(t, transport)
			turnAllOn(t, fd)
			server := inherits(t, fd)
			if host != "" {
				addr = "udp://" + host + ":" + port(addr)
			}
			for range 3 {
				wantDatagrams(t, addr)
			}
			wantCalm(t, server)
		})
	}
}

// turnAllOn turns all options of a socket on that are off.
func turnAllOn(t *testing.T, fd int) {
	t.Helper()
	set := 0
	for _, o := range sock.Options() {
		if value, err := o.Get(fd); err == nil && value == false && o.Set(fd, true) == nil {
			set++
		}
	}
	if set == 0 {
		t.Fatal("no option could be set")
	}
}

// The same for the connections of a listener.
func TestAllOptionsOfInheritedListeners(t *testing.T) {
	forEachServer(t, func(t *testing.T, engine, mode string) {
		for _, transport := range connections(t) {
			t.Run(transport, func(t *testing.T) {
				fd, addr := bound(t, transport)
				turnAllOn(t, fd)
				server := inherits(t, fd, "-engine", engine, "-mode", mode)
				for _, size := range []int{1, 100_000} {
					wantEcho(t, addr, pattern(size))
				}
				wantCalm(t, server)
			})
		}
	})
}

// Datagrams that the kernel joins come back one by one, those too that came before the server.
func TestJoinedDatagrams(t *testing.T) {
	const size, count = 1000, 10
	message := pattern(size*count + 5) // and a short one at the end
	for _, transport := range available([]string{"udp4://127.0.0.1:0", "udp6://[::1]:0", "udp://[::]:0"}) {
		t.Run(transport, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				fd, addr := bound(t, transport)
				if err := sock.Setsockopt(fd, sock.UDP_GRO, true); err != nil {
					t.Skip("UDP_GRO: ", err)
				}
				client := dial(t, addr)
				join := func() {
					m := sock.Msg{Iov: [][]byte{message}, Control: sock.AppendControl(nil, sock.CMSG_UDP_SEGMENT, size)}
					if _, err := sock.Sendmsg(client, &m, 0); err != nil {
						t.Skip("UDP_SEGMENT: ", err)
					}
				}
				want := func() {
					t.Helper()
					for rest := message; len(rest) > 0; rest = rest[min(size, len(rest)):] {
						wantDatagram(t, client, rest[:min(size, len(rest))])
					}
				}
				join()
				server := inherits(t, fd, "-engine", engine)
				want()
				join()
				want()
				server.Stop(syscall.SIGTERM)
				if accepted := counted(t, server, "accepted"); accepted != 2*(count+1) {
					t.Errorf("%d datagrams are counted, want %d", accepted, 2*(count+1))
				}
			})
		})
	}
}

// What came before the server is answered from the address that it was sent to.
func TestDatagramBeforeTheServer(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, transport := range available([]string{"udp4://0.0.0.0:0", "udp://[::]:0"}) {
			fd, addr := bound(t, transport)
			client := dial(t, "udp://127.0.0.2:"+port(addr))
			send(t, client, []byte("early"))
			inherits(t, fd, "-engine", engine)
			wantDatagram(t, client, []byte("early"))
		}
	})
}

// A socket for ICMP has datagrams and a port number too: icmp(7).
func TestInheritedPingSocket(t *testing.T) {
	if !socktest.AsRoot(t) {
		return
	}
	n := newNetwork(t)
	n.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 0")
	var fd int
	n.enter(func() {
		var err error
		if fd, err = sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, sock.IPPROTO_ICMP); err != nil {
			t.Skip("cannot make a socket for ICMP: ", err)
		}
		t.Cleanup(func() { sock.Close(fd) })
		if err := sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:4000"))); err != nil {
			t.Fatal(err)
		}
	})
	wantRefusal(t, 1, "sockets of family 2, type 2 and protocol 1 are not supported", runActivated(t, []int{fd}))
}

// Clients get options of an inherited listener put right, and the listener keeps them.
func TestOptionsOfInheritedListeners(t *testing.T) {
	tests := []struct {
		option sock.AnyOption
		value  any
		trace  string
	}{
		{sock.SO_RCVLOWAT, 100, "SO_RCVLOWAT, [1], 4) = 0"},
		{sock.SO_RCVTIMEO, time.Millisecond, "SO_RCVTIMEO_OLD, "},
		{sock.SO_SNDTIMEO, time.Millisecond, "SO_SNDTIMEO_OLD, "},
		{sock.SO_PEEK_OFF, 5, "SO_PEEK_OFF, [-1], 4) = 0"},
		{sock.TCP_CORK, true, "TCP_CORK, [0], 4) = 0"},
		{sock.IP_RECVERR, true, "IP_RECVERR, [0], 4) = 0"},
		{sock.SO_TIMESTAMPING, sock.SoTimestamping{Flags: unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE}, "SO_TIMESTAMPING_OLD, "},
	}
	for _, tt := range tests {
		t.Run(tt.option.Label(), func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				t.Parallel()
				fd, addr := bound(t, "tcp4://127.0.0.1:0")
				if err := tt.option.Set(fd, tt.value); err != nil {
					t.Skip("it can't be set here: ", err)
				}
				value, err := tt.option.Get(fd) // the kernel may round it
				if err != nil {
					t.Fatal(err)
				}
				early := dial(t, addr) // connected before the server is there
				server := inherits(t, fd, "-engine", engine, "-idle-timeout", "0", "-trace")
				for _, client := range []int{early, dial(t, addr)} {
					send(t, client, []byte("x"))
					receive(t, client, []byte("x"))
					server.WaitLog(tt.trace)
					fds := []sock.Pollfd{{Fd: int32(client), Events: sock.POLLRDHUP}}
					if n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 50) }); n != 0 || err != nil {
						t.Errorf("a client that waits is hung up on: %v", err)
					}
					shutdown(t, client) // before the next one, for the iterative engine
					wantAnswer(t, client, nil)
				}
				if now, err := tt.option.Get(fd); now != value || err != nil {
					t.Errorf("the listener's is %v, %v; it was %v", now, err, value)
				}
			})
		})
	}
}

// Descriptors that a client sends along are not kept.
func TestDescriptorsInDatagrams(t *testing.T) {
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "unixgram://"+t.TempDir()+"/datagram", "-listen", "udp4://0.0.0.0:0")
		fd := dial(t, server.Addr())
		exchange := func(i int) {
			m := sock.Msg{Iov: [][]byte{fmt.Append(nil, i)}, Control: sock.AppendRights(nil, 0, 0, 0)}
			if _, err := sock.Sendmsg(fd, &m, 0); err != nil {
				t.Fatal(err)
			}
			wantDatagram(t, fd, fmt.Append(nil, i))
		}
		exchange(0)
		before := descriptors(t, server)
		for i := range 10 {
			exchange(i)
		}
		if after := descriptors(t, server); after != before {
			t.Errorf("the server has %d descriptors, and had %d before it got more", after, before)
		}
	})
}
