package life

import (
	"net/netip"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// What the kernel lists in /proc is what sock_diag says.
func TestAskers(t *testing.T) {
	withDiag := NewAsker()
	defer withDiag.Close()
	for _, loopback := range []string{"127.0.0.1", "::1"} {
		t.Run(loopback, func(t *testing.T) {
			sa := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(loopback), 0))
			listener := socktest.Bound(t, sa.Family(), sock.SOCK_STREAM, sa)
			socktest.Check(t, sock.Listen(listener, 1))
			server, err := sock.Getsockname(listener)
			socktest.Check(t, err)
			fd := socktest.Socket(t, sa.Family(), sock.SOCK_STREAM, 0)
			socktest.Check(t, sock.Connect(fd, server))
			client, err := sock.Getsockname(fd)
			socktest.Check(t, err)
			accepted, _, err := sock.Accept(listener)
			socktest.Check(t, err)
			socktest.Own(t, accepted)
			_, err = sock.SendAll(fd, []byte("Hello"), 0)
			socktest.Check(t, err)
			_, err = sock.Recv(accepted, make([]byte, 5), sock.MSG_PEEK|sock.MSG_WAITALL)
			socktest.Check(t, err)
			for _, asker := range []*Asker{withDiag, {}} {
				s := State{FD: NoFD}
				if found := asker.Ask(&s, server, client); !found || s.State != "ESTABLISHED" || s.Unread != 5 {
					t.Errorf("the connection: found %v, %+v, want ESTABLISHED and 5 bytes to read", found, s)
				}
				if found := asker.Ask(&s, client, client); found {
					t.Errorf("a connection that doesn't exist: %+v, want none", s)
				}
			}
			socktest.Check(t, sock.Shutdown(fd, sock.SHUT_WR))
			_, err = sock.RecvAll(accepted, 5)
			socktest.Check(t, err)
			for _, asker := range []*Asker{withDiag, {}} {
				s := State{FD: NoFD}
				if found := asker.Ask(&s, server, client); !found || s.State != "CLOSE_WAIT" {
					t.Errorf("after shutdown: found %v, %+v, want CLOSE_WAIT", found, s)
				}
			}
		})
	}
}
