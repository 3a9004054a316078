package sock_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// inet6OrSkip skips a test where there is no IPv6.
func inet6OrSkip(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	l.Close()
}

// A socket that is closed still has its address, and errors name its network.
func TestNamesAfterClose(t *testing.T) {
	listening, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{})
	check(t, err)
	address := listening.LocalAddr().String()
	client, err := net.Dial("tcp", address)
	check(t, err)
	defer client.Close()
	accepted, err := listening.Accept()
	check(t, err)
	datagrams, err := new(sock.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	check(t, err)
	conn, err := sock.ListenConn(inet("127.0.0.1:0"), sock.ServerOptions{Type: sock.SOCK_DGRAM})
	check(t, err)
	for network, c := range map[string]interface {
		Close() error
		LocalAddr() net.Addr
	}{"tcp": listening, "udp": datagrams, "udp ": conn} {
		check(t, c.Close())
		if got := c.LocalAddr().String(); strings.HasSuffix(got, ":0") || !strings.HasPrefix(got, "127.0.0.1:") {
			t.Errorf("%s: LocalAddr after Close = %s, want the address", network, got)
		}
	}
	check(t, accepted.Close())
	_, acceptErr := listening.Listener().Accept()
	_, readErr := accepted.Read(make([]byte, 1))
	_, _, packetErr := datagrams.ReadFrom(make([]byte, 1))
	for want, err := range map[string]error{
		"accept tcp " + address: acceptErr, "read tcp ": readErr, "read udp " + datagrams.LocalAddr().String(): packetErr,
		"set tcp": accepted.SetReadBuffer(1), "set udp " + conn.LocalAddr().String(): conn.SetWriteBuffer(1),
	} {
		if !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want it to begin with %q", err, want)
		}
	}
}

// A socket of a network for IPv6 alone can have a port that is in use for IPv4.
func TestDialNetwork6(t *testing.T) {
	inet6OrSkip(t)
	taken, err := net.ListenPacket("udp4", "0.0.0.0:0")
	check(t, err)
	defer taken.Close()
	port := taken.LocalAddr().(*net.UDPAddr).Port
	if other, err := net.ListenPacket("udp6", fmt.Sprintf("[::]:%d", port)); err != nil {
		t.Skip("another program has the port for IPv6:", err)
	} else {
		check(t, other.Close())
	}
	c, err := (&sock.Dialer{LocalAddr: &net.UDPAddr{Port: port}}).Dial("udp6", "[::1]:9")
	if err != nil {
		t.Fatal(err)
	}
	check(t, c.Close())
}

// Errors of raw IP name the network that was asked for, with its protocol.
func TestDialRawNetwork(t *testing.T) {
	refuse := func(context.Context, string, string, syscall.RawConn) error { return sock.EPERM }
	_, err := (&sock.Dialer{ControlContext: refuse}).Dial("ip4:icmp", "127.0.0.1")
	if failed, ok := errors.AsType[*net.OpError](err); !ok || failed.Net != "ip4:icmp" {
		t.Errorf("Dial: %v, want an error of ip4:icmp", err)
	}
}

// A function of SetTrace that makes a Conn does not wait for File.
func TestTraceFunctionDials(t *testing.T) {
	log, err := sock.ListenURL(t.Context(), "udp://127.0.0.1:0")
	check(t, err)
	defer log.Close()
	url := "udp://" + log.LocalAddr().String()
	c, err := sock.Dial(t.Context(), url)
	check(t, err)
	defer c.Close()
	sock.SetTrace(func(line string) {
		writer, err := sock.Dial(t.Context(), url)
		if err == nil {
			_, err = fmt.Fprint(writer, line)
			writer.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
	defer sock.SetTrace(nil)
	f, err := c.File()
	sock.SetTrace(nil)
	check(t, err)
	check(t, f.Close())
	check(t, log.SetReadDeadline(time.Now().Add(time.Minute)))
	p := make([]byte, 1000)
	for !strings.Contains(string(p), "FIONBIO, [0]") {
		n, err := log.Read(p[:cap(p)])
		check(t, err)
		p = p[:n]
	}
}

// A function of SetTrace may send with the PacketConn whose names are being asked for.
func TestTraceFunctionWrites(t *testing.T) {
	log, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	defer log.Close()
	c, err := new(sock.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	check(t, err)
	defer c.Close()
	sock.SetTrace(func(line string) {
		if _, err := c.WriteTo([]byte(line), log.LocalAddr()); err != nil {
			t.Error(err)
		}
	})
	defer sock.SetTrace(nil)
	c.LocalAddr()
	c.(*sock.UDPConn).RemoteAddr()
}

// A socket that connects without the Conn's doing has other names afterwards, in whatever order they are asked for.
func TestNamesAfterConnect(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsTCP() {
			continue
		}
		for _, remoteFirst := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%t", k.Name, remoteFirst), func(t *testing.T) {
				server, err := sock.SockaddrOf(listeningConn(t, k).LocalAddr())
				check(t, err)
				fd, err := sock.Socket(k.Domain, k.Type, k.Protocol)
				check(t, err)
				c, err := sock.NewConn(fd)
				check(t, err)
				defer c.Close()
				if err := c.Control(func(fd int) error { return sock.Connect(fd, server) }); err != sock.EINPROGRESS {
					checkSocket(t, err) // the wildcard address of a server leads to ::1, which may be missing
				}
				_, err = c.Write([]byte("x")) // waits for the connection
				check(t, err)
				if remoteFirst {
					c.RemoteAddr()
				}
				local, err := sock.Getsockname(fd)
				check(t, err)
				remote, err := sock.Getpeername(fd)
				check(t, err)
				if got := c.LocalAddr().String(); got != local.String() {
					t.Errorf("LocalAddr is %s, want %s", got, local)
				}
				if got := c.RemoteAddr().String(); got != remote.String() {
					t.Errorf("RemoteAddr is %s, want %s", got, remote)
				}
			})
		}
	}
}
