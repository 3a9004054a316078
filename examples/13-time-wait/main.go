// 13-time-wait restarts a server whose old connection is in TIME_WAIT, with and without SO_REUSEADDR on the old and on the
// new socket.
//
//	go run ./examples/13-time-wait
//
// New here: TIME_WAIT of tcp(7), EADDRINUSE of bind(2), SO_REUSEADDR of socket(7).
//
// Try: let the client close first: then TIME_WAIT is on the client's port, and every bind succeeds. ss -tan state time-wait
// shows who has it.
//
// What breaks it: setting SO_REUSEADDR when the server didn't come back the first time. The old socket must have had it as
// well, so for a minute it doesn't help.
//
// Remember: set SO_REUSEADDR on every listener, always before bind.
package main

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	fmt.Println("SO_REUSEADDR of the old server, of the new one: bind")
	for _, old := range []bool{false, true} {
		for _, successor := range []bool{false, true} {
			fmt.Printf("  %-5t %-5t: %v\n", old, successor, restart(old, successor))
		}
	}
	fmt.Println("both have it, and the old one still listens")
	fmt.Printf("  true  true : %v\n", beside())
}

// restart runs a server that closes a connection first, so that its port is in TIME_WAIT, and then another one on that port.
func restart(old, successor bool) error {
	listener, name := listen(old)
	client, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("connect", sock.Connect(client, name))
	server, _, err := sock.Accept(listener)
	check("accept", err)

	check("close", sock.Close(server)) // the first FIN is the server's
	_, err = sock.Recv(client, make([]byte, 1), 0)
	check("recv", err)
	check("close", sock.Close(client))
	check("close", sock.Close(listener))
	return bind(name, successor)
}

// beside tries to bind while the old server listens. On Linux, SO_REUSEADDR doesn't allow that.
func beside() error {
	listener, name := listen(true)
	defer sock.Close(listener)
	return bind(name, true)
}

// bind binds the new server's socket, and closes it.
func bind(name sock.Sockaddr, reuse bool) error {
	fd := socket(reuse)
	defer sock.Close(fd)
	return sock.Bind(fd, name)
}

// listen starts the old server, on a port that the kernel picks.
func listen(reuse bool) (fd int, name sock.Sockaddr) {
	fd = socket(reuse)
	check("bind", sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	check("listen", sock.Listen(fd, 10))
	name, err := sock.Getsockname(fd)
	check("getsockname", err)
	return fd, name
}

func socket(reuse bool) int {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check("socket", err)
	check("setsockopt", sock.Setsockopt(fd, sock.SO_REUSEADDR, reuse))
	return fd
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
