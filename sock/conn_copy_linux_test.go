package sock_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// theirs returns package net's Conn for the same socket.
func theirs(t *testing.T, c *sock.Conn) net.Conn {
	t.Helper()
	f, err := c.File()
	check(t, err)
	defer f.Close()
	n, err := net.FileConn(f)
	check(t, err)
	t.Cleanup(func() { n.Close() })
	return n
}

func ours(_ *testing.T, c *sock.Conn) net.Conn { return c }

// relay copies from one pair to another: a goroutine writes content into the first pair and closes it, another reads
// from the second pair to the end.
func relay(t *testing.T, k kind, content []byte, copy func(dst, src *sock.Conn)) (got []byte) {
	t.Helper()
	a, b := k.Pair(t)
	c, d := k.Pair(t)
	in, src, dst, out := conn(t, a), conn(t, b), conn(t, c), conn(t, d)
	written, read := make(chan error), make(chan error)
	go func() {
		_, err := in.Write(content)
		in.CloseWrite()
		written <- err
	}()
	go func() {
		var err error
		got, err = io.ReadAll(struct{ io.Reader }{out})
		read <- err
	}()
	copy(dst, src)
	check(t, <-written)
	check(t, dst.CloseWrite())
	check(t, <-read)
	return got
}

func TestCopyBetweenSockets(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<15)
	types := map[string]func(*testing.T, *sock.Conn) net.Conn{"Conn": ours, "net": theirs}
	for _, k := range socktest.Kinds {
		if !k.IsStream() {
			continue
		}
		for from, source := range types {
			for to, destination := range types {
				t.Run(k.Name+" "+from+" to "+to, func(t *testing.T) {
					got := relay(t, k, content, func(dst, src *sock.Conn) {
						n, err := io.Copy(destination(t, dst), source(t, src))
						if n != int64(len(content)) || err != nil {
							t.Errorf("io.Copy = %d, %v, want %d", n, err, len(content))
						}
					})
					if !bytes.Equal(got, content) {
						t.Errorf("got %d bytes, want the %d that were sent, unchanged", len(got), len(content))
					}
				})
			}
		}
	}
}

func TestCopyLimit(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsStream() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			got := relay(t, k, []byte("Hello, world"), func(dst, src *sock.Conn) {
				limited := &io.LimitedReader{R: src, N: 5}
				if n, err := dst.ReadFrom(limited); n != 5 || err != nil || limited.N != 0 {
					t.Errorf("ReadFrom = %d, %v, with %d bytes left, want 5 and none left", n, err, limited.N)
				}
			})
			if string(got) != "Hello" {
				t.Errorf("got %q, want Hello", got)
			}
		})
	}
}

// TestCopyFile sends a file from its current offset, and receives into a file.
func TestCopyFile(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<14)
	path := filepath.Join(t.TempDir(), "content")
	check(t, os.WriteFile(path, []byte("begin "+content), 0o600))
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := os.Open(path)
		check(t, err)
		defer f.Close()
		_, err = f.Seek(6, io.SeekStart)
		check(t, err)
		sent := make(chan error)
		go func() {
			n, err := io.Copy(a, f)
			if n != int64(len(content)) && err == nil {
				err = io.ErrShortWrite
			}
			a.CloseWrite()
			sent <- err
		}()
		copied, err := os.Create(filepath.Join(t.TempDir(), "copy"))
		check(t, err)
		defer copied.Close()
		if n, err := io.Copy(copied, b); n != int64(len(content)) || err != nil {
			t.Errorf("io.Copy = %d, %v, want %d", n, err, len(content))
		}
		check(t, <-sent)
		if got, err := os.ReadFile(copied.Name()); string(got) != content || err != nil {
			t.Errorf("the copy has %d bytes, %v, want the %d that were sent", len(got), err, len(content))
		}
	})
}

// TestCopyAppends copies to a file that splice(2) refuses when bytes have been taken from the socket already.
func TestCopyAppends(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<14)
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		path := filepath.Join(t.TempDir(), "log")
		check(t, os.WriteFile(path, []byte("begin "), 0o600))
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		check(t, err)
		defer f.Close()
		go func() { a.Write([]byte(content)); a.CloseWrite() }()
		if n, err := io.Copy(f, b); n != int64(len(content)) || err != nil {
			t.Errorf("io.Copy = %d, %v, want %d", n, err, len(content))
		}
		if got, err := os.ReadFile(path); string(got) != "begin "+content || err != nil {
			t.Errorf("the file has %d bytes, %v, want %d", len(got), err, len("begin "+content))
		}
	})
}

// buffered is a socket whose Read reads from a buffer.
type buffered struct {
	*net.UnixConn
	r io.Reader
}

