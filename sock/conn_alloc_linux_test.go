//go:build !race

package sock_test

import (
	"net"
	"testing"

	. "example.com/berkeley/sock"
)

// In TestConnDoesntAllocate, the buffers outlive the calls: they pass through the Conn, so they can't be on the stack.
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

// The methods that take or return a netip.AddrPort don't allocate.
func TestUDPConnDoesntAllocate(t *testing.T) {
	p, err := new(ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	check(t, err)
	defer p.Close()
	c := p.(*UDPConn)
	to := c.LocalAddr().(*net.UDPAddr).AddrPort()
	data, control := make([]byte, 64), make([]byte, 64)
	var buffers [2][]byte
	client, err := Dial(t.Context(), "udp://"+to.String())
	check(t, err)
	defer client.Close()
	allocFree(t, []allocCall{
		{"WriteToUDPAddrPort, ReadFromUDPAddrPort", nil, func() error {
			_, sent := c.WriteToUDPAddrPort(data, to)
			_, _, err := c.ReadFromUDPAddrPort(data)
			return both(sent, err)
		}},
		{"WriteMsgUDPAddrPort, ReadMsgUDPAddrPort", nil, func() error {
			_, _, sent := c.WriteMsgUDPAddrPort(data, nil, to)
			_, _, _, _, err := c.ReadMsgUDPAddrPort(data, control)
			return both(sent, err)
		}},
		{"WriteBuffers, Read", nil, func() error {
			buffers = [2][]byte{data[:8], data[8:]}
			v = buffers[:]
			_, sent := client.WriteBuffers(&v)
			_, err := c.Read(data)
			return both(sent, err)
		}},
	})
}

// v outlives the calls, because a pointer to it passes through the Conn.
var v net.Buffers

// In TestWaitingDoesntAllocate, each receive waits for the other goroutine's answer.
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
