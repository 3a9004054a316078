//go:build linux

// 14-unplugged cuts the line of a connection: nothing arrives any more. It shows who notices, when, and with which error.
//
//	go run ./examples/14-unplugged
//
// New here: SO_RCVTIMEO and SO_KEEPALIVE of socket(7); TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT and TCP_USER_TIMEOUT of
// tcp(7); ETIMEDOUT. SO_ATTACH_FILTER plays the cut cable.
//
// Try: TCP_USER_TIMEOUT together with keep-alive. ss -tno shows the timers if it runs in the lesson's network: nsenter -U
// --preserve-credentials -n -t $(pgrep -nf 14-unplugged) ss -tno.
//
// What breaks it: believing that a dead peer causes an error. Without a time limit, a program that only receives waits for
// ever; one that sends waits for a quarter of an hour.
//
// Remember: silence is no error until you ask.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/examples/internal/ownnet"
	"example.com/berkeley/examples/internal/tcpinfo"
	"example.com/berkeley/sock"
)

func main() {
	ownnet.Enter() // dropping packets takes privileges, which this process has in a network of its own
	patience()
	keepAlive()
	userTimeout()
	pluggedIn()
}

// patience: nothing arrives, and nothing reports that. Only the client's own time limit ends its recv.
func patience() {
	fmt.Println("a time limit for recv")
	client, server := connection()
	unplug(server)
	check("setsockopt", sock.Setsockopt(client, sock.SO_RCVTIMEO, 300*time.Millisecond))
	n, err := sock.Send(client, []byte("Hello"), 0)
	fmt.Printf("  client: send = %d, %v\n", n, err)
	_, err = sock.Recv(client, make([]byte, 16), 0)
	fmt.Printf("  client: recv: %v; it is still in %s\n", err, tcpinfo.State(client))
	end(client, server)
}

// keepAlive: after a second of silence the kernel asks the peer for a sign of life, twice, a second apart. The other end, which
// doesn't ask, never learns that the connection is gone.
func keepAlive() {
	fmt.Println("keep-alive")
	client, server := connection()
	unplug(server)
	check("setsockopt", sock.Setsockopt(client, sock.SO_KEEPALIVE, true))
	check("setsockopt", sock.Setsockopt(client, sock.TCP_KEEPIDLE, time.Second))
	check("setsockopt", sock.Setsockopt(client, sock.TCP_KEEPINTVL, time.Second))
	check("setsockopt", sock.Setsockopt(client, sock.TCP_KEEPCNT, 2))
	receive(client)
	fmt.Printf("  server: still in %s\n", tcpinfo.State(server))
	end(client, server)
}

// userTimeout: keep-alive doesn't apply while sent bytes wait for their ACK. TCP_USER_TIMEOUT limits that wait.
func userTimeout() {
	fmt.Println("TCP_USER_TIMEOUT")
	client, server := connection()
	unplug(server)
	check("setsockopt", sock.Setsockopt(client, sock.TCP_USER_TIMEOUT, 1500*time.Millisecond))
	_, err := sock.Send(client, []byte("Hello"), 0)
	check("send", err)
	receive(client)
	end(client, server)
}

// pluggedIn: TCP sends again and again, with longer and longer pauses. A connection survives a cut that is shorter than that.
func pluggedIn() {
	fmt.Println("plugged in again")
	client, server := connection()
	unplug(server)
	_, err := sock.Send(client, []byte("Hello"), 0)
	check("send", err)
	for tcpinfo.Of(client).Retransmits < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	check("setsockopt", sock.Setsockopt(server, sock.SO_DETACH_FILTER, 0))
	p := make([]byte, 16)
	n, err := sock.Recv(server, p, 0)
	check("recv", err)
	fmt.Printf("  server: received %q, sent %d times\n", p[:n], 1+tcpinfo.Of(client).Retransmits)
	end(client, server)
}

// unplug drops every packet that arrives at a socket: a filter, as in tcpdump(8), that accepts 0 bytes of each.
func unplug(fd int) {
	const returnConstant = 0x06 // BPF_RET | BPF_K
	check("setsockopt", sock.Setsockopt(fd, sock.SO_ATTACH_FILTER, []sock.SockFilter{{Code: returnConstant, K: 0}}))
}

// receive waits for ever, as far as this program is concerned.
func receive(fd int) {
	start := time.Now()
	_, err := sock.Recv(fd, make([]byte, 16), 0)
	fmt.Printf("  client: recv: %v, after %.1f s\n", err, time.Since(start).Seconds())
}

func end(client, server int) {
	check("close", sock.Close(client))
	check("close", sock.Close(server))
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
