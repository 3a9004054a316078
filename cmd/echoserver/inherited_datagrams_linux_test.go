package main_test

import (
	"net/netip"
	"syscall"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// Datagrams that the kernel joins come back one by one, including those that arrived before the server started.
func TestJoinedDatagrams(t *testing.T) {
	t.Parallel()
	const size, count = 1000, 10
	message := pattern(size*count + 5) // and a short one at the end
	for _, transport := range available([]string{"udp4://127.0.0.1:0", "udp6://[::1]:0", "udp://[::]:0"}) {
		t.Run(transport, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				fd, addr := bound(t, transport)
				if err := sock.Setsockopt(fd, sock.UDP_GRO, true); err != nil {
					t.Skip("UDP_GRO:", err)
				}
				client := dial(t, addr)
				join := func() {
					m := sock.Msg{Iov: [][]byte{message}, Control: sock.CMSG_UDP_SEGMENT.Append(nil, size)}
					if _, err := sock.Sendmsg(client, &m, 0); err != nil {
						t.Skip("UDP_SEGMENT:", err)
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
					t.Errorf("the server counted %d datagrams, want %d", accepted, 2*(count+1))
				}
			})
		})
	}
}

// Datagrams that arrived before the server started are answered from the address that they were sent to.
func TestDatagramBeforeTheServer(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	n := newNetwork(t)
	n.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 0")
	var fd int
	n.enter(func() {
		var err error
		if fd, err = sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, sock.IPPROTO_ICMP); err != nil {
			t.Skip("cannot create a socket for ICMP:", err)
		}
		t.Cleanup(func() { sock.Close(fd) })
		if err := sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:4000"))); err != nil {
			t.Fatal(err)
		}
	})
	wantRefusal(t, 1, "sockets of family 2, type 2 and protocol 1 are not supported", runActivated(t, []int{fd}))
}
