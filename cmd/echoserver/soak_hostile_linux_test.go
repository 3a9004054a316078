package main_test

import (
	"context"
	"os"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

// hostileKinds are peers that waste a server's time and space, on purpose or not. Each function is one round, which is
// repeated until the end.
var hostileKinds = []struct {
	name     string
	networks string
	act      func(p *hostile)
	needs    func() error // nil if it needs no privileges
}{
	{"reset their connections at once", "tcp4 unix unixpacket", resetAtOnce, nil},
	{"connect until the server has no descriptor left", "tcp4 unix unixpacket", connectMany, nil},
	{"connect and say nothing", "tcp4 unix unixpacket", sayNothing, nil},
	{"send and never receive", "tcp4 unix unixpacket", neverReceive, nil},
	{"send one byte at a time", "tcp4 unix unixpacket", sendDrops, nil},
	{"send urgent bytes", "tcp4 unix", sendUrgentBytes, nil},
	{"send an urgent byte after a hole", "tcp4", sendUrgentAfterHoles, canRepair},
	{"shut down one side or both, in any order", "tcp4 unix unixpacket", shutDownSides, nil},
	{"stop receiving and go on later", "tcp4 unix unixpacket", stopAndGoOn, nil},
	{"reset in the middle of the answer", "tcp4 unix unixpacket", resetInTheMiddle, nil},
	{"send descriptors", "unix unixpacket unixgram", sendDescriptors, nil},
	{"send empty datagrams", "udp4 unixgram", func(p *hostile) { p.sendDatagrams(0, 50) }, nil},
	{"send the longest datagrams", "udp4 unixgram", func(p *hostile) { p.sendDatagrams(65507, 20) }, nil},
	{"send the same datagram again and again", "udp4 unixgram", func(p *hostile) { p.sendDatagrams(10, 500) }, nil},
	{"send datagrams and are gone", "udp4 unixgram", sendAndGoAway, nil},
	{"send datagrams and never receive", "udp4 unixgram", neverReceiveDatagrams, nil},
	{"send datagrams from the server's own port", "udp4", sendFromOwnPort, nil},
	{"send datagrams to many", "udp4", sendToMany, nil},
}

// hostile is a hostile peer of one listener. It ignores errors, which it provokes.
type hostile struct {
	ctx  context.Context
	addr string
	fds  []int // opened in this round
}

// attack starts the hostile peers, which run until ctx is done, and returns a function that waits until they have ended.
func (s *soak) attack(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	counts := make([]peerCount, len(hostileKinds))
	for i, kind := range hostileKinds {
		counts[i].name = kind.name
		if kind.needs != nil {
			if err := kind.needs(); err != nil {
				s.t.Logf("without hostile peers that %s: %v", kind.name, err)
				continue
			}
		}
		for _, addr := range s.addrsOf(kind.networks) {
			all.Go(func() {
				p := &hostile{ctx: ctx, addr: addr}
				counts[i].repeat(ctx, func() (goOn bool) {
					kind.act(p)
					p.closeAll()
					return true
				})
			})
		}
	}
	return func() {
		all.Wait()
		s.logCounts("hostile peers that", counts)
	}
}

// connect makes a connection. Calls on it have a short timeout, so that the peer notices the end of the test.
func (p *hostile) connect() (fd int, ok bool) {
	fd, err := dialSoak(p.addr, 100*time.Millisecond)
	if err != nil {
		return -1, false
	}
	p.fds = append(p.fds, fd)
	return fd, true
}

func (p *hostile) connectTo(n int) []int {
	for range n {
		p.connect()
	}
	return p.fds
}

// closeAll closes all sockets. The kernel resets those with unread bytes.
func (p *hostile) closeAll() {
	for _, fd := range p.fds {
		sock.Close(fd)
	}
	p.fds = p.fds[:0]
}

// resetAll resets all connections.
func (p *hostile) resetAll() {
	for _, fd := range p.fds {
		sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true})
	}
	p.closeAll()
}

// pause waits, unless the test is over.
func (p *hostile) pause(d time.Duration) {
	select {
	case <-p.ctx.Done():
	case <-time.After(d):
	}
}

