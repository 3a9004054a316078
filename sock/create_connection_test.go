//go:build unix

package sock_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// create returns a new connection to address, which is closed when the test ends.
func create(t *testing.T, address string) int {
	t.Helper()
	fd, err := CreateConnection(t.Context(), address)
	check(t, err)
	t.Cleanup(func() { Close(fd) })
	return fd
}

func TestCreateConnection(t *testing.T) {
	path := t.TempDir() + "/"
	tests := []struct {
		address string // of the server, or its beginning up to the port
		sa      Sockaddr
		typ     int
	}{
		{"tcp://127.0.0.1:", inet("127.0.0.1:0"), SOCK_STREAM},
		{"tcp4://localhost:", inet("127.0.0.1:0"), SOCK_STREAM},
		{"localhost:", inet("127.0.0.1:0"), SOCK_STREAM},
		{"tcp6://[::1]:", inet("[::1]:0"), SOCK_STREAM},
		{"udp://127.0.0.1:", inet("127.0.0.1:0"), SOCK_DGRAM},
		{"unix://" + path + "a", unixPath(t, path+"a"), SOCK_STREAM},
		{path + "b", unixPath(t, path+"b"), SOCK_STREAM},
		{"unixpacket://" + path + "c", unixPath(t, path+"c"), SOCK_SEQPACKET},
		{"unixgram://" + path + "d", unixPath(t, path+"d"), SOCK_DGRAM},
	}
	for _, test := range tests {
		t.Run(test.address, func(t *testing.T) {
			fd, sa := server(t, test.sa, ServerOptions{Type: test.typ})
			address := test.address
			if ap := sa.AddrPort(); ap.IsValid() {
				address += portOf(sa)
			}
			client := create(t, address)
			if isNonblock(t, client) || inheritable(t, client) {
				t.Error("the connection is non-blocking or inheritable")
			}
			if test.typ != SOCK_DGRAM {
				fd = accepted(t, fd)
			}
			_, err := Send(client, []byte("x"), 0)
			check(t, err)
			if n, err := Recv(fd, make([]byte, 8), 0); n != 1 || err != nil {
				t.Errorf("Recv = %d, %v, want 1", n, err)
			}
		})
	}
}

func portOf(sa Sockaddr) string {
	_, port, _ := net.SplitHostPort(sa.String())
	return port
}

func TestCreateConnectionFails(t *testing.T) {
	silent := name(t, bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0")))
	tests := []struct {
		address string
		want    error
		call    string
	}{
		{"tcp://" + silent.String(), ECONNREFUSED, "connect"},
		{"tcp://localhost:" + portOf(silent), ECONNREFUSED, "connect"},
		{"unix://" + t.TempDir() + "/missing", ENOENT, "connect"},
	}
	for _, test := range tests {
		fd, err := CreateConnection(t.Context(), test.address)
		var call *net.OpError
		if fd != -1 || !errors.Is(err, test.want) || !errors.As(err, &call) || call.Op != test.call || call.Addr == nil {
			t.Errorf("CreateConnection(%q) = %d, %v, want %v", test.address, fd, err, test.want)
		}
	}
	for _, address := range []string{"", "nonsense", "sctp://127.0.0.1:1", "tcp://no..host:1", "unix:"} {
		if fd, err := CreateConnection(t.Context(), address); fd != -1 || err == nil {
			t.Errorf("CreateConnection(%q) = %d, %v, want an error", address, fd, err)
		}
	}
}

func TestConnectToItself(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		fd := bound(t, inet(at).Family(), SOCK_STREAM, inet(at))
		if err := ConnectContext(t.Context(), fd, name(t, fd)); err != ErrSelfConnect {
			t.Errorf("ConnectContext to its own %v: %v, want ErrSelfConnect", name(t, fd), err)
		}
	}
	fd := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, ConnectContext(t.Context(), fd, name(t, fd))) // it has no connection that could be one to itself
}

// full returns a server whose queue is full, so that another client has to wait.
func full(t *testing.T, sa Sockaddr) (fd int, own Sockaddr) {
	t.Helper()
	fd = bound(t, sa.Family(), SOCK_STREAM, sa)
	check(t, Listen(fd, 0))
	own = name(t, fd)
	check(t, Connect(socket(t, sa.Family(), SOCK_STREAM, 0), own))
	return fd, own
}

// fulls runs a test with a full server of each family, because their queues fill differently.
func fulls(t *testing.T, test func(t *testing.T, fd int, sa Sockaddr)) {
	for _, sa := range []Sockaddr{inet("127.0.0.1:0"), unixPath(t, t.TempDir()+"/s")} {
		t.Run(sa.Network(), func(t *testing.T) {
			fd, own := full(t, sa)
			test(t, fd, own)
		})
	}
}

func TestConnectDeadline(t *testing.T) {
	fulls(t, func(t *testing.T, _ int, sa Sockaddr) {
		const timeout = 50 * time.Millisecond
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		err := ConnectContext(ctx, socket(t, sa.Family(), SOCK_STREAM, 0), sa)
		if took := time.Since(begin); err != context.DeadlineExceeded || took < timeout {
			t.Errorf("got %v after %v, want context.DeadlineExceeded after %v", err, took, timeout)
		}
		if err := ConnectContext(ctx, socket(t, sa.Family(), SOCK_STREAM, 0), sa); err != context.DeadlineExceeded {
			t.Errorf("ConnectContext after the deadline: %v, want context.DeadlineExceeded", err)
		}
	})
}

func TestConnectCanceled(t *testing.T) {
	fulls(t, func(t *testing.T, _ int, sa Sockaddr) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			fd, err := CreateConnection(ctx, sa.String())
			if fd != -1 {
				t.Error("got a descriptor with an error")
			}
			done <- err
		}()
		time.AfterFunc(20*time.Millisecond, cancel)
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

// A client of a full AF_UNIX server connects once the queue has space.
func TestConnectWaitsForRoom(t *testing.T) {
	l, sa := full(t, unixPath(t, t.TempDir()+"/s"))
	client := socket(t, AF_UNIX, SOCK_STREAM, 0)
	done := make(chan error)
	go func() { done <- ConnectContext(t.Context(), client, sa) }()
	accepted(t, l)
	accepted(t, l)
	check(t, <-done)
}

func TestConnectContextBadDescriptor(t *testing.T) {
	if err := ConnectContext(t.Context(), -1, inet("127.0.0.1:1")); err != EBADF {
		t.Errorf("got %v, want EBADF", err)
	}
}
