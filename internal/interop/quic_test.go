//go:build linux

package interop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"example.com/berkeley/sock"

	"github.com/quic-go/quic-go"
)

var _ quic.OOBCapablePacketConn = (*sock.UDPConn)(nil)

// countingConn counts the messages that ask for segmentation, UDP_SEGMENT, and that are marked for ECN, IP_TOS.
type countingConn struct {
	*sock.UDPConn
	segmented, marked atomic.Int64
}

func (c *countingConn) WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error) {
	for cmsg := range sock.Cmsgs(oob) {
		switch {
		case cmsg.Level == sock.IPPROTO_UDP && cmsg.Type == sock.UDP_SEGMENT.Number():
			c.segmented.Add(1)
		case cmsg.Level == sock.IPPROTO_IP && cmsg.Type == sock.IP_TOS.Number():
			c.marked.Add(1)
		}
	}
	return c.UDPConn.WriteMsgUDP(p, oob, addr)
}

func TestQUIC(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		serverTLS, clientTLS := tlsConfigs("echo")
		open := func(s side) net.PacketConn {
			c := packets(t, s, "udp4", "127.0.0.1:0")
			if udp, ok := c.(*sock.UDPConn); ok {
				return &countingConn{UDPConn: udp}
			}
			return c
		}
		from, to := open(client), open(server)
		transport := &quic.Transport{Conn: to}
		t.Cleanup(func() { transport.Close() })
		l, err := transport.Listen(serverTLS, nil)
		check(t, err)
		go echoQUIC(l)

		dialer := &quic.Transport{Conn: from}
		t.Cleanup(func() { dialer.Close() })
		conn, err := dialer.Dial(t.Context(), to.LocalAddr(), clientTLS, nil)
		check(t, err)
		for _, size := range []int{1, 5 << 10, 2 << 20} {
			exchangeQUIC(t, conn, content(size))
		}
		for _, c := range []net.PacketConn{from, to} {
			if c, ok := c.(*countingConn); ok && (c.segmented.Load() == 0 || c.marked.Load() <= 10) {
				t.Errorf("%d messages segmented, %d marked for ECN, want at least 1 and 11", c.segmented.Load(), c.marked.Load())
			}
		}
		endsWithContext(t, func(ctx context.Context) error { _, err := conn.AcceptStream(ctx); return err })
		endsWithContext(t, func(ctx context.Context) error {
			_, err := dialer.Dial(ctx, packets(t, theirs, "udp4", "127.0.0.1:0").LocalAddr(), clientTLS, nil)
			return err
		})
	})
}

// echoQUIC sends the bytes of each stream back.
func echoQUIC(l *quic.Listener) {
	for {
		conn, err := l.Accept(context.Background())
		if err != nil {
			return
		}
		go func() {
			for {
				stream, err := conn.AcceptStream(context.Background())
				if err != nil {
					return
				}
				go func() { io.Copy(stream, stream); stream.Close() }()
			}
		}()
	}
}

func exchangeQUIC(t *testing.T, conn *quic.Conn, sent []byte) {
	t.Helper()
	stream, err := conn.OpenStreamSync(t.Context())
	check(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(stream, bytes.NewReader(sent))
		done <- errors.Join(err, stream.Close())
	}()
	received, err := io.ReadAll(stream)
	check(t, errors.Join(err, <-done))
	checkEcho(t, sent, received)
}
