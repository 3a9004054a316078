//go:build linux

// 08-queues shows where bytes are after send: in the sender's queue, in the receiver's queue, or with the receiving
// program. Only an answer tells you which.
//
//	go run ./examples/08-queues
//
// New here: InputQueue and OutputQueue, the ioctl(2) calls SIOCINQ and SIOCOUTQ of tcp(7), which ss(8) shows as Recv-Q and
// Send-Q.
//
// Try: ss -tn while the program waits (put a time.Sleep before Close). A smaller SO_SNDBUF for the client.
//
// What breaks it: counting bytes as delivered because send returned. Here the peer closes with all of them unread, and
// every send had succeeded.
//
// Remember: send means that the kernel has the bytes, not the peer.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"

	"example.com/berkeley/sock"
)

func main() {
	client, server := connection()
	defer sock.Close(client)

	// The server's program receives nothing. send goes on until there is no room on either side.
	sent := fill(client)
	here, there := queues(client, server, sent)
	fmt.Printf("send took %d bytes, and then: %v\n", sent, sock.EAGAIN)
	fmt.Printf("  in the client's send queue:     %d\n", here)
	fmt.Printf("  in the server's receive queue:  %d\n", there)
	fmt.Printf("  received by the server's program: 0\n")
	fmt.Printf("  together they are all that was sent: %t\n", here+there == sent)

	check("close", sock.Close(server))
	fmt.Println("the server closes")
	check("ioctl", sock.SetNonblock(client, false))
	_, err := sock.Recv(client, make([]byte, 1), 0)
	fmt.Println("  client: recv:", err)

	answered()
}

// fill sends until the kernel takes no more, and returns how much it took.
func fill(fd int) (sent int) {
	check("ioctl", sock.SetNonblock(fd, true))
	chunk := make([]byte, 1<<16)
	for {
		n, err := sock.Send(fd, chunk, 0)
		if err == sock.EAGAIN {
			return sent
		}
		check("send", err)
		sent += n
	}
}

// queues returns how many bytes are in each queue. For a moment a byte can be in both, until its ACK has come back.
func queues(client, server, sent int) (here, there int) {
	for {
		var err error
		here, err = sock.OutputQueue(client)
		check("ioctl", err)
		there, err = sock.InputQueue(server)
		check("ioctl", err)
		if here+there == sent {
			return here, there
		}
		runtime.Gosched()
	}
}

// answered: the other program's answer is the only proof that it has a message. An empty queue proves that its kernel has it.
func answered() {
	client, server := connection()
	defer sock.Close(client)
	defer sock.Close(server)
	fmt.Println("a server that answers")
	sent, err := sock.Send(client, []byte("Hello, world"), 0)
	check("send", err)
	message := make([]byte, 64)
	n, err := sock.Recv(server, message, 0)
	check("recv", err)
	_, err = sock.Send(server, fmt.Appendf(nil, "I have %d bytes", n), 0)
	check("send", err)
	n, err = sock.Recv(client, message, 0)
	check("recv", err)
	here, _ := queues(client, server, 0)
	fmt.Printf("  sent %d, %d in the queue, the answer is %q\n", sent, here, message[:n])
}

// connection returns both ends of a new TCP connection.
func connection() (client, server int) {
	listener, err := sock.CreateServer(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("create server", err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check("getsockname", err)
	client, err = sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("connect", sock.Connect(client, name))
	server, _, err = sock.Accept(listener)
	check("accept", err)
	return client, server
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
