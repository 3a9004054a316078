package sock_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

func TestNewBatchTooLarge(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("NewBatch of too many messages returned, want a panic")
		}
	}()
	sock.NewBatch(math.MaxInt, 0)
}

func TestConnSendBatchOfNone(t *testing.T) {
	c, _ := connPair(t, sock.SOCK_DGRAM)
	if n, err := c.SendBatch(nil, 0); n != 0 || !errors.Is(err, sock.EFAULT) {
		t.Errorf("SendBatch(nil) = %d, %v; want EFAULT", n, err)
	}
}

// What messages are sent with stays the caller's: neither SetControlSize nor Resize gives them control messages.
func TestControlSizeAndResize(t *testing.T) {
	a, b := pair(t, sock.SOCK_DGRAM)
	batch := sock.NewBatch(1, 8)
	batch.SetControlSize(64)
	batch.Resize(2)
	if n, err := sock.Sendmmsg(a, batch, 0); n != 2 || err != nil {
		t.Errorf("Sendmmsg = %d, %v; want 2", n, err)
	}
	received := sock.NewBatch(1, 8)
	check(t, sock.Setsockopt(b, sock.SO_PASSCRED, true))
	for _, size := range []int{sock.CmsgSpace(12), 0} {
		received.SetControlSize(size)
		if _, err := sock.Recvmmsg(b, received, 0, nil); err != nil || (len(received.Msg(0).Control) > 0) != (size > 0) {
			t.Errorf("with SetControlSize(%d): received %d bytes of control messages, %v", size, len(received.Msg(0).Control), err)
		}
	}
}

// Whatever happens to a batch between two receives, the second one finds its messages with their own buffers, and no trace of
// the first.
func TestRecvmmsgAgain(t *testing.T) {
	long, err := sock.Unix(strings.Repeat("x", 100))
	check(t, err)
	spoiled := sock.Msg{Name: long, Iov: [][]byte{make([]byte, 8)}, Flags: -1}
	for _, between := range []struct {
		name string
		do   func(in *sock.Batch)
	}{
		{"nothing", func(*sock.Batch) {}},
		{"messages changed", func(in *sock.Batch) {
			for i := range in.Len() {
				*in.Msg(i) = spoiled
			}
		}},
		{"resized", func(in *sock.Batch) { in.Resize(1); in.Resize(3) }},
		{"resized, received", func(in *sock.Batch) { in.Resize(1); sock.Recvmmsg(-1, in, 0, nil); in.Resize(3) }},
		{"sent", func(in *sock.Batch) { sock.SendBatch(-1, in, 0) }},
		{"refused", func(in *sock.Batch) { sock.Recvmmsg(-1, in, 0, nil) }},
		{"other control size", func(in *sock.Batch) { in.SetControlSize(128) }},
	} {
		t.Run(between.name, func(t *testing.T) {
			forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
				want := sock.Sockaddr{}
				if k.IsInet() {
					want = name(t, a)
				}
				option := sock.SO_PASSCRED
				if k.IsInet() {
					option = sock.SO_TIMESTAMP
				}
				in := sock.NewBatch(3, 8)
				in.SetControlSize(64)
				for round, texts := range [][]string{{"1", "2"}, {"one"}, {"eins", "zwei", "drei"}} {
					for _, text := range texts {
						send(t, a, text)
					}
					await(t, b, sock.POLLIN)
					if n, err := sock.Recvmmsg(b, in, sock.MSG_DONTWAIT, nil); n != len(texts) || err != nil {
						t.Fatalf("Recvmmsg = %d, %v; want %d", n, err, len(texts))
					}
					for i, text := range texts {
						m := in.Msg(i)
						if got := string(m.Iov[0][:in.N(i)]); got != text || m.Name != want || len(m.Iov[0]) != 8 {
							t.Errorf("received %q from %v in a buffer of %d; want %q from %v, 8", got, m.Name, len(m.Iov[0]), text, want)
						}
						messages := slices.Collect(sock.Cmsgs(m.Control))
						if len(messages) != min(round, 1) || round > 0 && messages[0].Level != sock.SOL_SOCKET || m.Flags&(sock.MSG_TRUNC|sock.MSG_CTRUNC) != 0 {
							t.Errorf("control messages %v, flags %#x; want %d of SOL_SOCKET, none", messages, m.Flags, min(round, 1))
						}
					}
					check(t, sock.Setsockopt(b, option, true)) // after a round in which the kernel wrote no control messages
					between.do(in)
				}
			})
		})
	}
}

// A stream takes parts of messages. All of them arrive, in order and without gaps.
func TestConnSendBatchOnStream(t *testing.T) {
	needKernel(t) // an emulator may go on after a message of which it sent a part
	forEachConn(t, kind.IsStream, func(t *testing.T, a, b *sock.Conn, k kind) {
		batch, want := largeBatch()
		received := make(chan []byte)
		go func() {
			p, _ := io.ReadAll(b)
			received <- p
		}()
		n, err := a.SendBatch(batch, 0)
		if n != batch.Len() || err != nil {
			t.Errorf("SendBatch = %d, %v; want %d", n, err, batch.Len())
		}
		check(t, a.Shutdown(sock.SHUT_WR))
		if got := <-received; !bytes.Equal(got, want) {
			t.Errorf("received %d bytes, want the %d that were sent", len(got), len(want))
		}
		for i := range batch.Len() {
			if got, want := batch.N(i), len(batch.Msg(i).Iov[0])+len(batch.Msg(i).Iov[1]); got != want {
				t.Errorf("N(%d) = %d, want %d", i, got, want)
			}
		}
	})
}

// If a stream takes no more, N tells how much of which message it took.
func TestSendBatchOnFullStream(t *testing.T) {
	needKernel(t)
	forEachPair(t, func(k kind) bool { return k.IsStream() && !k.IsBlocking() }, func(t *testing.T, a, b int, k kind) {
		batch, want := largeBatch()
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16)) // the system's may hold everything
		check(t, sock.Setsockopt(b, sock.SO_RCVBUF, 1<<16))
		n, err := sock.SendBatch(a, batch, 0)
		if err != sock.EAGAIN {
			t.Fatalf("SendBatch = %d, %v; want EAGAIN", n, err)
		}
		sent := 0
		for i := range batch.Len() {
			sent += batch.N(i)
			if i > n && batch.N(i) > 0 {
				t.Errorf("N(%d) = %d after message %d failed, want 0", i, batch.N(i), n)
			}
		}
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		check(t, sock.SetNonblock(b, false))
		got, err := sock.RecvAll(b, len(want))
		if check(t, err); !bytes.Equal(got, want[:sent]) {
			t.Errorf("received %d bytes, want the %d that N counts", len(got), sent)
		}
	})
}

// largeBatch returns messages that together are larger than the buffers of any socket, and all their bytes.
func largeBatch() (b *sock.Batch, all []byte) {
	b = sock.NewBatch(12, 0)
	for i := range b.Len() {
		first, second := pattern(1<<20, byte(i)), pattern(1000+i, byte(100+i))
		b.Msg(i).Iov = [][]byte{first, second}
		all = append(append(all, first...), second...)
	}
	return b, all
}

func pattern(n int, first byte) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = first + byte(i%251)
	}
	return p
}
