//go:build unix

package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"example.com/berkeley/sock"
)

// bound returns a new socket bound to an address.
func bound(t testing.TB, typ int, sa sock.Sockaddr) (fd int) {
	t.Helper()
	fd, err := sock.Socket(sa.Family(), typ, 0)
	check(t, err)
	t.Cleanup(func() { sock.Close(fd) })
	check(t, sock.Bind(fd, sa))
	return fd
}

// unixSocket returns a socket bound to a path, its URL and its address. It doesn't listen.
func unixSocket(t testing.TB, network string, typ int) (addr string, sa sock.Sockaddr) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	sa, err := sock.Unix(path)
	check(t, err)
	bound(t, typ, sa)
	return network + "://" + path, sa
}

// inetSocket returns a socket bound to a port that the kernel picked. It doesn't listen.
func inetSocket(t testing.TB, network string, typ int) (fd int, addr string, sa sock.Sockaddr) {
	t.Helper()
	fd = bound(t, typ, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")))
	sa, err := sock.Getsockname(fd)
	check(t, err)
	return fd, network + "://" + sa.String(), sa
}

func TestRefused(t *testing.T) {
	t.Parallel()
	_, addr, _ := inetSocket(t, "tcp", sock.SOCK_STREAM)
	expect(t, client(t, nil, addr, "Hello"), exitTrouble, "", "connect "+addr+": ECONNREFUSED (connection refused)")
}

func TestUnixRefused(t *testing.T) {
	t.Parallel()
	addr, _ := unixSocket(t, "unix", sock.SOCK_STREAM)
	expect(t, client(t, nil, addr, "Hello"), exitTrouble, "", "connect "+addr+": ECONNREFUSED (connection refused)")
}

func TestDatagramRefused(t *testing.T) {
	t.Parallel()
	fd, addr, _ := inetSocket(t, "udp", sock.SOCK_DGRAM)
	// A datagram socket that is connected to itself receives nothing from others.
	sa, err := sock.Getsockname(fd)
	check(t, err)
	check(t, sock.Connect(fd, sa))
	expect(t, client(t, nil, addr, "Hello"), exitTrouble, "", "recv "+addr+": ECONNREFUSED (connection refused)")
}

func TestNoSuchPath(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "unixgram", "unixpacket"} {
		t.Run(network, func(t *testing.T) {
			addr := network + "://" + filepath.Join(t.TempDir(), "nobody")
			expect(t, client(t, nil, addr, "Hello"), exitTrouble, "", "connect "+addr+": ENOENT (no such file or directory)")
		})
	}
}

func TestNotASocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(path, nil, 0o600))
	expect(t, client(t, nil, "unix://"+path, "Hello"), exitTrouble, "", "connect unix://"+path+": ECONNREFUSED")
}

func TestWrongTypeOfSocket(t *testing.T) {
	t.Parallel()
	addr, _ := unixSocket(t, "unix", sock.SOCK_DGRAM)
	expect(t, client(t, nil, addr, "Hello"), exitTrouble, "", "connect "+addr+": EPROTOTYPE (")
}

func TestNoSuchHost(t *testing.T) {
	t.Parallel()
	// A name with two dots in a row is invalid, so the client asks no name server.
	expect(t, client(t, nil, "tcp://no..host:7", "Hello"), exitTrouble, "", "lookup no..host: no such host")
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	fd, addr, sa := inetSocket(t, "tcp", sock.SOCK_STREAM)
	fillQueue(t, fd, sa)
	got := client(t, nil, addr, "-connect-timeout", "100ms", "Hello")
	expect(t, got, exitTrouble, "", "connect "+addr+": timed out")
}

func TestUnixConnectTimeout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	sa, err := sock.Unix(path)
	check(t, err)
	fillQueue(t, bound(t, sock.SOCK_STREAM, sa), sa)
	got := client(t, nil, "unix://"+path, "-connect-timeout", "100ms", "Hello")
	expect(t, got, exitTrouble, "", "connect unix://"+path+": timed out")
}

// fillQueue makes a socket listen, and fills its accept queue.
func fillQueue(t testing.TB, fd int, sa sock.Sockaddr) {
	t.Helper()
	check(t, sock.Listen(fd, 0))
	filler, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	check(t, err)
	t.Cleanup(func() { sock.Close(filler) })
	check(t, sock.Connect(filler, sa))
}
