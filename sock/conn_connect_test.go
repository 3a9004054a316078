//go:build unix

package sock_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestConnectRefused(t *testing.T) {
	forEachListener(t, kind.IsAny, func(t *testing.T, l *sock.Conn, k kind) {
		sa := address(t, l)
		check(t, l.Close())
		_, err := sock.DialConn(t.Context(), sa, sock.DialOptions{Type: k.Type, Protocol: k.Protocol})
		var call *os.SyscallError
		if !errors.As(err, &call) || call.Syscall != "connect" || call.Err != sock.ECONNREFUSED {
			t.Errorf("got %v, want connect: ECONNREFUSED", err)
		}
	})
}

// stuck returns the address of a listener whose queue is full, so that connecting to it blocks.
func stuck(t *testing.T, k kind) sock.Sockaddr {
	fd, err := sock.CreateServer(freeAddress(t, k), sock.ServerOptions{Type: k.Type, Protocol: k.Protocol, Backlog: 1})
	checkSocket(t, err)
	own(t, fd)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		c, err := sock.DialConn(ctx, name(t, fd), sock.DialOptions{Type: k.Type, Protocol: k.Protocol})
		cancel()
		if err != nil {
			return name(t, fd)
		}
		t.Cleanup(func() { c.Close() })
	}
}

// isDialError reports whether err names the call connect and an address, and has the given cause.
func isDialError(err, cause error) bool {
	op, ok := err.(*net.OpError)
	var call *os.SyscallError
	return ok && op.Op == "dial" && op.Addr != nil && errors.As(op.Err, &call) && call.Syscall == "connect" && call.Err == cause
}

func TestConnectEndsWithContext(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsConnection() || k.Name == "dual stack" {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			sa := stuck(t, k)
			ctx, cancel := context.WithCancel(t.Context())
			failed := make(chan error)
			go func() {
				_, err := sock.DialConn(ctx, sa, sock.DialOptions{Type: k.Type, Protocol: k.Protocol})
				failed <- err
			}()
			cancel()
			if err := <-failed; !isDialError(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
			ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if _, err := sock.DialConn(ctx, sa, sock.DialOptions{Type: k.Type, Protocol: k.Protocol}); !isDialError(err, context.DeadlineExceeded) || !err.(net.Error).Timeout() {
				t.Errorf("got %v, want context.DeadlineExceeded", err)
			}
		})
	}
}

func TestConnectEndsAtDeadline(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsConnection() || k.Name == "dual stack" {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			sa := stuck(t, k)
			c := conn(t, k.Socket(t))
			check(t, c.SetWriteDeadline(time.Now().Add(10*time.Millisecond)))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := c.Connect(ctx, sa); err != os.ErrDeadlineExceeded {
				t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
			}
		})
	}
}

func TestSelfConnect(t *testing.T) {
	l := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM})
	sa := address(t, l)
	check(t, l.Close())
	if _, err := sock.DialConn(t.Context(), sa, sock.DialOptions{Local: sa}); !isDialError(err, sock.ErrSelfConnect) {
		t.Errorf("got %v, want ErrSelfConnect", err)
	}
	c := conn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_DGRAM}.Bound(t))
	check(t, c.Connect(t.Context(), address(t, c)))
}

// The kernel reports why an attempt failed only once. If a Read that waits for the connection is told, Connect ends all the same.
func TestConnectWhoseErrorWasRead(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a retransmission: not with -short")
	}
	k := kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM}
	fd, err := sock.CreateServer(freeAddress(t, k), sock.ServerOptions{Backlog: 1})
	check(t, err)
	sa := name(t, fd)
	const conns = 10 // two fill the queue, and of the others some Read is first
	begun, connected := make(chan bool, conns), make(chan error, conns)
	sock.SetTracer(func(c sock.Call) {
		if c.Name == "connect" {
			begun <- true
		}
	})
	defer sock.SetTracer(nil)
	for range conns {
		c := conn(t, k.Socket(t))
		go func() { connected <- c.Connect(t.Context(), sa) }()
		<-begun
		go c.Read(make([]byte, 1))
	}
	check(t, sock.Close(fd))
	for range conns {
		if err := <-connected; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Connect: %v after another call was given the error", err)
		}
	}
}
