package sockdiag

import (
	"testing"

	"example.com/berkeley/sock"
)

// What a listing of 1,000 connections costs, with TCP_INFO.
func BenchmarkEach(b *testing.B) {
	listener, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(b, err)
	defer sock.Close(listener)
	must(b, sock.Listen(listener, 4096)) // at a port that the kernel picks
	at, err := sock.Getsockname(listener)
	must(b, err)
	for range 1000 {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		must(b, err)
		defer sock.Close(fd)
		must(b, sock.Connect(fd, at))
	}
	c, err := Open()
	must(b, err)
	defer c.Close()
	q := Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, LocalPort: at.AddrPort().Port(), Info: true, Memory: true}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		must(b, c.Each(q, func(*Socket) { n++ }))
		if n != 1001 {
			b.Fatalf("Each visited %d sockets, want 1001", n)
		}
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
