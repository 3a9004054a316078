package sock

import (
	"net"
	"net/netip"
	"sync"
)

// ReadMsgUDP receives a datagram into p, and its control messages into oob: recvmsg(2). Parse them with types such as
// CMSG_IP_TTL, or with golang.org/x/net.
func (c *UDPConn) ReadMsgUDP(p, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error) {
	m := newMessage(p, oob)
	defer m.release()
	n, oobn, flags, err = c.recvmsg(m)
	return n, oobn, flags, udpAddr(m.Name), err
}

// ReadMsgUDPAddrPort is ReadMsgUDP without allocation: recvmsg(2).
func (c *UDPConn) ReadMsgUDPAddrPort(p, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error) {
	m := newMessage(p, oob)
	defer m.release()
	n, oobn, flags, err = c.recvmsg(m)
	return n, oobn, flags, m.Name.namedAddrPort(), err
}

// WriteMsgUDP sends p with control messages to an address: sendmsg(2). A nil addr means none, for connected sockets.
func (c *UDPConn) WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error) {
	if addr == nil {
		return c.sendmsg(p, oob, nil)
	}
	return c.sendmsg(p, oob, addr)
}

// WriteMsgUDPAddrPort is WriteMsgUDP without allocation: sendmsg(2). The zero AddrPort
// means none, for connected sockets.
func (c *UDPConn) WriteMsgUDPAddrPort(p, oob []byte, addr netip.AddrPort) (n, oobn int, err error) {
	m := newMessage(p, oob)
	defer m.release()
	switch isAddr := m.Name.setInet(c.reachableAddrPort(addr), 0); {
	case c.connected() && addr != (netip.AddrPort{}):
		return 0, 0, c.addrPortError(addr, net.ErrWriteToConnected)
	case !isAddr && addr != (netip.AddrPort{}):
		return 0, 0, c.addrPortError(addr, noAddress(addr))
	}
	if n, err = c.Sendmsg(&m.Msg, 0); err != nil {
		return 0, 0, c.addrPortError(addr, err)
	}
	return n, len(oob), nil
}

// ReadMsgIP receives a packet with its IPv4 header into p, and its control messages into oob: recvmsg(2).
func (c *IPConn) ReadMsgIP(p, oob []byte) (n, oobn, flags int, addr *net.IPAddr, err error) {
	m := newMessage(p, oob)
	defer m.release()
	n, oobn, flags, err = c.recvmsg(m)
	return n, oobn, flags, ipAddr(m.Name), err
}

// WriteMsgIP sends p with control messages to an address: sendmsg(2). A nil addr means none, for connected sockets.
func (c *IPConn) WriteMsgIP(p, oob []byte, addr *net.IPAddr) (n, oobn int, err error) {
	if addr == nil {
		return c.sendmsg(p, oob, nil)
	}
	return c.sendmsg(p, oob, addr)
}

// message is a Msg with one buffer. It is kept for the next call, because the runtime's poller makes it escape.
type message struct {
	Msg
	buffer [1][]byte
}

var messagePool = sync.Pool{New: func() any { return new(message) }}

func newMessage(p, oob []byte) *message {
	m := messagePool.Get().(*message)
	m.buffer[0] = p
	m.Iov, m.Control = m.buffer[:], oob
	return m
}

// release drops the references to the caller's buffers.
func (m *message) release() {
	*m = message{}
	messagePool.Put(m)
}

// recvmsg receives into m. On error m's Name is zero.
func (c *packetConn) recvmsg(m *message) (n, oobn, flags int, err error) {
	if n, err = c.Recvmsg(&m.Msg, 0); err != nil {
		return 0, 0, 0, c.opError("read", err)
	}
	return n, len(m.Control), m.Flags, nil
}

func (c *packetConn) sendmsg(p, oob []byte, addr net.Addr) (n, oobn int, err error) {
	m := newMessage(p, oob)
	defer m.release()
	if m.Name, err = c.sockaddr(addr); err == nil {
		n, err = c.Sendmsg(&m.Msg, 0)
	}
	if err != nil {
		return 0, 0, c.writeError(addr, err)
	}
	return n, len(oob), nil
}
