//go:build unix

package sock_test

import (
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

// networks lists the networks of ParseEndpoint, with addresses to serve.
var networks = []struct {
	network, address string
	datagram         bool
}{
	{"tcp", "127.0.0.1:0", false},
	{"tcp", "localhost:", false},
	{"tcp", ":0", false},
	{"tcp4", "", false},
	{"tcp6", "[::1]:0", false},
	{"mptcp", "127.0.0.1:0", false},
	{"udp", "127.0.0.1:0", true},
	{"udp", "", true},
	{"udp4", ":0", true},
	{"udp6", "[::1]:0", true},
	{"unix", "PATH", false},
	{"unix", "@ABSTRACT", false},
	{"unixpacket", "PATH", false},
	{"unixpacket", "@ABSTRACT", false},
	{"unixgram", "PATH", true},
	{"vsock", "local:any", false},
}

// served returns the address at which a test serves a network. It skips the test on systems without the network.
func served(t *testing.T, network, address string) string {
	t.Helper()
	isLinux := runtime.GOOS == "linux"
	switch {
	case address == "PATH":
		return filepath.Join(t.TempDir(), "a%41 b") // in a path, % is an ordinary character
	case address == "@ABSTRACT" && isLinux:
		return "@" + t.TempDir()
	case !isLinux && (address == "@ABSTRACT" || network == "mptcp" || network == "vsock"):
		t.Skipf("only Linux has network %q at address %q", network, address)
	}
	return address
}

// reachable returns a server's address in the form that a client dials.
func reachable(addr net.Addr) string {
	return strings.TrimPrefix(addr.String(), "vsock:")
}

// checkOneOf tells streams and datagram sockets apart as libraries do, by the interfaces that c has.
func checkOneOf(t *testing.T, c net.Conn, datagram bool) {
	t.Helper()
	_, isPacketConn := c.(net.PacketConn)
	_, isConn := c.(*sock.Conn)
	if isPacketConn != datagram || isConn == datagram {
		t.Errorf("got a %T, want a net.PacketConn: %t", c, datagram)
	}
}

// exchange sends from the client to the server and back.
func exchange(t *testing.T, client net.Conn, server io.ReadWriter) {
	t.Helper()
	_, err := client.Write([]byte("hello"))
	check(t, err)
	p := make([]byte, 8)
	packets, _ := server.(net.PacketConn)
	if packets == nil {
		n, err := server.Read(p)
		check(t, err)
		_, err = server.Write(p[:n])
		check(t, err)
	} else {
		n, from, err := packets.ReadFrom(p)
		check(t, err)
		if from == nil || from.String() == "" { // an AF_UNIX sender without a name
			return
		}
		_, err = packets.WriteTo(p[:n], from)
		check(t, err)
	}
	if n, err := client.Read(p); string(p[:n]) != "hello" || err != nil {
		t.Errorf("Read = %q, %v, want hello", p[:n], err)
	}
}

func TestDialContext(t *testing.T) {
	for _, test := range networks {
		t.Run(test.network+" "+test.address, func(t *testing.T) {
			ctx, address := context10s(t), served(t, test.network, test.address)
			var config sock.ListenConfig
			var d sock.Dialer
			if test.datagram {
				server, err := config.ListenPacket(ctx, test.network, address)
				checkSocket(t, err)
				defer server.Close()
				client, err := d.DialContext(ctx, test.network, reachable(server.LocalAddr()))
				check(t, err)
				defer client.Close()
				checkOneOf(t, client, true)
				exchange(t, client, server.(net.Conn))
				return
			}
			l, err := config.Listen(ctx, test.network, address)
			checkSocket(t, err)
			defer l.Close()
			client, err := d.DialContext(ctx, test.network, reachable(l.Addr()))
			checkSocket(t, err)
			defer client.Close()
			checkOneOf(t, client, false)
			server, err := l.Accept()
			check(t, err)
			defer server.Close()
			exchange(t, client, server)
		})
	}
}

func TestDialURL(t *testing.T) {
	for _, test := range networks {
		t.Run(test.network+" "+test.address, func(t *testing.T) {
			ctx, address := context10s(t), served(t, test.network, test.address)
			url := test.network + ":" + strings.ReplaceAll(address, "%", "%25")
			if !strings.HasPrefix(test.network, "unix") {
				url = test.network + "://" + strings.TrimSuffix(address, "0") + "0"
				if !strings.Contains(address, ":") {
					url = test.network + "://:0"
				}
			}
			if test.network == "vsock" {
				url = "vsock://" + address
			}
			server, err := sock.ListenURL(ctx, url)
			checkSocket(t, err)
			defer server.Close()
			e, err := sock.ParseEndpoint(url)
			check(t, err)
			sa, err := sock.SockaddrOf(server.LocalAddr())
			check(t, err)
			client, err := sock.Dial(ctx, e.URL(sa))
			checkSocket(t, err)
			defer client.Close()
			if test.datagram {
				exchange(t, client, server.PacketConn().(net.Conn))
				return
			}
			c, err := server.Accept()
			check(t, err)
			defer c.Close()
			exchange(t, client, c)
		})
	}
}
