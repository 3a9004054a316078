//go:build linux

// Package bench has benchmarks beside other packages, side by side in one run:
//
//	go -C internal/bench test -bench .
package bench

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// What the datagram benchmarks move: size bytes each, count at a time, from one socket to another over loopback.
const (
	size  = 64
	count = 64
)

// BenchmarkDatagrams moves count datagrams an operation; ns/op divided by count is the time of one.
func BenchmarkDatagrams(b *testing.B) {
	b.Run("net one by one", netOneByOne)
	b.Run("x-net batch", xnetBatch)
	b.Run("sock one by one", sockOneByOne)
	b.Run("sock batch", sockBatch)
	b.Run("sock batch GSO GRO", sockSegments)
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Helper() // it costs as much as a call of package net's beside the system call
		b.Fatal(err)
	}
}

func report(b *testing.B) {
	b.ReportAllocs()
	b.ReportMetric(float64(b.N)*count/b.Elapsed().Seconds(), "datagrams/s")
}

// netPair is two UDP sockets of package net, the first connected to the second.
func netPair(b *testing.B) (from, to *net.UDPConn) {
	to, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(b, err)
	b.Cleanup(func() { to.Close() })
	from, err = net.DialUDP("udp4", nil, to.LocalAddr().(*net.UDPAddr))
	check(b, err)
	b.Cleanup(func() { from.Close() })
	return from, to
}

func netOneByOne(b *testing.B) {
	from, to := netPair(b)
	p := make([]byte, size)
	for b.Loop() {
		for range count {
			_, err := from.Write(p)
			check(b, err)
		}
		for range count {
			_, _, err := to.ReadFromUDPAddrPort(p)
			check(b, err)
		}
	}
	report(b)
}

func xnetBatch(b *testing.B) {
	fromConn, toConn := netPair(b)
	from, to := ipv4.NewPacketConn(fromConn), ipv4.NewPacketConn(toConn)
	out, in := make([]ipv4.Message, count), make([]ipv4.Message, count)
	for i := range count {
		out[i].Buffers = [][]byte{make([]byte, size)}
		in[i].Buffers = [][]byte{make([]byte, size)}
	}
	for b.Loop() {
		for sent := 0; sent < count; {
			n, err := from.WriteBatch(out[sent:], 0)
			check(b, err)
			sent += n
		}
		for got := 0; got < count; {
			n, err := to.ReadBatch(in, 0)
			check(b, err)
			got += n
		}
	}
	report(b)
}

// sockPair is two UDP sockets of package sock, the first connected to the second.
func sockPair(b *testing.B) (from, to int) {
	loopback := sock.Inet(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
	fds := [2]int{}
	for i := range fds {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
		check(b, err)
		b.Cleanup(func() { sock.Close(fd) })
		check(b, sock.Bind(fd, loopback))
		fds[i] = fd
	}
	sa, err := sock.Getsockname(fds[1])
	check(b, err)
	check(b, sock.Connect(fds[0], sa))
	return fds[0], fds[1]
}

func sockOneByOne(b *testing.B) {
	from, to := sockPair(b)
	p := make([]byte, size)
	for b.Loop() {
		for range count {
			_, err := sock.Send(from, p, 0)
			check(b, err)
		}
		for range count {
			_, _, err := sock.Recvfrom(to, p, 0)
			check(b, err)
		}
	}
	report(b)
}

func sockBatch(b *testing.B) {
	from, to := sockPair(b)
	out, in := sock.NewBatch(count, size), sock.NewBatch(count, size)
	for b.Loop() {
		_, err := sock.SendBatch(from, out, 0)
		check(b, err)
		for got := 0; got < count; {
			n, err := sock.Recvmmsg(to, in, sock.MSG_WAITFORONE, nil)
			check(b, err)
			got += n
		}
	}
	report(b)
}

// sockSegments lets the kernel cut one message into count datagrams, and join them again where they are received.
func sockSegments(b *testing.B) {
	from, to := sockPair(b)
	segment := sock.IntOption("UDP_SEGMENT", sock.IPPROTO_UDP, unix.UDP_SEGMENT)
	join := sock.BoolOption("UDP_GRO", sock.IPPROTO_UDP, unix.UDP_GRO)
	check(b, sock.Setsockopt(from, segment, size))
	check(b, sock.Setsockopt(to, join, true))
	out, in := sock.NewBatch(1, size*count), sock.NewBatch(8, 1<<16)
	in.SetControlSize(64)
	for b.Loop() {
		_, err := sock.SendBatch(from, out, 0)
		check(b, err)
		for got := 0; got < count; {
			n, err := sock.Recvmmsg(to, in, sock.MSG_WAITFORONE, nil)
			check(b, err)
			for i := range n {
				got += in.N(i) / segmentSize(in, i)
			}
		}
	}
	report(b)
}

// segmentSize is how long the datagrams are that a message was joined of: udp(7) UDP_GRO.
func segmentSize(in *sock.Batch, i int) int {
	control := in.Msg(i).Control
	if len(control) < unix.CmsgLen(4) {
		return max(1, in.N(i))
	}
	return int(binary.NativeEndian.Uint32(control[unix.CmsgLen(0):]))
}
