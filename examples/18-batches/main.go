//go:build linux

// 18-batches moves many datagrams with one call.
//
//	go run ./examples/18-batches
//
// New here: sendmmsg(2), recvmmsg(2) and Batch, which holds their messages; UDP_SEGMENT and UDP_GRO of udp(7), with which
// even the kernel has one packet on its way instead of many. QUIC is fast by them.
// Try: strace -c beside it; SO_RXQ_OVFL, and a receiver that is too slow; a batch of 1024, and one of 1025.
// What breaks it: a batch that is to be full before recvmmsg returns. MSG_WAITFORONE takes what there is.
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

	// Many datagrams, one call each way.
	out := sock.NewBatch(messages, 0)
	for i := range messages {
		out.Msg(i).Iov = [][]byte{fmt.Appendf(nil, "message %d", i+1)}
	}
	n, err := sock.Sendmmsg(sender, out, 0)
	check("sendmmsg", err)
	fmt.Printf("sendmmsg = %d\n", n)
	receiveBatch(receiver)

	// One send is cut into datagrams by the kernel, or by the network card: GSO.
	check("setsockopt", sock.Setsockopt(sender, sock.UDP_SEGMENT, size))
	sendAll(sender)
	receiveBatch(receiver)

	// They come as one where the receiver agrees, with the length of each in a control message: GRO.
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
	first, last := in.Msg(0).Iov[0][:in.Len(0)], in.Msg(n - 1).Iov[0][:in.Len(n-1)]
	fmt.Printf("recvmmsg = %d, from %.12q to %.12q, of %d and %d bytes\n", n, first, last, len(first), len(last))
}

func receiveJoined(fd int) {
	m := sock.Msg{Iov: [][]byte{make([]byte, 1<<16)}, Control: make([]byte, 64)}
	n, err := sock.Recvmsg(fd, &m, 0)
	check("recvmsg", err)
	fmt.Printf("recvmsg = %d", n)
	for c := range sock.Cmsgs(m.Control) {
		if size, ok := sock.ParseControl(c, sock.CMSG_UDP_GRO); ok {
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
