//go:build unix

package sock_test

import (
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

var stress = flag.Duration("stress", time.Second, "how long TestStress runs")

// tagged is a pair of Conns that carry only one byte value. Any other value came through a
// descriptor number that had been reused.
type tagged struct {
	ends [2]*sock.Conn
	tag  byte
}

// In TestStress, many goroutines make random calls on the same few Conns while others close them and set deadlines.
func TestStress(t *testing.T) {
	const goroutines, pairs = 32, 8
	var current [pairs]atomic.Pointer[tagged]
	var tags atomic.Int32
	open := func() *tagged {
		k := socktest.Kinds[rand.IntN(len(socktest.Kinds))]
		fds, err := sock.Socketpair(sock.AF_UNIX, k.Type, 0)
		check(t, err)
		one, err := sock.NewConn(fds[0])
		check(t, err)
		other, err := sock.NewConn(fds[1])
		check(t, err)
		return &tagged{[2]*sock.Conn{one, other}, byte(tags.Add(1))}
	}
	for i := range current {
		current[i].Store(open())
	}
	end := time.Now().Add(*stress)
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for time.Now().Before(end) {
				p := current[rand.IntN(pairs)].Load()
				if err := p.anything(); err != nil && !isExpected(err) {
					t.Error(err)
				}
			}
		})
	}
	for time.Now().Before(end) {
		old := current[rand.IntN(pairs)].Swap(open())
		check(t, old.ends[0].Close())
		check(t, old.ends[1].Close())
	}
	for i := range current {
		check(t, current[i].Load().ends[0].Close())
		check(t, current[i].Load().ends[1].Close())
	}
	all.Wait()
}

// stressed are calls that only some systems have. They return the number of bytes received.
var stressed []func(c *sock.Conn, p []byte) (n int, err error)

var errForeign = errors.New("a byte of another connection")

// anything makes a random call.
func (p *tagged) anything() error {
	c := p.ends[rand.IntN(2)]
	buffer := make([]byte, 1+rand.IntN(64))
	received := func(n int, err error) error {
		for _, b := range buffer[:n] {
			if b != p.tag {
				return errForeign
			}
		}
		return err
	}
	fill := func() []byte {
		for i := range buffer {
			buffer[i] = p.tag
		}
		return buffer
	}
	soon := time.Now().Add(time.Duration(rand.IntN(3000)-1000) * time.Microsecond)
	if len(stressed) > 0 && rand.IntN(4) == 0 {
		return received(stressed[rand.IntN(len(stressed))](c, buffer))
	}
	switch rand.IntN(12) {
	case 0, 1:
		return received(c.Read(buffer))
	case 2:
		return received(c.Recv(buffer, 0))
	case 3:
		n, _, err := c.Recvfrom(buffer, 0)
		return received(n, err)
	case 4, 5:
		_, err := c.Write(fill())
		return err
	case 6:
		_, err := c.Send(fill(), 0)
		return err
	case 7:
		_, err := c.Sendto(fill(), 0, sock.Sockaddr{})
		return err
	case 8:
		return c.SetDeadline(soon)
	case 9:
		return c.SetReadDeadline(soon)
	case 10:
		_, err := c.Accept()
		c.LocalAddr()
		return err
	}
	if rand.IntN(20) == 0 {
		return c.Close()
	}
	return c.Control(func(fd int) error { _, err := sock.Getsockname(fd); return err })
}

// isExpected reports whether a call may fail with err on a connection that is being closed or has deadlines.
func isExpected(err error) bool {
	for _, expected := range []error{net.ErrClosed, os.ErrDeadlineExceeded, io.EOF, sock.EPIPE, sock.ECONNRESET,
		sock.EINVAL, sock.EOPNOTSUPP, sock.ENOTCONN, sock.ECONNREFUSED, sock.EDESTADDRREQ} {
		if errors.Is(err, expected) {
			return true
		}
	}
	return false
}
