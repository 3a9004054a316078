package sock_test

import (
	"errors"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A helper that repeats calls gives up if the kernel keeps returning 0 without an error.
func TestHelpersNeedProgress(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	in := fileOf(t, []byte("0123456789"))
	batch := NewBatch(2, 8)
	c, _ := connPair(t, SOCK_STREAM)
	packets, _ := connPair(t, SOCK_DGRAM)
	_, err := Send(b, []byte("x"), 0) // a byte that Relay moves into its pipe and then cannot move on
	check(t, err)
	for _, helper := range []struct {
		name  string
		calls []uint32 // the calls that do nothing
		call  func() error
	}{
		{"SendAll", []uint32{unix.SYS_SENDTO}, func() error { _, err := SendAll(a, []byte("x"), 0); return err }},
		{"SendBatch", []uint32{unix.SYS_SENDMMSG}, func() error { _, err := SendBatch(a, batch, 0); return err }},
		{"SendfileAll by copying", []uint32{sendfileNumber(), unix.SYS_WRITE}, func() error { _, err := SendfileAll(a, in, 0, 10); return err }},
		{"Relay", []uint32{unix.SYS_SPLICE}, func() error { _, err := Relay(b, a); return err }},
		{"Conn.Write", []uint32{unix.SYS_SENDTO}, func() error { _, err := c.Write([]byte("x")); return err }},
		{"Conn.SendBatch", []uint32{unix.SYS_SENDMMSG}, func() error { _, err := packets.SendBatch(batch, 0); return err }},
	} {
		t.Run(helper.name, func(t *testing.T) {
			k := playKernel(t, helper.calls...)
			calls := 0
			var err error
			k.play(func() { err = helper.call() }, func(n notification) response {
				calls++
				switch {
				case uint32(n.nr) == sendfileNumber():
					return response{errno: -int32(EINVAL)}
				case n.nr == unix.SYS_SPLICE && calls == 1:
					return goesOn // reading from the source
				}
				return response{}
			})
			if !errors.Is(err, EIO) {
				t.Errorf("%s: %v, want EIO", helper.name, err)
			}
		})
	}
}

// sendfileNumber returns the number of the sendfile(2) that the package calls.
func sendfileNumber() uint32 {
	if runtime.GOARCH == "386" || runtime.GOARCH == "arm" {
		return 239 // sendfile64
	}
	return unix.SYS_SENDFILE
}

// Accept ends even if the listener aborts every connection.
func TestAcceptGivesUp(t *testing.T) {
	l, err := ListenConn(inet("127.0.0.1:0"), ServerOptions{})
	check(t, err)
	defer l.Close()
	k := playKernel(t, unix.SYS_ACCEPT4)
	calls := 0
	k.play(func() { _, err = l.Accept() }, func(notification) response {
		calls++
		return response{errno: -int32(ECONNABORTED)}
	})
	if !errors.Is(err, ECONNABORTED) || calls < 2 || calls > 1000 {
		t.Errorf("Accept: %v after %d calls, want ECONNABORTED after 2 to 1000", err, calls)
	}
}

// AF_ALG has no addresses, so accept(2) works only without one. This test plays the kernel's part
// on a socket of another family.
func TestAcceptWithoutAddress(t *testing.T) {
	l, sa := listener(t)
	client := socket(t, AF_INET, SOCK_STREAM, 0)
	check(t, Connect(client, sa))
	k := playKernel(t, unix.SYS_ACCEPT4, unix.SYS_GETSOCKOPT)
	var fd int
	var from Sockaddr
	var err error
	var calls []uint32
	k.play(func() { fd, from, err = Accept(l) }, func(n notification) response {
		calls = append(calls, uint32(n.nr))
		switch {
		case n.nr == unix.SYS_GETSOCKOPT:
			writeMemory(uintptr(n.args[3]), []byte{AF_ALG, 0, 0, 0})
			return response{}
		case n.args[1] != 0:
			return response{errno: -int32(ECONNABORTED)}
		}
		return goesOn
	})
	if err != nil || !from.IsZero() || len(calls) != 3 || inheritable(t, fd) {
		t.Errorf("Accept = %d, %v, %v after %d calls, want a socket without an address after 3", fd, from, err, len(calls))
	}
	check(t, Close(fd))
}

// TestAcceptALG is TestAcceptWithoutAddress on kernels that have AF_ALG.
func TestAcceptALG(t *testing.T) {
	fd := socket(t, AF_ALG, SOCK_SEQPACKET, 0)
	if err := Bind(fd, algAddr(t, "hash", "sha256")); err != nil {
		t.Skip("the kernel offers no sha256 through AF_ALG:", err)
	}
	op, sa, err := Accept(fd)
	check(t, err)
	defer Close(op)
	_, err = SendAll(op, []byte("abc"), 0)
	check(t, err)
	digest := make([]byte, 32)
	if n, err := Recv(op, digest, 0); n != 32 || err != nil || digest[0] != 0xba || digest[31] != 0xad || !sa.IsZero() {
		t.Errorf("digest = %x, %v, address %v, want SHA-256 of abc and no address", digest[:n], err, sa)
	}
}

// A Conn repeats calls that a signal interrupts, and checks its deadline and for Close before each attempt.
func TestConnInterruptedForEver(t *testing.T) {
	stream := func(t *testing.T) *Conn { c, _ := connPair(t, SOCK_STREAM); return c }
	listening := func(t *testing.T) *Conn { return listenConn(t, SOCK_STREAM) }
	p, m, batch := make([]byte, 8), &Msg{Iov: [][]byte{{1}}, Control: make([]byte, 32)}, NewBatch(2, 8)
	for _, tt := range []struct {
		name string
		open func(t *testing.T) *Conn
		call func(c *Conn) error
	}{
		{"Read", stream, func(c *Conn) error { _, err := c.Read(p); return err }},
		{"Write", stream, func(c *Conn) error { _, err := c.Write(p); return err }},
		{"Recvfrom", stream, func(c *Conn) error { _, _, err := c.Recvfrom(p, 0); return err }},
		{"Recvmsg", stream, func(c *Conn) error { _, err := c.Recvmsg(m, 0); return err }},
		{"Sendmsg", stream, func(c *Conn) error { _, err := c.Sendmsg(m, 0); return err }},
		{"Recvmmsg", stream, func(c *Conn) error { _, err := c.Recvmmsg(batch, 0); return err }},
		{"Sendmmsg", stream, func(c *Conn) error { _, err := c.Sendmmsg(batch, 0); return err }},
		{"SendBatch", stream, func(c *Conn) error { _, err := c.SendBatch(batch, 0); return err }},
		{"Accept", listening, func(c *Conn) error { _, err := c.Accept(); return err }},
		{"ReadFrom a file", stream, func(c *Conn) error { _, err := c.ReadFrom(fileToSend(t)); return err }},
		{"ReadFrom a socket", stream, func(c *Conn) error { _, err := c.ReadFrom(c); return err }},
	} {
		for _, end := range []struct {
			name string
			make func(c *Conn)
			want error
		}{
			{"deadline", func(c *Conn) { c.SetDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
			{"Close", func(c *Conn) { go c.Close() }, net.ErrClosed},
		} {
			t.Run(tt.name+", "+end.name, func(t *testing.T) {
				c := tt.open(t)
				k := playKernel(t, unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG,
					unix.SYS_RECVMMSG, unix.SYS_ACCEPT4, unix.SYS_SPLICE, sendfileNumber())
				calls := 0
				var err error
				k.play(func() { err = tt.call(c) }, func(notification) response {
					if calls++; calls == 3 {
						end.make(c)
					}
					return response{errno: -int32(EINTR)}
				})
				if !errors.Is(err, end.want) || calls < 3 {
					t.Errorf("got %v after %d interrupted calls, want %v after at least 3", err, calls, end.want)
				}
			})
		}
	}
}

// fileToSend returns a file that is closed when the test ends.
func fileToSend(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	t.Cleanup(func() { f.Close() })
	_, err = f.WriteAt([]byte("0123456789"), 0)
	check(t, err)
	return f
}
