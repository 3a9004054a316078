package sock_test

import (
	"bytes"
	"slices"
	"testing"

	"example.com/berkeley/sock"
)

// pieces splits p into n buffers of about the same length.
func pieces(p []byte, n int) (bufs [][]byte) {
	for i := range n {
		bufs = append(bufs, p[len(p)*i/n:len(p)*(i+1)/n])
	}
	return bufs
}

// A message that is gathered from any number of buffers can be scattered into any other number.
func TestSendmsgRecvmsg(t *testing.T) {
	message := []byte("a message of a certain length, that is cut into pieces")
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		for _, count := range []int{1, 2, 8, 9, 1024} {
			n, err := sock.Sendmsg(a, &sock.Msg{Iov: pieces(message, count)}, 0)
			if n != len(message) || err != nil {
				t.Fatalf("Sendmsg of %d buffers = %d, %v, want %d", count, n, err, len(message))
			}
			await(t, b, sock.POLLIN)
			got := make([]byte, len(message))
			n, err = sock.Recvmsg(b, &sock.Msg{Iov: pieces(got, count)}, 0)
			if n != len(message) || err != nil || !bytes.Equal(got, message) {
				t.Fatalf("Recvmsg into %d buffers = %d, %v, %q, want %q", count, n, err, got, message)
			}
		}
	})
}

func TestTooManyBuffers(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		m := &sock.Msg{Iov: make([][]byte, 1025)}
		if n, err := sock.Sendmsg(a, m, 0); n != 0 || err != sock.EMSGSIZE {
			t.Errorf("Sendmsg = %d, %v, want EMSGSIZE", n, err)
		}
		if n, err := sock.Recvmsg(b, m, sock.MSG_DONTWAIT); n != 0 || err != sock.EMSGSIZE {
			t.Errorf("Recvmsg = %d, %v, want EMSGSIZE", n, err)
		}
	})
}

func TestMsgName(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		want := sock.Sockaddr{}
		if k.IsInet() && k.IsMessage() {
			want = name(t, a)
		}
		send(t, a, "x")
		await(t, b, sock.POLLIN)
		m := &sock.Msg{Name: sock.Unspec(), Iov: [][]byte{make([]byte, 8)}}
		if _, err := sock.Recvmsg(b, m, 0); err != nil || m.Name != want {
			t.Errorf("Recvmsg: from %v, %v, want %v", m.Name, err, want)
		}
	})
}

func TestMsgFlags(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "too long")
		await(t, b, sock.POLLIN)
		m := &sock.Msg{Iov: [][]byte{make([]byte, 3)}}
		if n, err := sock.Recvmsg(b, m, 0); n != 3 || err != nil || m.Flags&sock.MSG_TRUNC == 0 {
			t.Errorf("Recvmsg = %d, %v, flags %#x, want 3 and MSG_TRUNC", n, err, m.Flags)
		}
	})
}

// With space for control messages, the kernel is asked for close-on-exec and reports that it was. The program, which didn't
// ask, gets the flags that it would get in C.
func TestMsgFlagsOfControl(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "hello")
		send(t, a, "hello")
		m := &sock.Msg{Iov: [][]byte{make([]byte, 8)}, Control: make([]byte, 64)}
		if n, err := sock.Recvmsg(b, m, 0); n != 5 || err != nil || m.Flags&^sock.MSG_EOR != 0 {
			t.Errorf("Recvmsg = %d, %v, flags %#x, want 5 and no other flag than MSG_EOR", n, err, m.Flags)
		}
		in := sock.NewBatch(1, 8)
		in.SetControlSize(64)
		if n, err := sock.Recvmmsg(b, in, 0, nil); n != 1 || err != nil || in.Msg(0).Flags&^sock.MSG_EOR != 0 {
			t.Errorf("Recvmmsg = %d, %v, flags %#x, want 1 and no other flag than MSG_EOR", n, err, in.Msg(0).Flags)
		}
	})
}

func TestEmptyMsg(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.Sendmsg(a, &sock.Msg{}, 0); n != 0 || err != nil {
			t.Fatalf("Sendmsg = %d, %v, want 0", n, err)
		}
		await(t, b, sock.POLLIN)
		if n, err := sock.Recvmsg(b, &sock.Msg{}, 0); n != 0 || err != nil {
			t.Errorf("Recvmsg = %d, %v, want 0", n, err)
		}
	})
}

// After an error, the same Msg can be used again.
func TestFailedRecvmsgKeepsControl(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		m := &sock.Msg{Name: sock.Unspec(), Iov: [][]byte{make([]byte, 8)}, Control: make([]byte, 64)}
		n, err := sock.Recvmsg(b, m, sock.MSG_DONTWAIT)
		if n != 0 || err != sock.EAGAIN || len(m.Control) != 64 || !m.Name.IsZero() {
			t.Errorf("Recvmsg = %d, %v, %d bytes of control data, name %v, want EAGAIN, 64, none", n, err, len(m.Control), m.Name)
		}
		send(t, a, "x")
		await(t, b, sock.POLLIN)
		if n, err := sock.Recvmsg(b, m, 0); n != 1 || err != nil || len(m.Control) != 0 {
			t.Errorf("Recvmsg = %d, %v, %d bytes of control data, want 1, nil, 0", n, err, len(m.Control))
		}
	})
}

