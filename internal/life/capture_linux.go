package life

import (
	"net/netip"
	"slices"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// Capture receives copies of all packets of this network namespace, by packet(7).
type Capture struct {
	fd      int
	packets []Captured
	batch   *sock.Batch
	keep    func(Captured) bool // nil: all
}

// mostPackets bounds what a Capture keeps, and captureBuffer what the kernel keeps for it.
const (
	mostPackets   = 4096
	captureBuffer = 4 << 20
	captureBatch  = 32  // packets received at once: each call of a tracer takes long, since it must not be traced
	headers       = 256 // bytes of a packet that are looked at
)

// NewCapture begins to capture the packets from or to a port, or all of them if it is 0. It needs root or CAP_NET_RAW, and
// otherwise fails with EPERM.
func NewCapture(port uint16) (*Capture, error) {
	fd, err := sock.Socket(sock.AF_PACKET, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0) // receives nothing yet
	if err != nil {
		return nil, err
	}
	c := &Capture{fd: fd, batch: sock.NewBatch(captureBatch, headers)}
	c.batch.SetControlSize(128)
	if err := c.open(port); err != nil {
		sock.Close(fd)
		return nil, err
	}
	return c, nil
}

func (c *Capture) open(port uint16) error {
	if sock.Setsockopt(c.fd, sock.SO_RCVBUFFORCE, captureBuffer) != nil {
		_ = sock.Setsockopt(c.fd, sock.SO_RCVBUF, captureBuffer)
	}
	if err := sock.Setsockopt(c.fd, sock.SO_TIMESTAMPNS, true); err != nil {
		return err
	}
	c.settle()
	if port != 0 {
		if err := c.only(port); err != nil {
			return err
		}
	} else if err := sock.Setsockopt(c.fd, sock.SO_DETACH_FILTER, 0); err != nil && err != sock.ENOENT {
		return err
	}
	return c.start()
}

// start has the kernel give this socket packets.
func (c *Capture) start() error {
	return sock.Bind(c.fd, sock.Packet(sock.PacketAddr{Protocol: unix.ETH_P_ALL}))
}

// Only forgets what was captured, and limits the Capture to the packets from or to a port. On a busy machine it would otherwise
// keep mostPackets of other programs.
func (c *Capture) Only(port uint16) error {
	if err := c.only(port); err != nil {
		return err
	}
	for c.drain() {
		c.packets = nil
	}
	c.packets = nil
	return nil
}

// only lets through packets from or to a port.
func (c *Capture) only(port uint16) error {
	filter, err := portFilter(port)
	if err != nil {
		return err
	}
	return sock.Setsockopt(c.fd, sock.SO_ATTACH_FILTER, filter)
}

// settle waits until the kernel notes when a packet comes, which it begins to do some time after setsockopt(2); until then
// it notes when a packet is received from the capture. A datagram to itself tells which.
func (c *Capture) settle() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	if err != nil {
		return
	}
	defer sock.Close(fd)
	if sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))) != nil {
		return
	}
	own, err := sock.Getsockname(fd)
	if err != nil || sock.Connect(fd, own) != nil || c.only(own.AddrPort().Port()) != nil || c.start() != nil {
		return
	}
	for try, settled := 0, 0; try < settleTries && settled < settleTimes; try++ {
		if _, err := sock.Send(fd, []byte{0}, sock.MSG_DONTWAIT); err != nil {
			break
		}
		sent := time.Now()
		time.Sleep(time.Millisecond)
		c.Drain()
		i := slices.IndexFunc(c.packets, func(p Captured) bool { return p.From == own.AddrPort() })
		if settled++; i < 0 || !c.packets[i].Time.Before(sent.Add(time.Millisecond/2)) {
			settled = 0
		}
		c.packets = nil
	}
}

// Bounds of settle. The kernel's thread that notes times, or no longer does, for another capture has its turn late on a busy
// machine: one try that succeeds does not tell.
const (
	settleTries = 500 // each takes a millisecond
	settleTimes = 5   // in a row
)

// Drain receives what is there by now.
func (c *Capture) Drain() { c.drain() }

// drain receives what is there by now, within a bound; more means that there may be more.
func (c *Capture) drain() (more bool) {
	for range mostPackets / captureBatch {
		n, err := sock.Retry(func() (int, error) { return sock.Recvmmsg(c.fd, c.batch, sock.MSG_DONTWAIT, nil) })
		for i := range n {
			c.take(c.batch.Msg(i), c.batch.N(i))
		}
		if err != nil || n < captureBatch {
			return false
		}
	}
	return true
}

// take keeps a packet. On the loopback interface each comes twice, as it leaves and as it arrives.
func (c *Capture) take(m *sock.Msg, length int) {
	from, ok := m.Name.Packet()
	if !ok || len(c.packets) >= mostPackets || from.Hatype == unix.ARPHRD_LOOPBACK && from.Pkttype == unix.PACKET_OUTGOING {
		return
	}
	packet, ok := decode(from.Protocol, m.Iov[0][:min(length, headers)])
	if !ok || c.keep != nil && !c.keep(packet) {
		return
	}
	for control := range sock.Cmsgs(m.Control) {
		if stamp, ok := sock.CMSG_TIMESTAMPNS.Parse(control); ok {
			packet.Time = stamp
		}
	}
	c.packets = append(c.packets, packet)
}

// Packets are the packets so far.
func (c *Capture) Packets() []Captured {
	c.Drain()
	return c.packets
}

// Take is Packets, which the Capture then forgets.
func (c *Capture) Take() (packets []Captured) {
	packets, c.packets = c.Packets(), nil
	return packets
}

// Close ends the capture.
func (c *Capture) Close() error { return sock.Close(c.fd) }

// Keep limits what is kept to the packets that keep wants.
func (c *Capture) Keep(keep func(Captured) bool) { c.keep = keep }

// full reports whether no more packets are kept.
func (c *Capture) full() bool { return len(c.packets) >= mostPackets }
