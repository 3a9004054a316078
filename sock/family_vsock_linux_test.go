package sock_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"
)

// vsockServer returns a listener on vsock's loopback, at a port that the kernel picked.
func vsockServer(t *testing.T, typ int) (fd int, sa Sockaddr) {
	t.Helper()
	needVsock(t, typ)
	fd, err := CreateServer(VM(VMADDR_CID_LOCAL, VMADDR_PORT_ANY), ServerOptions{Type: typ})
	check(t, err)
	t.Cleanup(func() { Close(fd) })
	sa = name(t, fd)
	if cid, port, ok := sa.VM(); cid != VMADDR_CID_LOCAL || port == VMADDR_PORT_ANY || !ok {
		t.Fatalf("Getsockname = %v, want CID VMADDR_CID_LOCAL and a port", sa)
	}
	return fd, sa
}

// needVsock skips a test on a machine without vsock's loopback.
func needVsock(t *testing.T, typ int) {
	t.Helper()
	socket(t, AF_VSOCK, typ, 0)
	if !socktest.HasVsock() {
		t.Skip("needs vsock's loopback: module vsock_loopback")
	}
}

func TestVsock(t *testing.T) {
	for _, typ := range []int{SOCK_STREAM, SOCK_SEQPACKET} {
		l, sa := vsockServer(t, typ)
		client := socket(t, AF_VSOCK, typ, 0)
		check(t, Connect(client, sa))
		server, from, err := Accept(l)
		check(t, err)
		t.Cleanup(func() { Close(server) })
		if peer, err := Getpeername(client); peer != sa || err != nil {
			t.Errorf("Getpeername of the client = %v, %v, want %v", peer, err, sa)
		}
		_, port, _ := name(t, client).VM()
		if peer, err := Getpeername(server); peer != from || from != VM(VMADDR_CID_LOCAL, port) || err != nil {
			t.Errorf("Getpeername of the server = %v, %v, Accept's address = %v, want port %d in both", peer, err, from, port)
		}
		for _, way := range [][2]int{{client, server}, {server, client}} {
			for _, text := range []string{"one", "two"} {
				if n, err := Send(way[0], []byte(text), 0); n != len(text) || err != nil {
					t.Errorf("Send = %d, %v", n, err)
				}
				m, got := receiveWith(t, way[1], 0)
				if got != text || m.Flags&MSG_EOR != 0 {
					t.Errorf("received %q with flags %#x, want %q", got, m.Flags, text)
				}
			}
			check(t, Shutdown(way[0], SHUT_WR))
			await(t, way[1], POLLIN)
			if n, err := Recv(way[1], make([]byte, 8), 0); n != 0 || err != nil {
				t.Errorf("Recv = %d, %v, want 0, nil for the end of the stream", n, err)
			}
		}
	}
}

// Without a listener, the error is the peer's reset.
func TestVsockRefused(t *testing.T) {
	needVsock(t, SOCK_STREAM)
	fd := bound(t, AF_VSOCK, SOCK_STREAM, VM(VMADDR_CID_LOCAL, VMADDR_PORT_ANY))
	if err := Connect(socket(t, AF_VSOCK, SOCK_STREAM, 0), name(t, fd)); err != ECONNRESET {
		t.Errorf("Connect = %v, want ECONNRESET", err)
	}
}

func TestVsockOptions(t *testing.T) {
	fd, _ := vsockServer(t, SOCK_STREAM)
	for _, test := range []optionTest{
		valued(nil, SO_VM_SOCKETS_BUFFER_SIZE, 1<<17),
		valued(nil, SO_VM_SOCKETS_BUFFER_MIN_SIZE, 1<<10),
		valued(nil, SO_VM_SOCKETS_BUFFER_MAX_SIZE, 1<<19),
		valued(nil, SO_VM_SOCKETS_CONNECT_TIMEOUT, 3*time.Second),
	} {
		test.run(t, fd)
	}
}

// A Conn's addresses are Sockaddrs, and it copies any number of bytes.
func TestVsockConn(t *testing.T) {
	_, sa := vsockServer(t, SOCK_STREAM)
	cid, _, _ := sa.VM()
	l, err := ListenConn(VM(cid, VMADDR_PORT_ANY), ServerOptions{})
	check(t, err)
	defer l.Close()
	sa, err = SockaddrOf(l.LocalAddr())
	check(t, err)
	client, err := DialConn(t.Context(), sa, DialOptions{})
	check(t, err)
	defer client.Close()
	server, err := l.Accept()
	check(t, err)
	defer server.Close()
	if client.RemoteAddr() != sa || server.LocalAddr() != sa || sa.Network() != "vsock" {
		t.Errorf("RemoteAddr of the client = %v, LocalAddr of the server = %v, want %v for both", client.RemoteAddr(), server.LocalAddr(), sa)
	}
	for _, c := range []*Conn{client, server} {
		check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	}
	echoed := make(chan error, 1)
	go func() {
		_, err := io.Copy(server, server)
		echoed <- errors.Join(err, server.CloseWrite())
	}()
	text := bytes.Repeat([]byte("01234567"), 1<<17)
	go func() {
		client.Write(text)
		client.CloseWrite()
	}()
	got, err := io.ReadAll(client)
	if !bytes.Equal(got, text) || err != nil {
		t.Errorf("received %d bytes, %v, want the %d bytes sent", len(got), err, len(text))
	}
	check(t, <-echoed)
}
