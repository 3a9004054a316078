//go:build linux

// 33-batches moves many datagrams per call with recvmmsg and sendmmsg, and many per packet with segmentation offload: GSO
// and GRO.
//
//	go run ./examples/33-batches
//
// New here: sendmmsg(2), recvmmsg(2) and Batch, which holds their messages; UDP_SEGMENT and UDP_GRO (newer editions of
// udp(7) have them), with which the kernel itself handles one packet instead of many. Fast QUIC servers depend on them.
//
// Try: strace -fc on it. A batch of 1025 messages: sendmmsg takes 1024 at most, the receive buffer drops most of them as in
// 20-lost, and recvmmsg waits for ever.
//
// What breaks it: waiting for a full batch. recvmmsg returns only when the batch is full; with MSG_WAITFORONE it waits for
// the first message and takes what else is there.
//
// Remember: each call and each packet has a fixed cost; batches share it.
package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

const messages, size = 32, 1000

func main() {
	receiver, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(receiver)
	check("bind", sock.Bind(receiver, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	name, err := sock.Getsockname(receiver)
	check("getsockname", err)
	sender, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	check("socket", err)
	defer sock.Close(sender)
	check("connect", sock.Connect(sender, name))

	// Many datagrams, and one call in each direction.
	out := sock.NewBatch(messages, 0)
	for i := range messages {
		out.Msg(i).Iov = [][]byte{fmt.Appendf(nil, "message %d", i+1)}
	}
	n, err := sock.Sendmmsg(sender, out, 0)
	check("sendmmsg", err)
	fmt.Printf("sendmmsg = %d\n", n)
	receiveBatch(receiver)

	// The kernel, or the network card, cuts one send into datagrams: GSO.
	check("setsockopt", sock.Setsockopt(sender, sock.UDP_SEGMENT, size))
	sendAll(sender)
	receiveBatch(receiver)

	// If the receiver agrees, they arrive as one, with the length of each in a control message: GRO.
	check("setsockopt", sock.Setsockopt(receiver, sock.UDP_GRO, true))
	sendAll(sender)
	receiveJoined(receiver)
}

func sendAll(fd int) {
	n, err := sock.Send(fd, bytes.Repeat([]byte("x"), messages*size), 0)
	check("send", err)
	fmt.Printf("send = %d, cut every %d bytes\n", n, size)
}

// receiveBatch blocks until the batch is full.
func receiveBatch(fd int) {
	in := sock.NewBatch(messages, 2048)
	n, err := sock.Retry(func() (int, error) { return sock.Recvmmsg(fd, in, 0, nil) })
	check("recvmmsg", err)
	first, last := in.Msg(0).Iov[0][:in.N(0)], in.Msg(n - 1).Iov[0][:in.N(n-1)]
	fmt.Printf("recvmmsg = %d, from %.12q to %.12q, of %d and %d bytes\n", n, first, last, len(first), len(last))
}

func receiveJoined(fd int) {
	m := sock.Msg{Iov: [][]byte{make([]byte, 1<<16)}, Control: make([]byte, 64)}
	n, err := sock.Recvmsg(fd, &m, 0)
	check("recvmsg", err)
	fmt.Printf("recvmsg = %d", n)
	for c := range sock.Cmsgs(m.Control) {
		if size, ok := sock.CMSG_UDP_GRO.Parse(c); ok {
			fmt.Printf(", which is %d datagrams of %d bytes", (n+size-1)/size, size)
		}
	}
	fmt.Println()
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
