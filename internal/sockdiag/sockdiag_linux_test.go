package sockdiag

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	socktest.NeedLoopback()
	removeTempDir := socktest.PlainTempDir()
	code := m.Run()
	removeTempDir()
	os.Exit(code)
}

const limit = 10 * time.Second

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open opens a Conn, or skips the test where the kernel has no sock_diag.
func open(t *testing.T, q Query) *Conn {
	t.Helper()
	c, err := Open()
	if err == nil {
		t.Cleanup(func() { c.Close() })
		err = c.Each(q, func(*Socket) {})
	}
	if err != nil {
		t.Skip("no sock_diag here:", err)
	}
	return c
}

// socket makes a socket that the test's end closes, bound to a loopback address.
func socket(t *testing.T, typ int, loopback string) (fd int, local sock.Sockaddr) {
	t.Helper()
	sa := sock.Inet(netip.AddrPortFrom(netip.MustParseAddr(loopback), 0))
	fd, err := sock.Socket(sa.Family(), typ, 0)
	check(t, err)
	t.Cleanup(func() { sock.Close(fd) })
	if err := sock.Bind(fd, sa); err == sock.EADDRNOTAVAIL {
		t.Skip("no IPv6 here:", err)
	} else {
		check(t, err)
	}
	local, err = sock.Getsockname(fd)
	check(t, err)
	return fd, local
}

// tcp is a listener with one connection, of which the client's descriptor is the caller's to close.
type tcp struct {
	listener, client, server int
	at, from                 sock.Sockaddr // the listener's name and the client's
}

func newTCP(t *testing.T, loopback string) tcp {
	t.Helper()
	var p tcp
	p.listener, p.at = socket(t, sock.SOCK_STREAM, loopback)
	check(t, sock.Listen(p.listener, 7))
	var err error
	p.client, err = sock.Socket(p.at.Family(), sock.SOCK_STREAM, 0)
	check(t, err)
	check(t, sock.Connect(p.client, p.at))
	p.server, p.from, err = sock.Accept(p.listener)
	check(t, err)
	t.Cleanup(func() { sock.Close(p.server) })
	return p
}

// list gives the sockets that match.
func list(t *testing.T, c *Conn, q Query) (all []Socket) {
	t.Helper()
	check(t, c.Each(q, func(s *Socket) { all = append(all, *s) }))
	return all
}

// await waits until the socket between two names is as wanted.
func await(t *testing.T, c *Conn, local, remote sock.Sockaddr, wanted string, is func(Socket) bool) Socket {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		s, err := c.Find(sock.IPPROTO_TCP, local, remote)
		if err == nil && is(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("Find(%v, %v) = %+v, %v; want %s", local, remote, s, err, wanted)
		}
	}
}

// infoOf is the zero Info if the kernel gave none.
func infoOf(s Socket) Info {
	info, _ := s.Info()
	return info
}

func awaitState(t *testing.T, c *Conn, local, remote sock.Sockaddr, want sock.TCPState) Socket {
	t.Helper()
	return await(t, c, local, remote, want.String(), func(s Socket) bool { return s.State == want })
}

// A connection is found in each state of its life, with a descriptor and without.
func TestStates(t *testing.T) {
	for _, loopback := range []string{"127.0.0.1", "::1"} {
		t.Run(loopback, func(t *testing.T) {
			q := Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP}
			p := newTCP(t, loopback)
			c := open(t, q)
			inode := func(fd int) uint32 {
				var st unix.Stat_t
				check(t, unix.Fstat(fd, &st))
				return uint32(st.Ino)
			}
			s := awaitState(t, c, p.from, p.at, sock.TCP_ESTABLISHED)
			cookie, err := sock.Getsockopt(p.client, sock.SO_COOKIE)
			check(t, err)
			if s.Cookie != cookie || s.Inode != inode(p.client) || s.Inode == 0 || infoOf(s).State != s.State {
				t.Errorf("the client's socket = %+v; want cookie %d and inode %d", s, cookie, inode(p.client))
			}
			check(t, sock.Shutdown(p.client, sock.SHUT_WR))
			awaitState(t, c, p.at, p.from, sock.TCP_CLOSE_WAIT)
			awaitState(t, c, p.from, p.at, sock.TCP_FIN_WAIT2)
			check(t, sock.Close(p.client))
			if s := awaitState(t, c, p.from, p.at, sock.TCP_FIN_WAIT2); s.Inode != 0 {
				t.Errorf("the client's socket after close(2) = %+v, want no inode", s)
			}
			check(t, sock.Shutdown(p.server, sock.SHUT_WR))
			s = awaitState(t, c, p.from, p.at, sock.TCP_TIME_WAIT)
			if _, ok := s.Info(); ok || s.Timer != TimeWait || s.Expires <= 0 {
				t.Errorf("the client's socket in TIME_WAIT = %+v, want its timer and no TCP_INFO", s)
			}
			if _, err := c.Find(sock.IPPROTO_TCP, p.at, p.from); err != sock.ENOENT {
				t.Errorf("Find of the server's socket: %v, want ENOENT", err)
			}
		})
	}
}

