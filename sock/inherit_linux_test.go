package sock_test

import (
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// acceptOne returns the next client of a listener.
func acceptOne(t *testing.T, l *sock.Conn) *sock.Conn {
	t.Helper()
	c, err := l.Accept()
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	return c
}

// AcceptInherits tells whether accept4(2) returns sockets with TCP_NODELAY, if only the listener was given it.
func TestAcceptInherits(t *testing.T) {
	fd, err := sock.CreateServer(inet("127.0.0.1:0"), sock.ServerOptions{})
	check(t, err)
	own(t, fd)
	check(t, sock.Setsockopt(fd, sock.TCP_NODELAY, true))
	c, err := sock.DialConn(t.Context(), name(t, fd), sock.DialOptions{})
	check(t, err)
	defer c.Close()
	client, _, err := sock.Accept(fd)
	check(t, err)
	own(t, client)
	if got, err := sock.Getsockopt(client, sock.TCP_NODELAY); err != nil || got != sock.AcceptInherits() {
		t.Errorf("an accepted socket inherits: %t, %v; AcceptInherits = %t", got, err, sock.AcceptInherits())
	}
}

// In gVisor, whose accepted sockets inherit little, Accept sets the options that ListenConn was called with.
func TestAcceptSetsOptions(t *testing.T) {
	if !underStrace() {
		strace(t, "-e", "trace=uname", "-e", "inject="+socktest.InjectRelease("4.4.0"))
		return
	}
	if sock.AcceptInherits() {
		t.Error("AcceptInherits = true, want false")
	}
	tcp := kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM}
	l := listeningConn(t, tcp)
	want := tcpOptionsOf(t, l)
	check(t, sock.SetConnOption(l, sock.TCP_NODELAY, false))
	check(t, sock.SetConnOption(l, sock.SO_KEEPALIVE, false))
	dialed(t, l, tcp)
	if got := tcpOptionsOf(t, acceptOne(t, l)); got != want {
		t.Errorf("options of an accepted socket = %+v, want %+v", got, want)
	}
}
