package sock_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func init() {
	stressed = append(stressed,
		func(c *sock.Conn, p []byte) (int, error) { return c.Recvmsg(&sock.Msg{Iov: [][]byte{p}}, 0) },
		func(c *sock.Conn, p []byte) (int, error) {
			b := sock.NewBatch(1, len(p))
			_, err := c.Recvmmsg(b, 0)
			return copy(p, b.Msg(0).Iov[0][:b.N(0)]), err
		},
		func(c *sock.Conn, _ []byte) (int, error) { f, err := c.File(); f.Close(); return 0, err },
		func(c *sock.Conn, _ []byte) (int, error) {
			d, err := sock.DupConn(c)
			if err == nil {
				err = d.Close()
			}
			return 0, err
		})
	waits["Recvmsg"] = func(c *sock.Conn) error {
		_, err := c.Recvmsg(&sock.Msg{Iov: [][]byte{make([]byte, 8)}}, 0)
		return err
	}
	waits["Recvmmsg"] = func(c *sock.Conn) error { _, err := c.Recvmmsg(sock.NewBatch(4, 8), 0); return err }
	waits["Sendmsg"] = func(c *sock.Conn) error {
		return repeat(func() (int, error) { return c.Sendmsg(&sock.Msg{Iov: [][]byte{make([]byte, 1<<15)}}, 0) })
	}
	waits["Sendmmsg"] = func(c *sock.Conn) error {
		return repeat(func() (int, error) { return c.Sendmmsg(sock.NewBatch(4, 1<<15), 0) })
	}
	waits["SendBatch"] = func(c *sock.Conn) error {
		return repeat(func() (int, error) { return c.SendBatch(sock.NewBatch(4, 1<<15), 0) })
	}
	waits["ReadFrom"] = func(c *sock.Conn) error {
		_, err := c.ReadFrom(endless{})
		return err
	}
}

// endless is a reader without end. It leaves the buffer as it is.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestConnMessages(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		if n, err := a.Sendmsg(&sock.Msg{Iov: [][]byte{[]byte("mess"), []byte("age")}}, 0); n != 7 || err != nil {
			t.Fatalf("Sendmsg = %d, %v", n, err)
		}
		p := make([]byte, 16)
		if n, err := b.Recvmsg(&sock.Msg{Iov: [][]byte{p}}, 0); string(p[:n]) != "message" || err != nil {
			t.Fatalf("Recvmsg = %q, %v", p[:n], err)
		}
		out := sock.NewBatch(3, 4)
		for i, send := range []func() (int, error){
			func() (int, error) { return a.Sendmmsg(out, 0) },
			func() (int, error) { return a.SendBatch(out, 0) },
		} {
			if n, err := send(); n != 3 || err != nil {
				t.Fatalf("batch %d: %d, %v, want 3 messages sent", i, n, err)
			}
			in, got := sock.NewBatch(8, 16), 0
			for got < 12 {
				n, err := b.Recvmmsg(in, 0)
				check(t, err)
				for i := range n {
					got += in.N(i)
				}
			}
		}
	})
}

// TestConnSendBatchIsWhole sends more than fits into the socket's buffer.
func TestConnSendBatchIsWhole(t *testing.T) {
	forEachConn(t, func(k kind) bool { return !k.IsInet() }, func(t *testing.T, a, b *sock.Conn, k kind) {
		const messages, size = 512, 4096
		sent := make(chan error)
		go func() {
			n, err := a.SendBatch(sock.NewBatch(messages, size), 0)
			if n != messages && err == nil {
				err = io.ErrShortWrite
			}
			sent <- err
		}()
		p := make([]byte, size)
		for got := 0; got < messages*size; {
			n, err := b.Recv(p, 0)
			check(t, err)
			got += n
		}
		check(t, <-sent)
	})
}

// TestRecvErrorQueue waits for the kernel's error report about a datagram to an unused port.
func TestRecvErrorQueue(t *testing.T) {
	c := listeningConn(t, kind{Domain: sock.AF_INET, Type: sock.SOCK_DGRAM})
	to := refusing(t, "127.0.0.1:0")
	check(t, c.Control(func(fd int) error { return sock.Setsockopt(fd, sock.IP_RECVERR, true) }))
	m := &sock.Msg{Iov: [][]byte{make([]byte, 8)}, Control: make([]byte, 256)}
	failed := make(chan error)
	go func() { _, err := c.Recvmsg(m, sock.MSG_ERRQUEUE); failed <- err }()
	_, err := c.Sendto([]byte("x"), 0, to)
	check(t, err)
	check(t, <-failed)
	var told []error
	for cmsg := range sock.Cmsgs(m.Control) {
		if e, ok := sock.CMSG_RECVERR.Parse(cmsg); ok {
			told = append(told, e.Errno)
		}
	}
	if len(told) != 1 || told[0] != sock.ECONNREFUSED {
		t.Errorf("the error queue had %v, want ECONNREFUSED", told)
	}
}

