package sockdiag

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestUDP(t *testing.T) {
	for _, loopback := range []string{"127.0.0.1", "::1"} {
		t.Run(loopback, func(t *testing.T) {
			server, at := socket(t, sock.SOCK_DGRAM, loopback)
			client, from := socket(t, sock.SOCK_DGRAM, loopback)
			check(t, sock.Connect(client, at))
			_, err := sock.Send(client, []byte("hello"), 0)
			check(t, err)
			check(t, awaitInput(server))
			q := Query{Family: at.Family(), Protocol: sock.IPPROTO_UDP, LocalPort: at.AddrPort().Port()}
			c := open(t, q)
			all := list(t, c, q)
			if len(all) != 1 || all[0].Local != at || all[0].State != sock.TCP_CLOSE || all[0].Received == 0 || all[0].Type != sock.SOCK_DGRAM {
				t.Errorf("the server's sockets = %+v; want one at %v, not connected, with a datagram", all, at)
			}
			s, err := c.Find(sock.IPPROTO_UDP, from, at)
			check(t, err)
			if s.State != sock.TCP_ESTABLISHED || s.Remote != at {
				t.Errorf("the client's socket = %+v, want one connected to %v", s, at)
			}
		})
	}
}

func awaitInput(fd int) error {
	_, err := sock.Poll([]sock.Pollfd{{Fd: int32(fd), Events: sock.POLLIN}}, int(limit/time.Millisecond))
	return err
}

func TestUnix(t *testing.T) {
	at, err := sock.Unix(filepath.Join(t.TempDir(), "socket"))
	check(t, err)
	listener, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(listener)
	check(t, sock.Bind(listener, at))
	check(t, sock.Listen(listener, 7))
	client, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(client)
	check(t, sock.Connect(client, at))
	name, err := sock.Getsockname(listener)
	check(t, err)

	q := Query{Family: sock.AF_UNIX, States: In(sock.TCP_LISTEN)}
	c := open(t, q)
	found := 0
	for _, s := range list(t, c, q) {
		if s.Local == name {
			found++
			if s.State != sock.TCP_LISTEN || s.Received != 1 || s.Queued != 7 || s.Type != sock.SOCK_STREAM {
				t.Errorf("the listener = %+v, want 1 of 7 clients waiting", s)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d listeners at %v, want 1", found, name)
	}
	server, _, err := sock.Accept(listener)
	check(t, err)
	defer sock.Close(server)
	_, err = sock.Send(client, []byte("hello"), 0)
	check(t, err)
	var st unix.Stat_t
	check(t, unix.Fstat(server, &st))
	s, err := c.FindUnix(uint32(st.Ino))
	check(t, err)
	check(t, unix.Fstat(client, &st))
	if s.State != sock.TCP_ESTABLISHED || s.Received != 5 || s.Local != name || s.Peer != uint32(st.Ino) {
		t.Errorf("the server's socket = %+v; want 5 bytes received, address %v, peer %d", s, name, st.Ino)
	}
	if s, err := c.FindUnix(1); err == nil {
		t.Errorf("FindUnix(1) = %+v, want an error", s)
	}
}

// A kind of socket that the kernel cannot list is an error that leaves the Conn usable.
func TestUnknownKind(t *testing.T) {
	q := Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP}
	c := open(t, q)
	err := c.Each(Query{Family: sock.AF_INET, Protocol: 254}, func(*Socket) {})
	if _, ok := errors.AsType[sock.Errno](err); !ok {
		t.Errorf("Each with protocol 254: %v, want an errno", err)
	}
	check(t, c.Each(q, func(*Socket) {}))
}

// A vsock socket has the names and the state that struct vsock_diag_msg has.
func TestDecodeVsock(t *testing.T) {
	p := []byte{sock.AF_VSOCK, sock.SOCK_STREAM, sock.TCP_ESTABLISHED, 0}
	for _, n := range []uint32{2, 1024, 3, 5555, 77, 8, 9} {
		p = binary.NativeEndian.AppendUint32(p, n)
	}
	want := Socket{
		Family: sock.AF_VSOCK, Type: sock.SOCK_STREAM, State: sock.TCP_ESTABLISHED,
		Local: sock.VM(2, 1024), Remote: sock.VM(3, 5555), Inode: 77, Cookie: 8 | 9<<32,
	}
	var s Socket
	if !decodeVsock(p, &s) || !reflect.DeepEqual(s, want) {
		t.Errorf("decodeVsock = %+v, want %+v", s, want)
	}
	if decodeVsock(p[:len(p)-1], &s) {
		t.Error("decodeVsock = true for a short vsock_diag_msg, want false")
	}
}

// A vsock listener is listed, where there are such sockets.
func TestVsock(t *testing.T) {
	fd, err := sock.Socket(sock.AF_VSOCK, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Skip("no vsock here:", err)
	}
	defer sock.Close(fd)
	if err := sock.Bind(fd, sock.VM(sock.VMADDR_CID_ANY, sock.VMADDR_PORT_ANY)); err != nil {
		t.Skip("no vsock here:", err)
	}
	check(t, sock.Listen(fd, 1))
	at, err := sock.Getsockname(fd)
	check(t, err)
	q := Query{Family: sock.AF_VSOCK}
	c := open(t, q)
	for _, s := range list(t, c, q) {
		if s.Local == at && s.State == sock.TCP_LISTEN {
			return
		}
	}
	t.Errorf("Each did not visit the listener at %v", at)
}
