package main_test

import (
	"net"
	"testing"

	"example.com/berkeley/sock"
)

// Clients that the server has no descriptor for are listed, with their states: those that wait to be accepted, also once
// they are gone.
func TestWatchWithoutDescriptor(t *testing.T) {
	s := startWatched(t, "-max-conns", "1")
	first := watchedClient(t, s.address())
	conn, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	name := conn.LocalAddr().String()
	waits := func(e pageEvent, state, far string) bool {
		for _, r := range e.Rows {
			if r.Client == name {
				return !r.FD && r.State == state && r.Far == far
			}
		}
		return false
	}
	e := s.await("/events", "a client that waits", func(e pageEvent) bool { return waits(e, "ESTABLISHED", "ESTABLISHED") })
	if e.Sentence != "1 client, 2 sockets: 1 listener and one for each client" || e.Listeners[0].Waiting != 1 {
		t.Errorf("event with a client that waits = %+v; want 1 client in the listener's queue", e)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	events := s.stream("/events")
	s.awaitIn(events, "its half-close", func(e pageEvent) bool { return waits(e, "CLOSE_WAIT", "FIN_WAIT2") })

	// After close(2) the client's socket has no descriptor either, and is there all the same.
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the first may be from before, and the second from while
		e = s.awaitIn(events, "another event", func(pageEvent) bool { return true })
	}
	if !waits(e, "CLOSE_WAIT", "FIN_WAIT2") {
		t.Errorf("rows after the client's close = %+v; want CLOSE_WAIT and FIN_WAIT2", e.Rows)
	}
	first.Close()
	s.awaitIn(events, "the end of both", func(e pageEvent) bool { return waits(e, "", "TIME_WAIT") })
}

// The connection of an MPTCP client is a subflow, and the client is counted once.
func TestWatchMPTCP(t *testing.T) {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP)
	if err != nil {
		t.Skip("no MPTCP here: ", err)
	}
	defer sock.Close(fd)
	s := startWatched(t, "-listen", "mptcp://127.0.0.1:0")
	sa, err := sock.ParseSockaddr(s.address())
	if err != nil {
		t.Fatal(err)
	}
	if err := sock.Connect(fd, sa); err != nil {
		t.Fatal(err)
	}
	e := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 && e.Rows[0].FD })
	if !e.Rows[0].Subflow || e.Sentence != "1 client, 2 sockets: 1 listener and one for each client" {
		t.Errorf("event = %+v; want 1 client, with a subflow", e)
	}
}

// A server's socket that has no descriptor any more is listed as long as the kernel has it: here the server's end waits behind
// bytes for which the client's receive buffer is too small.
func TestWatchLastAck(t *testing.T) {
	s := startWatched(t, "-mode", "message")
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fd)
	if err := sock.Setsockopt(fd, sock.SO_RCVBUF, 1); err != nil { // the least that there is
		t.Fatal(err)
	}
	sa, err := sock.ParseSockaddr(s.address())
	if err != nil {
		t.Fatal(err)
	}
	if err := sock.Connect(fd, sa); err != nil {
		t.Fatal(err)
	}
	if _, err := sock.SendAll(fd, make([]byte, 8<<10), 0); err != nil {
		t.Fatal(err)
	}
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	// The states of both sockets are not read at once.
	e := s.await("/events", "LAST_ACK without a descriptor, opposite FIN_WAIT2", func(e pageEvent) bool {
		return e.inState("LAST_ACK") == 1 && !e.Rows[0].FD && e.Rows[0].Far == "FIN_WAIT2"
	})
	if e.Sentence != "0 clients, 1 socket: 1 listener" {
		t.Errorf("event with a client that does not read = %+v; want 0 clients, 1 socket", e)
	}
}