func (b buffered) Read(p []byte) (int, error)         { return b.r.Read(p) }
func (b buffered) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, b.r) }

func TestCopyReadsWhatIsBuffered(t *testing.T) {
	got := relay(t, socktest.Kinds[0], []byte("world"), func(dst, src *sock.Conn) {
		r := io.MultiReader(strings.NewReader("Hello, "), src)
		if _, err := dst.ReadFrom(buffered{theirs(t, src).(*net.UnixConn), r}); err != nil {
			t.Error(err)
		}
	})
	if string(got) != "Hello, world" {
		t.Errorf("got %q, want \"Hello, world\"", got)
	}
}

// In TestCopyDeadline, the peer does not read, so the copy waits for space in the socket's buffer.
func TestCopyDeadline(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		c, d := k.Pair(t)
		in, src := conn(t, c), conn(t, d)
		go in.ReadFrom(endless{})
		go func() {
			b.Recv(make([]byte, 1), sock.MSG_PEEK)
			a.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		}()
		if n, err := a.ReadFrom(src); n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("ReadFrom = %d, %v, want os.ErrDeadlineExceeded", n, err)
		}
	})
}

// TestCopyInTheKernel checks that the bytes of a copy don't pass through the program.
func TestCopyInTheKernel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "content")
	check(t, os.WriteFile(path, []byte("Hello, world"), 0o600))
	file, err := os.Open(path)
	check(t, err)
	defer file.Close()
	for call, copy := range map[string]func(dst, src *sock.Conn) error{
		"splice":   func(dst, src *sock.Conn) error { _, err := io.Copy(dst, src); return err },
		"sendfile": func(dst, src *sock.Conn) error { _, err := io.Copy(dst, file); return err },
	} {
		t.Run(call, func(t *testing.T) {
			var lines strings.Builder
			relay(t, socktest.Kinds[0], []byte("Hello, world"), func(dst, src *sock.Conn) {
				sock.SetTrace(func(line string) {
					if strings.Contains(string(debug.Stack()), "io.Copy(") { // not a call of the goroutines at both ends
						lines.WriteString(line + "\n")
					}
				})
				defer sock.SetTrace(nil)
				check(t, copy(dst, src))
			})
			trace := lines.String()
			if !strings.Contains(trace, call) || strings.Contains(trace, "world") {
				t.Errorf("the copy makes these calls, want %s and no data:\n%s", call, trace)
			}
		})
	}
}

// An urgent byte neither ends a copy nor blocks it forever.
func TestCopyUrgent(t *testing.T) {
	for _, k := range socktest.Kinds {
		if !k.IsPlainTCP() {
			continue
		}
		for _, inline := range []bool{false, true} {
			a, b := k.Pair(t)
			c, d := k.Pair(t)
			check(t, sock.Setsockopt(b, sock.SO_OOBINLINE, inline))
			sendUrgent(t, a)
			src, dst, out := conn(t, b), conn(t, c), conn(t, d)
			want := map[bool]string{false: "beforeafter", true: "before!after"}[inline]
			if n, err := dst.ReadFrom(src); n != int64(len(want)) || err != nil {
				t.Errorf("%s: ReadFrom = %d, %v, want %d", k.Name, n, err, len(want))
			}
			check(t, dst.CloseWrite())
			if got, err := io.ReadAll(out); string(got) != want || err != nil {
				t.Errorf("%s: received %q, %v, want %q", k.Name, got, err, want)
			}
		}
	}
}

// An error of the file at the other end is wrapped too, as package net does.
func TestCopyErrorOfFile(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		f, err := os.Open(os.DevNull)
		check(t, err)
		check(t, f.Close())
		go b.Write([]byte("x"))
		for name, copied := range map[string]func() error{
			"ReadFrom": func() error { _, err := a.ReadFrom(f); return err },
			"WriteTo":  func() error { _, err := a.WriteTo(f); return err },
		} {
			err := copied()
			if op := (*net.OpError)(nil); !errors.As(err, &op) || !errors.Is(op, os.ErrClosed) {
				t.Errorf("%s: %v, want a *net.OpError of os.ErrClosed", name, err)
			}
		}
	})
}

// A copy to a file that refuses both splice(2) and write(2) reports that: bytes have been taken from the socket already.
func TestCopyToSealedFile(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		fd, err := unix.MemfdCreate("sealed", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
		check(t, err)
		f := os.NewFile(uintptr(fd), "sealed")
		defer f.Close()
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_GROW)
		check(t, err)
		_, err = a.Write([]byte("Hello"))
		check(t, err)
		check(t, a.CloseWrite())
		if n, err := b.WriteTo(f); n != 0 || !errors.Is(err, sock.EPERM) {
			t.Errorf("WriteTo = %d, %v, want EPERM", n, err)
		}
	})
}