// In TestReadWhileErrorsWait, the error queue holds MSG_ZEROCOPY completions and the send buffer is full, so
// that epoll reports only EPOLLERR.
func TestReadWhileErrorsWait(t *testing.T) {
	tcp := func(k kind) bool { return k.IsTCP() && k.Protocol == 0 }
	forEachConn(t, tcp, func(t *testing.T, a, b *sock.Conn, k kind) {
		zerocopy := a.Control(func(fd int) error { return sock.Setsockopt(fd, sock.SO_ZEROCOPY, true) })
		if zerocopy == sock.ENOPROTOOPT {
			t.Skip("the kernel lacks MSG_ZEROCOPY")
		}
		check(t, zerocopy)
		full := repeat(func() (int, error) { return a.Send(make([]byte, 1<<16), sock.MSG_ZEROCOPY|sock.MSG_DONTWAIT) })
		if !errors.Is(full, sock.EAGAIN) {
			t.Fatal(full)
		}
		p := make([]byte, 8)
		check(t, a.SetReadDeadline(time.Now().Add(5*time.Millisecond)))
		if _, err := a.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
		}
		check(t, a.SetReadDeadline(time.Time{}))
		read := make(chan error)
		go func() { _, err := a.Read(p); read <- err }()
		_, err := b.Write([]byte("reply"))
		check(t, err)
		check(t, <-read)
		note := &sock.Msg{Control: make([]byte, 128)}
		_, err = a.Recvmsg(note, sock.MSG_ERRQUEUE)
		check(t, err)
		go func() { _, err := a.Read(p); read <- err }()
		check(t, a.Close())
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v, want net.ErrClosed", err)
		}
	})
}

// TestConnOfAnyFamily uses a family that package net doesn't know.
func TestConnOfAnyFamily(t *testing.T) {
	fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_RAW, unix.NETLINK_USERSOCK)
	if err == sock.EPROTONOSUPPORT || err == sock.EAFNOSUPPORT {
		t.Skip("no sockets of NETLINK_USERSOCK here:", err)
	}
	check(t, err)
	c, err := sock.NewConn(fd)
	check(t, err)
	defer c.Close()
	check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	check(t, c.Control(func(fd int) error { return sock.Bind(fd, sock.Netlink(0, 0)) }))
	self, ok := c.LocalAddr().(sock.Sockaddr)
	if !ok || self.Family() != sock.AF_NETLINK {
		t.Fatalf("LocalAddr is %#v, want a Sockaddr of AF_NETLINK", c.LocalAddr())
	}
	received := make(chan error)
	p := make([]byte, 64)
	go func() {
		n, from, err := c.Recvfrom(p, 0)
		if err == nil && (string(p[:n]) != "hello" || from != self) {
			err = fmt.Errorf("%q from %v, want it from %v", p[:n], from, self)
		}
		received <- err
	}()
	_, err = c.PacketConn().WriteTo([]byte("hello"), self) // although the kernel reports a peer, itself
	check(t, err)
	check(t, <-received)
}

// A web server's connections exceed a deadline with each request. Their errors name the addresses, which a Conn
// asks the kernel for only once.
func TestErrorsAskOnceForAddresses(t *testing.T) {
	l, err := sock.ListenURL(t.Context(), "tcp://127.0.0.1:0")
	check(t, err)
	defer l.Close()
	client, err := sock.Dial(t.Context(), "tcp://"+l.LocalAddr().String())
	check(t, err)
	defer client.Close()
	server, err := l.Accept()
	check(t, err)
	defer server.Close()
	for _, c := range []*sock.Conn{client, server} {
		check(t, c.SetReadDeadline(time.Unix(1, 0)))
		var calls []string
		sock.SetTrace(func(line string) {
			if strings.HasPrefix(line, "get") {
				calls = append(calls, line)
			}
		})
		var first, second *net.OpError
		_, err := c.Read(make([]byte, 1))
		errors.As(err, &first)
		_, err = c.Read(make([]byte, 1))
		errors.As(err, &second)
		sock.SetTrace(nil)
		if len(calls) > 1 || second == nil || first.Error() != second.Error() || second.Source.String() != c.LocalAddr().String() {
			t.Errorf("got %v, then %v, after the calls %q, want at most one call and equal errors", first, second, calls)
		}
	}
}