func TestBatch(t *testing.T) {
	const count = 5
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		out, in := sock.NewBatch(count, 64), sock.NewBatch(count+2, 64)
		for round := range 3 { // a batch can be reused
			out.Resize(count - round)
			var want []string
			for i := range count - round {
				text := []byte("message no. ")[:5+i+round]
				m := out.Msg(i)
				m.Iov[0] = append(m.Iov[0][:0], text...)
				want = append(want, string(text))
			}
			if n, err := sock.Sendmmsg(a, out, 0); n != len(want) || err != nil || out.N(0) != len(want[0]) {
				t.Fatalf("Sendmmsg = %d, %v, N(0) = %d, want %d, nil, %d", n, err, out.N(0), len(want), len(want[0]))
			}
			await(t, b, sock.POLLIN)
			n, err := sock.Recvmmsg(b, in, sock.MSG_DONTWAIT, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range n {
				got = append(got, string(in.Msg(i).Iov[0][:in.N(i)]))
				in.Msg(i).Iov[0] = in.Msg(i).Iov[0][:in.N(i)] // as an echo would
			}
			if !slices.Equal(got, want) {
				t.Fatalf("received %q, want %q", got, want)
			}
			if in.N(n) != 0 {
				t.Errorf("N(%d) = %d for a message that was not received, want 0", n, in.N(n))
			}
		}
	})
}

func TestBatchNames(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		want := sock.Sockaddr{}
		if k.IsInet() {
			want = name(t, a)
		}
		send(t, a, "one")
		send(t, a, "two, longer than its buffer")
		in := sock.NewBatch(2, 8)
		await(t, b, sock.POLLIN)
		n, err := sock.Recvmmsg(b, in, sock.MSG_WAITFORONE, nil)
		if n != 2 || err != nil || in.Msg(0).Name != want || in.Msg(1).Name != want {
			t.Fatalf("Recvmmsg = %d, %v, from %v and %v, want both from %v", n, err, in.Msg(0).Name, in.Msg(1).Name, want)
		}
		if in.Msg(0).Flags&sock.MSG_TRUNC != 0 || in.Msg(1).Flags&sock.MSG_TRUNC == 0 {
			t.Errorf("flags %#x and %#x, want MSG_TRUNC for the second", in.Msg(0).Flags, in.Msg(1).Flags)
		}
	})
}

// A batch without buffers uses the caller's, any number of them per message.
func TestBatchOfCallersBuffers(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		out := sock.NewBatch(3, 0)
		out.Msg(0).Iov = [][]byte{[]byte("one "), []byte("two"), nil, []byte(" three")}
		out.Msg(2).Iov = [][]byte{[]byte("last")}
		if n, err := sock.SendBatch(a, out, 0); n != 3 || err != nil {
			t.Fatalf("SendBatch = %d, %v, want 3", n, err)
		}
		receive(t, b, 64, 0, "one two three")
		receive(t, b, 64, 0, "")
		receive(t, b, 64, 0, "last")
	})
}

func TestBatchNothing(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		in := sock.NewBatch(2, 8)
		if n, err := sock.Recvmmsg(b, in, sock.MSG_DONTWAIT, nil); n != 0 || err != sock.EAGAIN || in.N(0) != 0 {
			t.Errorf("Recvmmsg = %d, %v, want EAGAIN", n, err)
		}
		for _, size := range []int{0, -1} {
			out := sock.NewBatch(size, size)
			if n, err := sock.Sendmmsg(a, out, 0); n != 0 || err != nil {
				t.Errorf("Sendmmsg of no messages = %d, %v, want 0", n, err)
			}
			if n, err := sock.SendBatch(a, out, 0); n != 0 || err != nil {
				t.Errorf("SendBatch of no messages = %d, %v, want 0", n, err)
			}
		}
	})
}

// SendBatch reports which message could not be sent.
func TestSendBatchFindsTheError(t *testing.T) {
	forEachPair(t, kind.IsMessage, func(t *testing.T, a, b int, k kind) {
		out := sock.NewBatch(4, 0)
		for i := range 4 {
			out.Msg(i).Iov = [][]byte{[]byte("fits")}
		}
		out.Msg(2).Iov = [][]byte{make([]byte, 16<<20)}
		if n, err := sock.SendBatch(a, out, 0); n != 2 || err != sock.EMSGSIZE || out.N(1) != 4 || out.N(2) != 0 {
			t.Errorf("SendBatch = %d, %v, want 2, EMSGSIZE", n, err)
		}
		receive(t, b, 64, 0, "fits")
		receive(t, b, 64, 0, "fits")
		if n, err := sock.Recv(b, make([]byte, 64), sock.MSG_DONTWAIT); err != sock.EAGAIN {
			t.Errorf("third Recv = %d, %v, want EAGAIN", n, err)
		}
	})
}

// SendBatch makes several calls for more messages than one call can send.
func TestLongBatch(t *testing.T) {
	const count = 1500
	forEachPair(t, func(k kind) bool { return k.IsMessage() && k.IsInet() && !k.Nonblock }, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(b, sock.SO_RCVBUF, 8<<20))
		out := sock.NewBatch(count, 1)
		if n, err := sock.Sendmmsg(a, out, 0); n != 1024 || err != nil {
			t.Errorf("Sendmmsg = %d, %v, want 1024", n, err)
		}
		if n, err := sock.SendBatch(a, out, 0); n != count || err != nil {
			t.Errorf("SendBatch = %d, %v, want %d", n, err, count)
		}
	})
}
