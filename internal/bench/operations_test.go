//go:build linux

package bench

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"testing"
)

// operations are what the packages are compared in: how often one is done in a turn, which is to take some milliseconds, and
// what does it once, nil for a package that can't.
var operations = []struct {
	name  string
	times int
	start func(b *testing.B, p scheduled) (once func())
}{
	{"ping-pong of 64 B", 200, pingPong},
	{"write of 64 KiB", 200, write},
	{"datagram of 64 B", 500, datagram},
	{"datagram of 64 B by UDPConn", 500, datagramAddrPort},
	{"connect and accept", 50, accept},
	{"HTTP of 0 KB", 50, post(0)},
	{"HTTP of 5 KB", 50, post(5 << 10)},
	{"HTTP of 100 KB", 20, post(100 << 10)},
	{"gRPC of 100 B", 50, unary(100)},
	{"QUIC of 64 KiB", 10, quicStream(64 << 10)},
}

// pingPong is a round trip over TCP, between two goroutines.
func pingPong(b *testing.B, p scheduled) func() {
	client, server := connection(b, p)
	go io.CopyBuffer(struct{ io.Writer }{server}, struct{ io.Reader }{server}, make([]byte, 64))
	message := make([]byte, 64)
	return func() {
		_, err := client.Write(message)
		check(b, err)
		_, err = io.ReadFull(client, message)
		check(b, err)
	}
}

// write is a write over TCP, which another goroutine reads.
func write(b *testing.B, p scheduled) func() {
	content := make([]byte, 64<<10)
	client, server := connection(b, p)
	go io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{server}, make([]byte, len(content)))
	return func() {
		n, err := client.Write(content)
		check(b, err)
		if n != len(content) {
			b.Fatalf("Write = %d, want %d", n, len(content))
		}
	}
}

// datagram is a datagram to an address, and its receive with the sender's.
func datagram(b *testing.B, p scheduled) func() {
	send, receive := p.datagrams(b)
	message := make([]byte, 64)
	return func() {
		_, err := send(message)
		check(b, err)
		_, err = receive(message)
		check(b, err)
	}
}

// datagramAddrPort is datagram with *net.UDPConn's methods.
func datagramAddrPort(b *testing.B, p scheduled) func() {
	if p.listenPacket == nil {
		return nil
	}
	type udpConn interface {
		net.PacketConn
		ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error)
		WriteToUDPAddrPort(p []byte, to netip.AddrPort) (int, error)
	}
	from, to := packets(b, p).(udpConn), packets(b, p).(udpConn)
	address := to.LocalAddr().(*net.UDPAddr).AddrPort()
	message := make([]byte, 64)
	return func() {
		_, err := from.WriteToUDPAddrPort(message, address)
		check(b, err)
		_, _, err = to.ReadFromUDPAddrPort(message)
		check(b, err)
	}
}

// accept is a connection of TCP: made, accepted, closed at both ends.
func accept(b *testing.B, p scheduled) func() {
	accept, dial := p.listen(b)
	return func() {
		client, err := dial()
		check(b, err)
		server, err := accept()
		check(b, err)
		check(b, client.Close())
		check(b, server.Close())
	}
}

// packets is a socket of UDP as libraries take it.
func packets(b *testing.B, p scheduled) net.PacketConn {
	c, err := p.listenPacket(b.Context(), "udp4", loopback.String())
	check(b, err)
	b.Cleanup(func() { c.Close() })
	return c
}

// echo checks that as many bytes came back as were sent.
func echo(b *testing.B, sent, received []byte, err error) {
	check(b, err)
	if !bytes.Equal(sent, received) {
		b.Fatalf("received %d bytes that are not the %d sent", len(received), len(sent))
	}
}