// A listener shows how many connections wait, and its limit; those that wait have no inode.
func TestListener(t *testing.T) {
	listener, at := socket(t, sock.SOCK_STREAM, "127.0.0.1")
	check(t, sock.Listen(listener, 7))
	for range 3 {
		client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check(t, err)
		defer sock.Close(client)
		check(t, sock.Connect(client, at))
	}
	socket(t, sock.SOCK_STREAM, "127.0.0.1") // bound to another port
	q := Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, LocalPort: at.AddrPort().Port(), Info: true, Memory: true}
	c := open(t, q)
	listeners, waiting := 0, 0
	for _, s := range list(t, c, q) {
		switch {
		case s.Local != at:
			t.Errorf("a socket with another port was listed: %+v", s)
		case s.State == sock.TCP_LISTEN:
			listeners++
			if s.Received != 3 || s.Queued != 7 {
				t.Errorf("%d of %d clients wait, want 3 of 7", s.Received, s.Queued)
			}
		case s.State == sock.TCP_ESTABLISHED && s.Inode == 0:
			waiting++
		}
	}
	if listeners != 1 || waiting != 3 {
		t.Errorf("%d listeners and %d waiting clients, want 1 and 3", listeners, waiting)
	}
	q.States = In(sock.TCP_LISTEN)
	if all := list(t, c, q); len(all) != 1 || all[0].State != sock.TCP_LISTEN {
		t.Errorf("sockets in LISTEN = %+v, want one", all)
	}
	live := In(sock.TCP_LISTEN, sock.TCP_ESTABLISHED) // others had the port before, and may be in TIME_WAIT
	q = Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, States: live, EitherPorts: []uint16{1, at.AddrPort().Port(), 2}}
	if all := list(t, c, q); len(all) != 7 {
		t.Errorf("%d sockets have the port at either end, want 7: the listener, 3 waiting, 3 of clients", len(all))
	}
	q = Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, States: live, RemotePort: at.AddrPort().Port()}
	if all := list(t, c, q); len(all) != 3 {
		t.Errorf("%d sockets have the port at the remote end, want 3", len(all))
	}
}

// Queues and TCP_INFO count the bytes of a connection.
func TestBytes(t *testing.T) {
	p := newTCP(t, "127.0.0.1")
	defer sock.Close(p.client)
	c := open(t, Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP})
	_, err := sock.SendAll(p.client, make([]byte, 1000), 0)
	check(t, err)
	await(t, c, p.at, p.from, "1000 bytes received and unread", func(s Socket) bool {
		return s.Received == 1000 && infoOf(s).Received == 1000
	})
	await(t, c, p.from, p.at, "1000 bytes acknowledged", func(s Socket) bool { return s.Queued == 0 && infoOf(s).Acked >= 1000 })
}

// Two names that only look like each other's are not found, nor is the listener in place of a connection.
func TestFindNothing(t *testing.T) {
	listener, at := socket(t, sock.SOCK_STREAM, "127.0.0.1")
	check(t, sock.Listen(listener, 1))
	c := open(t, Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP})
	for _, remote := range []string{"127.0.0.1:1", "127.0.0.2:0"} {
		if s, err := c.Find(sock.IPPROTO_TCP, at, sock.Inet(netip.MustParseAddrPort(remote))); err != sock.ENOENT {
			t.Errorf("Find of a client at %s = %+v, %v; want ENOENT", remote, s, err)
		}
	}
}
