//go:build linux

// 20-lost sends a thousand datagrams on loopback and loses most of them: a receive buffer is full before any network is.
//
//	go run ./examples/20-lost
//
// New here: SO_RCVBUF and SO_RXQ_OVFL of socket(7), which counts what was dropped; the largest datagram and EMSGSIZE of
// udp(7).
//
// Try: nstat -az UdpRcvbufErrors before and after, which counts the same for the whole system. Larger datagrams: fewer fit.
//
// What breaks it: a receiver that pauses. Every send succeeds, and the sender never learns what was dropped.
//
// Remember: UDP loses in your own buffer first.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

const datagrams, buffer = 1000, 16384

func main() {
	receiver, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(receiver)
	check("bind", sock.Bind(receiver, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	name, err := sock.Getsockname(receiver)
	check("getsockname", err)
	check("setsockopt", sock.Setsockopt(receiver, sock.SO_RCVBUF, buffer))
	check("setsockopt", sock.Setsockopt(receiver, sock.SO_RXQ_OVFL, true))

	sender, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(sender)
	check("connect", sock.Connect(sender, name))

	overflow(sender, receiver)
	largest(sender)
}

// overflow sends faster than the receiver receives, which here hasn't begun at all. What doesn't fit is dropped, the newest first.
func overflow(sender, receiver int) {
	failed := 0
	for range datagrams {
		if _, err := sock.Send(sender, []byte("Hello, world"), 0); err != nil {
			failed++
		}
	}
	fmt.Printf("sent %d datagrams, %d sends failed\n", datagrams, failed)
	received := 0
	for {
		if _, err := sock.Recv(receiver, make([]byte, 64), sock.MSG_DONTWAIT); err != nil {
			break
		}
		received++
	}
	fmt.Printf("received %d\n", received)

	// The count of drops comes with the next datagram that fits.
	_, err := sock.Send(sender, []byte("one more"), 0)
	check("send", err)
	m := sock.Msg{Iov: [][]byte{make([]byte, 64)}, Control: make([]byte, 64)}
	_, err = sock.Recvmsg(receiver, &m, 0)
	check("recvmsg", err)
	dropped := 0
	for c := range sock.Cmsgs(m.Control) {
		if n, ok := sock.CMSG_SO_RXQ_OVFL.Parse(c); ok {
			dropped = int(n)
		}
	}
	fmt.Printf("SO_RXQ_OVFL: dropped %d; together they are all: %t\n", dropped, received+dropped == datagrams)
}

// largest: an IPv4 packet has 65,535 bytes at most, 20 of which are IP's header and 8 UDP's.
func largest(sender int) {
	for _, size := range []int{65507, 65508} {
		n, err := sock.Send(sender, make([]byte, size), 0)
		fmt.Printf("send of %d = %d, %v\n", size, n, err)
	}
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
