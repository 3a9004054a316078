//go:build linux

// 35-capture reads and writes packets below TCP and UDP: a ping by a raw socket, and every packet of a connection by a
// packet socket.
//
//	go run ./examples/35-capture
//
// New here: SOCK_RAW with ICMP of raw(7) and icmp(7), AF_PACKET of packet(7), and the headers of Ethernet, IP and TCP, read
// byte by byte.
//
// Try: tcpdump -ni lo beside another lesson, such as 11-shutdown: it prints what this one prints. SO_ATTACH_FILTER, by
// which tcpdump has the kernel drop what it doesn't want to see.
//
// What breaks it: assuming a fixed header length. IP and TCP have options; each header says how long it is.
//
// Remember: a connection is packets with flags: SYN opens it, FIN closes each direction.
package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"example.com/berkeley/examples/internal/ownnet"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func main() {
	ownnet.Enter() // both kinds of socket take privileges, which this process has in a network of its own
	ping()
	capture()
}

// ping sends an ICMP echo request by a raw socket. The kernel adds the IP header, and answers; what comes back has the header.
func ping() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_RAW, sock.IPPROTO_ICMP)
	check("socket", err)
	defer sock.Close(fd)
	const echoRequest, echoReply = 8, 0
	request := []byte{echoRequest, 0, 0, 0, 0, 1, 0, 1, 'p', 'i', 'n', 'g'} // type, code, checksum, identifier, sequence number
	binary.BigEndian.PutUint16(request[2:], checksum(request))
	_, err = sock.Sendto(fd, request, 0, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")))
	check("sendto", err)

	fmt.Println("a raw socket: ping 127.0.0.1")
	packet := make([]byte, 128)
	for replied := false; !replied; replied = packet[20] == echoReply { // on loopback, the request comes too
		n, err := sock.Recv(fd, packet, 0)
		check("recv", err)
		fmt.Printf("  %d bytes of IP from %v: ICMP type %d, %q\n", n, netip.AddrFrom4([4]byte(packet[12:])), packet[20], packet[28:n])
	}
}

// checksum is the Internet checksum of RFC 1071: the complement of the sum of 16-bit words in ones' complement.
func checksum(p []byte) uint16 {
	var sum uint32
	for ; len(p) > 1; p = p[2:] {
		sum += uint32(binary.BigEndian.Uint16(p))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// capture reads every frame on lo while a client and a server talk. tcpdump(8) does the same, with a filter.
func capture() {
	tap, err := sock.Socket(sock.AF_PACKET, sock.SOCK_RAW, 0) // receives nothing until it is bound to a protocol
	check("socket", err)
	defer sock.Close(tap)
	lo, err := sock.IfNametoindex("lo")
	check("if_nametoindex", err)
	check("bind", sock.Bind(tap, sock.Packet(sock.PacketAddr{Protocol: unix.ETH_P_ALL, Ifindex: lo})))

	port := conversation()
	fmt.Println("a packet socket: the packets of one connection")
	for fins, acked := 0, false; fins < 2 || !acked; {
		frame := make([]byte, 2048)
		n, from, err := sock.Recvfrom(tap, frame, 0)
		check("recvfrom", err)
		if a, ok := from.Packet(); !ok || a.Pkttype != sock.PACKET_OUTGOING {
			continue // on lo, each frame is seen twice: as it leaves and as it arrives
		}
		if flags, ok := showTCP(frame[:n], port); ok {
			acked = fins == 2
			fins += strings.Count(flags, "FIN")
		}
	}
}

// conversation is a whole TCP connection, and ends when both sides have closed it. It returns the server's port.
func conversation() (port uint16) {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("connect", sock.Connect(client, name))
	server, _, err := sock.Accept(listener)
	check("accept", err)
	_, err = sock.Send(client, []byte("Hello"), 0)
	check("send", err)
	_, err = sock.Recv(server, make([]byte, 16), 0)
	check("recv", err)
	check("close", sock.Close(client))
	_, err = sock.Recv(server, make([]byte, 16), 0)
	check("recv", err)
	check("close", sock.Close(server))
	return name.AddrPort().Port()
}

// showTCP prints a frame that is a TCP segment of the connection: 14 bytes of Ethernet, IP's header, TCP's, and data.
func showTCP(frame []byte, port uint16) (flags string, ok bool) {
	if len(frame) < 54 || binary.BigEndian.Uint16(frame[12:]) != unix.ETH_P_IP || frame[23] != sock.IPPROTO_TCP {
		return "", false
	}
	ip := frame[14:]
	tcp := ip[4*int(ip[0]&0x0f) : binary.BigEndian.Uint16(ip[2:])]
	from, to := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	if from != port && to != port {
		return "", false
	}
	var names []string
	for bit, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK"} {
		if tcp[13]&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	flags = strings.Join(names, " ")
	arrow := "client -> server"
	if from == port {
		arrow = "server -> client"
	}
	fmt.Printf("  %s  %-8s %d bytes\n", arrow, flags, len(tcp)-4*int(tcp[12]>>4))
	return flags, true
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
