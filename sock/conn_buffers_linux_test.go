package sock_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// One call sends all buffers, as one message if the socket has messages.
func TestWriteBuffers(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		v := net.Buffers{[]byte("ab"), nil, []byte("cd"), []byte("ef")}
		calls := callsOf(t, func() {
			if n, err := a.WriteBuffers(&v); n != 6 || err != nil || len(v) != 0 {
				t.Errorf("WriteBuffers = %d, %v, with %d buffers left, want 6 bytes and no buffers", n, err, len(v))
			}
		})
		if strings.Join(calls, " ") != "sendmsg" {
			t.Errorf("WriteBuffers makes the calls %q, want one sendmsg", calls)
		}
		p := make([]byte, 8)
		if n, err := io.ReadAtLeast(b, p, 6); string(p[:n]) != "abcdef" || err != nil {
			t.Errorf("received %q, %v, want abcdef", p[:n], err)
		}
	})
}

// More buffers or more bytes than one call can send take several calls.
func TestWriteBuffersNil(t *testing.T) {
	forEachConn(t, kind.IsAny, func(t *testing.T, a, b *sock.Conn, k kind) {
		if n, err := a.WriteBuffers(nil); n != 0 || !errors.Is(err, sock.EFAULT) {
			t.Errorf("WriteBuffers(nil) = %d, %v, want EFAULT", n, err)
		}
	})
}

func TestWriteBuffersMany(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		const count, size = 3000, 1000
		var v net.Buffers
		var want []byte
		for i := range count {
			v = append(v, bytes.Repeat([]byte{byte(i)}, size))
			want = append(want, v[i]...)
		}
		sent := make(chan error)
		go func() {
			n, err := a.WriteBuffers(&v)
			if n != count*size || len(v) != 0 {
				t.Errorf("WriteBuffers = %d, with %d buffers left, want %d and none", n, len(v), count*size)
			}
			sent <- err
		}()
		got := make([]byte, count*size)
		_, err := io.ReadFull(b, got)
		check(t, err)
		check(t, <-sent)
		if !bytes.Equal(got, want) {
			t.Error("received other bytes than those sent")
		}
	})
}

// Unsent bytes stay in the buffers.
func TestWriteBuffersDeadline(t *testing.T) {
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		v := net.Buffers{make([]byte, 1<<20), make([]byte, 8<<20)}
		type result struct {
			n   int64
			err error
		}
		written := make(chan result)
		go func() { n, err := a.WriteBuffers(&v); written <- result{n, err} }()
		_, err := b.Read(make([]byte, 1)) // WriteBuffers has sent something
		check(t, err)
		check(t, a.SetWriteDeadline(time.Unix(1, 0)))
		got := <-written
		left := int64(0)
		for _, p := range v {
			left += int64(len(p))
		}
		if op := (*net.OpError)(nil); !errors.As(got.err, &op) || !errors.Is(got.err, os.ErrDeadlineExceeded) || got.n+left != 9<<20 || got.n == 0 {
			t.Errorf("WriteBuffers = %d, %v, with %d bytes left, want os.ErrDeadlineExceeded and all bytes sent or left", got.n, got.err, left)
		}
	})
}

func TestWriteBuffersTooMany(t *testing.T) {
	forEachConn(t, kind.IsMessage, func(t *testing.T, a, b *sock.Conn, k kind) {
		v := make(net.Buffers, 1025)
		if n, err := a.WriteBuffers(&v); n != 0 || !errors.Is(err, sock.EMSGSIZE) || len(v) != 1025 {
			t.Errorf("WriteBuffers = %d, %v, with %d buffers left, want EMSGSIZE and all 1025 buffers", n, err, len(v))
		}
	})
}
