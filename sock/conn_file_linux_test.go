package sock_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// isNonblockFile reports whether a file's descriptor is non-blocking.
func isNonblockFile(t *testing.T, f *os.File) (is bool) {
	t.Helper()
	raw, err := f.SyscallConn()
	check(t, err)
	check(t, raw.Control(func(fd uintptr) {
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		check(t, err)
		is = flags&unix.O_NONBLOCK != 0
	}))
	return is
}

// A child process blocks while it reads a Conn's file as its standard input.
func TestFileForChild(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := a.File()
		check(t, err)
		defer f.Close()
		var out bytes.Buffer
		child := exec.Command("cat")
		child.Stdin, child.Stdout, child.Stderr = f, &out, &out
		if err := child.Start(); errors.Is(err, exec.ErrNotFound) {
			t.Skip("cat is not in PATH")
		} else {
			check(t, err)
		}
		if isNonblockFile(t, f) {
			t.Error("the child's socket is non-blocking")
		}
		_, err = b.Write([]byte("hello"))
		check(t, err)
		check(t, b.CloseWrite())
		if err := child.Wait(); err != nil || out.String() != "hello" {
			t.Errorf("cat printed %q, %v, want hello", out.String(), err)
		}
	})
}

// After File, every waiting call still ends at its deadline and on Close.
func TestCallsAfterFile(t *testing.T) {
	forEachWait(t, func(t *testing.T, c *sock.Conn, wait func(*sock.Conn) error) {
		f, err := c.File()
		check(t, err)
		defer f.Close()
		check(t, c.SetDeadline(time.Now().Add(10*time.Millisecond)))
		if err := wait(c); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
		}
	})
}

// Copies in the kernel would block on such a socket, so they use Read and Write instead.
func TestCopyAfterFile(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := a.File()
		check(t, err)
		defer f.Close()
		copiesEnd(t, a, b)
	})
}

// Another process that has a socket may make it blocking too.
func TestCopyOfBlockingSocket(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		check(t, a.Control(func(fd int) error { return sock.SetNonblock(fd, false) }))
		copiesEnd(t, a, b)
	})
}

// copiesEnd checks that copies to and from a, and to its peer, end at its deadline.
func copiesEnd(t *testing.T, a, b *sock.Conn) {
	t.Helper()
	theirs, _ := netPair(t, 0, net.KeepAliveConfig{})
	for name, copied := range map[string]func() error{
		"from it": func() error { _, err := io.Copy(theirs, a); return err },
		"to it":   func() error { _, err := a.ReadFrom(theirs); return err },
		"between": func() error { _, err := b.ReadFrom(a); return err },
	} {
		check(t, a.SetDeadline(time.Now().Add(10*time.Millisecond)))
		check(t, theirs.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
		if err := copied(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v, want os.ErrDeadlineExceeded", name, err)
		}
	}
}

// handles give Conns of the socket of a Conn.
var handles = map[string]func(t *testing.T, c *sock.Conn) *sock.Conn{
	"itself": func(_ *testing.T, c *sock.Conn) *sock.Conn { return c },
	"a duplicate": func(t *testing.T, c *sock.Conn) *sock.Conn {
		again, err := sock.DupConn(c)
		check(t, err)
		t.Cleanup(func() { again.Close() })
		return again
	},
}

// File may be called in the middle of a copy, on its Conn or another one of the socket. The deadline still ends the copy.
func TestFileDuringCopy(t *testing.T) {
	for name, handle := range handles {
		t.Run(name, func(t *testing.T) { fileDuringCopy(t, handle) })
	}
}

func fileDuringCopy(t *testing.T, handle func(*testing.T, *sock.Conn) *sock.Conn) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		theirs, out := netPair(t, 0, net.KeepAliveConfig{})
		ended := make(chan error, 1)
		go func() { _, err := io.Copy(theirs, a); ended <- err }()
		pass := func() {
			_, err := b.Write([]byte("x"))
			check(t, err)
			_, err = io.ReadFull(out, make([]byte, 1))
			check(t, err)
		}
		pass()
		f, err := handle(t, a).File()
		check(t, err)
		check(t, f.Close())
		pass() // the copy goes on, on a socket that blocks
		check(t, a.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
		select {
		case err := <-ended:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("the deadline doesn't end the copy")
		}
	})
}

// A copy to a socket that blocks loses nothing of what it has taken from its source.
func TestCopyToBlockingSocket(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := a.File()
		check(t, err)
		defer f.Close()
		theirs, out := netPair(t, 0, net.KeepAliveConfig{})
		go func() {
			out.Write(content)
			out.CloseWrite()
		}()
		got := make(chan []byte, 1)
		go func() {
			p, _ := io.ReadAll(b)
			got <- p
		}()
		if n, err := a.ReadFrom(theirs); n != int64(len(content)) || err != nil {
			t.Errorf("ReadFrom = %d, %v, want %d", n, err, len(content))
		}
		check(t, a.CloseWrite())
		if p := <-got; !bytes.Equal(p, content) {
			t.Errorf("got %d bytes, want the %d that were sent, unchanged", len(p), len(content))
		}
	})
}

// accept(2) has no MSG_DONTWAIT, so a listener's file stays non-blocking, and package net accepts it.
func TestListenerFile(t *testing.T) {
	forEachListener(t, kind.IsAny, func(t *testing.T, l *sock.Conn, k kind) {
		f, err := l.Listener().(interface{ File() (*os.File, error) }).File()
		check(t, err)
		defer f.Close()
		if !isNonblockFile(t, f) {
			t.Error("the listener's file blocks")
		}
		check(t, l.SetDeadline(time.Now().Add(10*time.Millisecond)))
		if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Accept: %v, want os.ErrDeadlineExceeded", err)
		}
		theirs, err := net.FileListener(f)
		check(t, err)
		defer theirs.Close()
		dialed(t, l, k)
		c, err := theirs.Accept()
		check(t, err)
		check(t, c.Close())
	})
}

// A socket may be made to listen after File has made it blocking.
func TestAcceptAfterFile(t *testing.T) {
	for name, sa := range map[string]sock.Sockaddr{"tcp": socktest.Inet("127.0.0.1:0"), "unix": sock.Unnamed()} {
		t.Run(name, func(t *testing.T) {
			fd := kind{Domain: sa.Family(), Type: sock.SOCK_STREAM}.Socket(t)
			check(t, sock.Bind(fd, sa))
			c := conn(t, fd)
			f, err := c.File()
			check(t, err)
			defer f.Close()
			check(t, c.Control(func(fd int) error { return sock.Listen(fd, 1) }))
			check(t, c.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
			if _, err := c.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Accept: %v, want os.ErrDeadlineExceeded", err)
			}
		})
	}
}

// A socket that File has made blocking, its own or that of another Conn, still connects with a deadline.
func TestConnectAfterFile(t *testing.T) {
	k := kind{Domain: sock.AF_INET, Type: sock.SOCK_STREAM}
	for name, handle := range handles {
		t.Run(name, func(t *testing.T) {
			sa := stuck(t, k)
			c := conn(t, k.Socket(t))
			f, err := handle(t, c).File()
			check(t, err)
			defer f.Close()
			check(t, c.SetWriteDeadline(time.Now().Add(10*time.Millisecond)))
			if err := c.Connect(t.Context(), sa); err != os.ErrDeadlineExceeded {
				t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
			}
		})
	}
}
