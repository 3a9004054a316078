package life

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Captured is a packet as it was on the wire: of TCP, of UDP, or an ICMP error about one of them.
type Captured struct {
	Time     time.Time
	Kind     Kind // TCP or UDP
	From, To netip.AddrPort
	Flags    byte // TCP's
	Seq, Ack uint32
	Len      int    // bytes of data
	Error    string // what an ICMP error says; From and To are where it goes
}

// TCP's flags, as RFC 9293 numbers them.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// Protocol numbers of an IP header, and the types of frames that carry one.
const (
	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58

	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

// decode reads a packet from its IP header on, of which p may be only the beginning.
func decode(etherType uint16, p []byte) (c Captured, ok bool) {
	h, ok := decodeIP(etherType, p)
	if !ok {
		return c, false
	}
	switch h.protocol {
	case protocolICMP, protocolICMPv6:
		return decodeICMP(etherType, h)
	}
	return h.transport()
}

// ipHeader is what matters of a header, and what follows it.
type ipHeader struct {
	protocol byte
	from, to netip.Addr
	payload  []byte // what of it was captured
	length   int    // all of it
}

func decodeIP(etherType uint16, p []byte) (h ipHeader, ok bool) {
	switch etherType {
	case etherIPv4:
		return decodeIPv4(p)
	case etherIPv6:
		return decodeIPv6(p)
	}
	return h, false
}

func decodeIPv4(p []byte) (h ipHeader, ok bool) {
	if len(p) < 20 || p[0]>>4 != 4 {
		return h, false
	}
	size, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[2:]))
	fragment := binary.BigEndian.Uint16(p[6:]) & 0x1fff
	if size < 20 || size > len(p) || total < size || fragment != 0 {
		return h, false // only the first fragment has the header that follows
	}
	h = ipHeader{protocol: p[9], from: netip.AddrFrom4([4]byte(p[12:16])), to: netip.AddrFrom4([4]byte(p[16:20]))}
	h.payload, h.length = p[size:min(len(p), total)], total-size
	return h, true
}

// decodeIPv6 reads a header and skips the options that may follow it.
func decodeIPv6(p []byte) (h ipHeader, ok bool) {
	const size = 40
	if len(p) < size || p[0]>>4 != 6 {
		return h, false
	}
	h = ipHeader{protocol: p[6], from: netip.AddrFrom16([16]byte(p[8:24])), to: netip.AddrFrom16([16]byte(p[24:40]))}
	h.length = int(binary.BigEndian.Uint16(p[4:]))
	h.payload = p[size:min(len(p), size+h.length)]
	for h.protocol == 0 || h.protocol == 43 || h.protocol == 60 { // hop-by-hop, routing, destination options
		if len(h.payload) < 8 {
			return h, false
		}
		n := 8 * (1 + int(h.payload[1]))
		if n > len(h.payload) {
			return h, false
		}
		h.protocol, h.payload, h.length = h.payload[0], h.payload[n:], h.length-n
	}
	return h, true
}

// transport reads the header of TCP or UDP.
func (h ipHeader) transport() (c Captured, ok bool) {
	p := h.payload
	if len(p) < 8 {
		return c, false
	}
	c.From = netip.AddrPortFrom(h.from, binary.BigEndian.Uint16(p))
	c.To = netip.AddrPortFrom(h.to, binary.BigEndian.Uint16(p[2:]))
	switch h.protocol {
	case protocolUDP:
		c.Kind, c.Len = UDP, max(0, h.length-8)
		return c, true
	case protocolTCP:
		if len(p) < 20 {
			return c, false
		}
		size := int(p[12]>>4) * 4
		c.Kind, c.Flags, c.Len = TCP, p[13], h.length-size
		c.Seq, c.Ack = binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:])
		return c, size >= 20 && c.Len >= 0
	}
	return c, false
}

// icmpErrors are the messages that a socket gets as an error.
var icmpErrors = map[[3]byte]string{
	{protocolICMP, 3, 0}:   "ICMP net unreachable",
	{protocolICMP, 3, 1}:   "ICMP host unreachable",
	{protocolICMP, 3, 3}:   "ICMP port unreachable",
	{protocolICMP, 3, 4}:   "ICMP packet too big",
	{protocolICMP, 3, 13}:  "ICMP prohibited",
	{protocolICMP, 11, 0}:  "ICMP time exceeded",
	{protocolICMPv6, 1, 0}: "ICMP no route",
	{protocolICMPv6, 1, 1}: "ICMP prohibited",
	{protocolICMPv6, 1, 3}: "ICMP host unreachable",
	{protocolICMPv6, 1, 4}: "ICMP port unreachable",
	{protocolICMPv6, 2, 0}: "ICMP packet too big",
	{protocolICMPv6, 3, 0}: "ICMP time exceeded",
}

// decodeICMP reads an error, which quotes the beginning of the packet that it is about.
func decodeICMP(etherType uint16, h ipHeader) (c Captured, ok bool) {
	const size = 8
	if len(h.payload) < size {
		return c, false
	}
	text := icmpErrors[[3]byte{h.protocol, h.payload[0], h.payload[1]}]
	quoted, ok := decodeIP(etherType, h.payload[size:])
	if text == "" || !ok || len(quoted.payload) < 4 {
		return c, false
	}
	c.Kind = map[byte]Kind{protocolTCP: TCP, protocolUDP: UDP}[quoted.protocol]
	c.From = netip.AddrPortFrom(quoted.to, binary.BigEndian.Uint16(quoted.payload[2:]))
	c.To = netip.AddrPortFrom(quoted.from, binary.BigEndian.Uint16(quoted.payload))
	c.Error = text
	return c, c.Kind != ""
}
