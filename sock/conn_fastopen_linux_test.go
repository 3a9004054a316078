package sock_test

import (
	"errors"
	"os"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// fastOpenServer serves TCP Fast Open in a new network namespace, where no client has a cookie yet.
func fastOpenServer(t *testing.T) (l *sock.Conn, sa sock.Sockaddr) {
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_fastopen", []byte("3"), 0); err != nil {
		t.Skip("cannot turn on TCP Fast Open:", err)
	}
	l, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{
		Control: func(fd int) error { return sock.Setsockopt(fd, sock.TCP_FASTOPEN, 8) },
	})
	check(t, err)
	t.Cleanup(func() { l.Close() })
	return l, address(t, l)
}

// checkHello accepts a client that has sent hello, in its SYN or later.
func checkHello(t *testing.T, l *sock.Conn, bySYN bool) {
	t.Helper()
	c, err := l.Accept()
	check(t, err)
	defer c.Close()
	p := make([]byte, 8)
	n, err := c.Read(p)
	info, failed := sock.GetConnOption(c, sock.TCP_INFO)
	const synData = 1 << 5 // TCPI_OPT_SYN_DATA
	if string(p[:n]) != "hello" || errors.Join(err, failed) != nil || (info.Options&synData != 0) != bySYN {
		t.Errorf("got %q, in the SYN: %t, want hello, %t; %v, %v", p[:n], info.Options&synData != 0, bySYN, err, failed)
	}
}

func TestConnFastOpen(t *testing.T) {
	if !socktest.Unshare(t, unix.CLONE_NEWNET) {
		return
	}
	l, sa := fastOpenServer(t)
	for _, hasCookie := range []bool{false, true} {
		c := conn(t, socket(t, sock.AF_INET, sock.SOCK_STREAM, 0))
		switch n, err := c.Sendto([]byte("hello"), sock.MSG_FASTOPEN, sa); {
		case hasCookie && (n != 5 || err != nil):
			t.Errorf("Sendto with a cookie = %d, %v, want 5", n, err)
		case !hasCookie && (n != 0 || !errors.Is(err, sock.EINPROGRESS)):
			t.Errorf("Sendto without a cookie = %d, %v, want EINPROGRESS", n, err)
		case !hasCookie:
			_, err := c.Write([]byte("hello"))
			check(t, err)
		}
		checkHello(t, l, hasCookie)
	}
}

// With TCP_FASTOPEN_CONNECT and a cookie, the first Write connects.
func TestConnFastOpenConnect(t *testing.T) {
	if !socktest.Unshare(t, unix.CLONE_NEWNET) {
		return
	}
	l, sa := fastOpenServer(t)
	for _, hasCookie := range []bool{false, true} {
		c, err := sock.DialConn(t.Context(), sa, sock.DialOptions{
			Control: func(fd int) error { return sock.Setsockopt(fd, sock.TCP_FASTOPEN_CONNECT, true) },
		})
		check(t, err)
		defer c.Close()
		if c.RemoteAddr().String() != sa.String() {
			t.Errorf("peer is %v, want %v", c.RemoteAddr(), sa)
		}
		_, err = c.Write([]byte("hello"))
		check(t, err)
		checkHello(t, l, hasCookie)
	}
}

// A Write that begins to connect and sends nothing with it, as one of no bytes does, waits for the connection.
func TestConnFastOpenEmptyWrite(t *testing.T) {
	if !socktest.Unshare(t, unix.CLONE_NEWNET) {
		return
	}
	l, sa := fastOpenServer(t)
	for range 2 { // the first connection gets the cookie
		c, err := sock.DialConn(t.Context(), sa, sock.DialOptions{
			Control: func(fd int) error { return sock.Setsockopt(fd, sock.TCP_FASTOPEN_CONNECT, true) },
		})
		check(t, err)
		defer c.Close()
		for _, p := range []string{"", "hello"} {
			if n, err := c.Write([]byte(p)); n != len(p) || err != nil {
				t.Errorf("Write(%q) = %d, %v", p, n, err)
			}
		}
		checkHello(t, l, false)
	}
}
