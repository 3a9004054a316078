//go:build !race

package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"
)

// TestConnDoesntAllocate has buffers that live longer than the call: they pass through the Conn, and so aren't on the stack.
func TestConnDoesntAllocate(t *testing.T) {
	for _, typ := range []int{SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET} {
		fds, err := Socketpair(AF_UNIX, typ, 0)
		check(t, err)
		a, err := NewConn(fds[0])
		check(t, err)
		defer a.Close()
		b, err := NewConn(fds[1])
		check(t, err)
		defer b.Close()
		p := make([]byte, 64)
		m := &Msg{Iov: [][]byte{p}}
		out, in := NewBatch(4, 16), NewBatch(4, 64)
		allocFree(t, []allocCall{
			{"Write, Read", nil, func() error {
				_, sent := a.Write(p)
				_, err := b.Read(p)
				return both(sent, err)
			}},
			{"Send, Recv", nil, func() error {
				_, sent := a.Send(p, 0)
				_, err := b.Recv(p, 0)
				return both(sent, err)
			}},
			{"Sendto, Recvfrom", nil, func() error {
				_, sent := a.Sendto(p, 0, Sockaddr{})
				_, _, err := b.Recvfrom(p, 0)
				return both(sent, err)
			}},
			{"Sendmsg, Recvmsg", nil, func() error {
				_, sent := a.Sendmsg(m, 0)
				_, err := b.Recvmsg(m, 0)
				return both(sent, err)
			}},
			{"Sendmmsg, Recvmmsg", nil, func() error {
				_, sent := a.Sendmmsg(out, 0)
				_, err := b.Recvmmsg(in, 0)
				return both(sent, err)
			}},
			{"SendBatch, Recvmmsg", nil, func() error {
				_, sent := a.SendBatch(out, 0)
				_, err := b.Recvmmsg(in, 0)
				return both(sent, err)
			}},
		})
	}
}

// TestWaitingDoesntAllocate has each receive wait for the other goroutine's answer.
func TestWaitingDoesntAllocate(t *testing.T) {
	fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
	check(t, err)
	a, err := NewConn(fds[0])
	check(t, err)
	b, err := NewConn(fds[1])
	check(t, err)
	defer b.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p := make([]byte, 64)
		for {
			n, err := b.Read(p)
			if err != nil {
				return
			}
			if _, err := b.Write(p[:n]); err != nil {
				return
			}
		}
	}()
	defer func() {
		check(t, a.Close())
		<-ended
	}()
	p := make([]byte, 64)
	allocFree(t, []allocCall{{"Write, Read", nil, func() error {
		_, err := a.Write(p)
		_, err2 := a.Read(p)
		return both(err, err2)
	}}})
}
