//go:build linux

package main

import (
	"fmt"
	"net/netip"

	"example.com/berkeley/sock"
)

// scenario is what its threads do. What happens then is recorded.
type scenario struct {
	name, title string
	server      func(a *actor)
	clients     []func(a *actor)
}

var scenarios = []scenario{
	{"echo", "the client is served, and closes first", echoServer, []func(*actor){echoClient}},
	{"half-close", "the client has said all, and still hears", halfServer, []func(*actor){halfClient}},
	{"reset", "two ways to leave without a goodbye", resetServer, []func(*actor){resetClient}},
	{"backlog", "a listener whose queue is full", busyServer, []func(*actor){manyAtOnce}},
	{"many", "N clients, and N+1 sockets of the server", threadServer, []func(*actor){patientClient, patientClient, patientClient}},
	{"udp", "datagrams: no connection, and a port without a socket", udpServer, []func(*actor){udpClient}},
	{"unix", "the same calls within one machine", unixServer, []func(*actor){unixClient}},
}

var (
	loopback = sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	message  = []byte("Hello")
)

// server is a new listener.
func (a *actor) server(sa sock.Sockaddr, backlog int) *socket {
	s := a.socket(sa.Family(), sock.SOCK_STREAM)
	a.bind(s, sa)
	a.listen(s, backlog)
	return s
}

// client is a new connection to the server.
func (a *actor) client() *socket {
	s := a.socket(a.service.Family(), sock.SOCK_STREAM)
	a.connect(s, a.service)
	return s
}

// echo sends back what it receives, to the end.
func (a *actor) echo(s *socket) {
	p := make([]byte, 2048)
	for {
		n := a.recv(s, p)
		if n == 0 {
			break
		}
		a.send(s, p[:n])
	}
	a.close(s)
}

func echoServer(a *actor) {
	listener := a.server(loopback, 5)
	a.echo(a.accept(listener))
	a.close(listener)
}

func echoClient(a *actor) { a.talk(a.client()) }

// patientClient lets others connect before it speaks.
func patientClient(a *actor) {
	s := a.client()
	a.work()
	a.talk(s)
}

func (a *actor) talk(s *socket) {
	a.send(s, message)
	a.recv(s, make([]byte, 2048))
	a.close(s)
}

// Both sides have little room for what they receive, and are slow to take it. What they say last, the FIN, has to wait
// for its place behind the bytes that the other side doesn't take yet.
const (
	room  = 4096
	large = 8 * room
)

func halfServer(a *actor) {
	listener := a.socket(sock.AF_INET, sock.SOCK_STREAM)
	set(a, listener, sock.SO_RCVBUF, room, fmt.Sprint(room))
	a.bind(listener, loopback)
	a.listen(listener, 5)
	s := a.accept(listener)
	a.work()
	a.recvAll(s, make([]byte, large))
	a.recv(s, make([]byte, large))
	a.send(s, make([]byte, large))
	a.close(s)
	a.close(listener)
}

func halfClient(a *actor) {
	s := a.socket(sock.AF_INET, sock.SOCK_STREAM)
	set(a, s, sock.SO_RCVBUF, room, fmt.Sprint(room))
	a.connect(s, a.service)
	a.send(s, make([]byte, large))
	a.shutdown(s)
	a.work()
	a.recvAll(s, make([]byte, large))
	a.recv(s, make([]byte, large))
	a.close(s)
}

func resetServer(a *actor) {
	listener := a.server(loopback, 5)
	for range 2 {
		s := a.accept(listener)
		a.send(s, message)
		a.recv(s, make([]byte, 2048))
		a.send(s, message)
		a.close(s)
	}
	a.close(listener)
}

func resetClient(a *actor) {
	s := a.client()
	a.recv(s, make([]byte, 2048))
	set(a, s, sock.SO_LINGER, sock.Linger{Onoff: true}, "{1, 0}")
	a.close(s)

	s = a.client()
	a.close(s) // and the greeting is in it, unread
}

func busyServer(a *actor) {
	listener := a.server(loopback, 1)
	a.work()
	for range 3 {
		a.accept(listener)
	}
}

func manyAtOnce(a *actor) {
	var sockets []*socket
	for range 3 {
		s := a.socket(sock.AF_INET, sock.SOCK_STREAM|sock.SOCK_NONBLOCK)
		a.connect(s, a.service)
		sockets = append(sockets, s)
	}
	for _, s := range sockets {
		a.awaitConnected(s)
	}
}

func threadServer(a *actor) {
	listener := a.server(loopback, 5)
	for range 3 {
		s := a.accept(listener)
		a.spawn(server, func(thread *actor) { thread.echo(s) })
	}
	a.close(listener)
}

func udpServer(a *actor) {
	s := a.socket(sock.AF_INET, sock.SOCK_DGRAM)
	a.bind(s, loopback)
	p := make([]byte, 2048)
	n, from := a.recvfrom(s, p)
	a.sendto(s, p[:n], from)
	a.close(s)
}

func udpClient(a *actor) {
	s := a.socket(sock.AF_INET, sock.SOCK_DGRAM)
	a.connect(s, a.service)
	a.send(s, message)
	a.recv(s, make([]byte, 2048))
	a.send(s, message)
	a.recv(s, make([]byte, 2048))
	a.close(s)
}

func unixServer(a *actor) {
	listener := a.server(sock.Unnamed(), 5) // the kernel picks an abstract name
	a.echo(a.accept(listener))
	a.close(listener)
}

func unixClient(a *actor) {
	s := a.client()
	a.send(s, message)
	a.recv(s, make([]byte, 2048))
	a.shutdown(s)
	a.recv(s, make([]byte, 2048))
	a.close(s)
}
