package main

import (
	"net/netip"
	"runtime"
	"testing"

	"example.com/berkeley/sock"
)

// A client who is idle takes no more than 100 bytes of an event loop's memory.
func TestIdleMemory(t *testing.T) {
	const clients = 800
	l := newTestLoop(t)
	listener := &listener{Endpoint: sock.Endpoint{Network: "tcp", Type: sock.SOCK_STREAM}}
	peer := sock.Inet(netip.MustParseAddrPort("127.0.0.1:6543"))
	pair, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	fds := append(make([]int, 0, len(pair)+clients), pair[:]...)
	t.Cleanup(func() {
		for _, fd := range fds {
			sock.Close(fd)
		}
	})
	before := heap()
	for range clients {
		fd, err := sock.Dup(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
		l.add(newClient(listener, fd, peer))
	}
	each := (heap() - before) / clients
	if l.count != clients || each > 100 {
		t.Errorf("%d clients, who take %d bytes each; want %d and at most 100", l.count, each, clients)
	}
	runtime.KeepAlive(l)
}

// heap is how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // what a pool holds goes with the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