// keepPace waits until the server has served a new client, so that the queue, which -backlog limits, always has space for
// honest clients.
func (p *hostile) keepPace() {
	fd, ok := p.connect()
	if !ok {
		return
	}
	sock.Shutdown(fd, sock.SHUT_WR)
	for p.ctx.Err() == nil {
		if _, err := sock.Recv(fd, make([]byte, 1), 0); err != sock.EAGAIN && err != sock.EINTR {
			return
		}
	}
}

// outlast waits until the server has closed all connections as idle.
func (p *hostile) outlast() {
	for _, fd := range p.fds {
		fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLRDHUP}}
		for n := 0; n == 0 && p.ctx.Err() == nil; {
			n, _ = sock.Poll(fds, 100)
		}
	}
}

func resetAtOnce(p *hostile) {
	p.connectTo(100)
	p.resetAll()
	p.keepPace()
}

func connectMany(p *hostile) {
	p.connectTo(soakDescriptors / 2)
	p.pause(20 * time.Millisecond)
	p.closeAll()
	p.keepPace()
}

func sayNothing(p *hostile) {
	p.connectTo(20)
	p.outlast()
}

// neverReceive fills all buffers on the way, and in message mode the server's memory and disk.
func neverReceive(p *hostile) {
	const most = soakMaxMessage * 9 / 10 // over unixpacket, records count as more than their bytes
	for _, fd := range p.connectTo(10) {
		sendAll(fd, somePattern(most))
	}
	p.pause(time.Second)
	for _, fd := range p.fds[:len(p.fds)/2] {
		sendAll(fd, somePattern(soakMaxMessage-most+1)) // in message mode, the last byte is one too many
	}
}

func sendDrops(p *hostile) {
	fds := p.connectTo(5)
	for range 100 {
		for _, fd := range fds {
			sock.Send(fd, []byte{'x'}, 0)
		}
		p.pause(time.Millisecond)
	}
}

func sendUrgentBytes(p *hostile) {
	fd, _ := p.connect()
	for range 100 {
		sock.Send(fd, []byte("urgent"), sock.MSG_OOB)
		sock.Recv(fd, make([]byte, 4), sock.MSG_DONTWAIT)
	}
}

func sendUrgentAfterHoles(p *hostile) {
	for _, fd := range p.connectTo(3) {
		sendUrgentAfterHole(fd)
	}
	p.outlast()
}

// shutDownSides tries all orders, before and after it has sent bytes.
func shutDownSides(p *hostile) {
	orders := [][]int{{}, {sock.SHUT_RD}, {sock.SHUT_WR}, {sock.SHUT_RDWR}, {sock.SHUT_RD, sock.SHUT_WR}, {sock.SHUT_WR, sock.SHUT_RD}}
	for _, order := range orders {
		for _, size := range []int{0, 1, 100 << 10} {
			fd, _ := p.connect()
			sock.Send(fd, somePattern(size), 0)
			for _, how := range order {
				sock.Shutdown(fd, how)
				sock.Send(fd, somePattern(size), 0)
			}
		}
	}
	p.pause(10 * time.Millisecond)
}

// stopAndGoOn fills all buffers on the way, and receives everything after a while.
func stopAndGoOn(p *hostile) {
	fd, _ := p.connect()
	sock.Setsockopt(fd, sock.SO_RCVBUF, 4096)
	sendToTheEnd(fd, somePattern(soakMaxMessage/2))
	p.pause(500 * time.Millisecond)
	for p.ctx.Err() == nil {
		if n, err := sock.Recv(fd, make([]byte, 64<<10), 0); n == 0 && err != sock.EINTR {
			return
		}
	}
}

func resetInTheMiddle(p *hostile) {
	for _, fd := range p.connectTo(5) {
		sendToTheEnd(fd, somePattern(300<<10))
		sock.Recv(fd, make([]byte, 1000), 0)
	}
	p.resetAll()
}

func sendDescriptors(p *hostile) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return
	}
	defer null.Close()
	fd, _ := p.connect()
	for range 10 {
		sock.SendFds(fd, []byte("x"), int(null.Fd()), fd)
	}
	p.pause(time.Millisecond)
}
