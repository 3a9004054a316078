// 29-robust-server makes the echo server fit for strangers: it limits clients, silence and slow readers, answers
// half-closed clients, and finishes what it has begun when it stops.
//
//	go run ./examples/29-robust-server    each limit, in a scene of its own
//
// New here: deadlines of Conn, the backlog of listen(2) as a queue for clients beyond the limit, and an orderly stop: close
// the listener, give clients time, end the rest.
//
// Try: make it serve. In main, call start with limits of a few seconds, print s.listener.LocalAddr(), wait for SIGTERM as
// os/signal does, and call s.stop; nc is a client. Then read cmd/echoserver, which has these limits and more.
//
// What breaks it: one limit missing. Then a single client that connects and does nothing, or sends and never receives,
// holds a place for ever.
//
// Remember: every wait for a peer needs a limit.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

// limits are what an echo server needs beside its loop. long stands for minutes: in each scene another limit is short.
type limits struct {
	clients int           // how many connections may there be at once?
	idle    time.Duration // how long may a client be silent?
	write   time.Duration // how long may a client leave its answer in the queues?
	grace   time.Duration // how long may clients take to finish when the server stops?
}

const short, long = 100 * time.Millisecond, time.Minute

type server struct {
	limits
	listener *sock.Conn
	places   chan bool      // holds one value for each client
	running  sync.WaitGroup // the accept loop, and each client's

	mu    sync.Mutex
	conns map[*sock.Conn]bool
}

func start(l limits) *server {
	listener, err := sock.ListenConn(sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")), sock.ServerOptions{})
	check("listen", err)
	s := &server{
		limits: l, listener: listener, conns: map[*sock.Conn]bool{}, places: make(chan bool, l.clients),
	}
	s.running.Go(s.serve)
	return s
}

// serve waits for a place before it accepts. Clients beyond the limit wait in the backlog and cost the server nothing.
func (s *server) serve() {
	for {
		s.places <- true
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // ECONNABORTED or EMFILE, for example. If it persists, 26-descriptors shows why not to retry at once
			<-s.places
			time.Sleep(10 * time.Millisecond)
		default:
			s.add(conn)
			s.running.Go(func() {
				fmt.Println("  server: the client", s.echo(conn))
				s.remove(conn)
				<-s.places
			})
		}
	}
}

// echo limits each wait for the client. A half-closed client still gets its whole answer: the loop ends only when everything
// was sent. The result says how the client ended it.
func (s *server) echo(conn *sock.Conn) string {
	buf := make([]byte, 2048)
	for {
		s.limit(conn.SetReadDeadline, s.idle)
		n, err := conn.Read(buf)
		if err == io.EOF {
			return "has finished"
		}
		if err != nil {
			return "was silent for too long, or is lost"
		}
		s.limit(conn.SetWriteDeadline, s.write)
		if _, err := conn.Write(buf[:n]); err != nil {
			return "doesn't receive its answer, or is lost"
		}
	}
}

// limit sets a deadline, unless the server is stopping and has set its own.
func (s *server) limit(set func(time.Time) error, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		set(time.Now().Add(d))
	}
}

func (s *server) add(conn *sock.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		conn.SetDeadline(time.Now()) // accepted too late
		return
	}
	s.conns[conn] = true
}

func (s *server) remove(conn *sock.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	conn.Close()
}

// stop accepts no more clients, gives those that are there time to finish, and then ends the rest.
func (s *server) stop() {
	check("close", s.listener.Close())
	s.mu.Lock()
	for conn := range s.conns {
		conn.SetDeadline(time.Now().Add(s.grace))
	}
	s.conns = nil
	s.mu.Unlock()
	s.running.Wait()
}

func main() {
	for _, scene := range []struct {
		title string
		limits
		play func(*server)
	}{
		{"more clients than the limit", limits{clients: 2, idle: long, write: long, grace: long}, tooMany},
		{"a silent client", limits{clients: 2, idle: short, write: long, grace: long}, silent},
		{"a client that doesn't receive", limits{clients: 2, idle: long, write: short, grace: long}, slow},
		{"a half-closed client", limits{clients: 2, idle: long, write: long, grace: long}, halfClosed},
		{"a server that stops", limits{clients: 2, idle: long, write: long, grace: long}, drain},
		{"a client that doesn't finish", limits{clients: 2, idle: long, write: long, grace: short}, cut},
	} {
		fmt.Println(scene.title)
		s := start(scene.limits)
		scene.play(s)
		s.stop()
	}
}

func tooMany(s *server) {
	first, second, third := connect(s), connect(s), connect(s)
	defer second.Close()
	defer third.Close()
	talk(first, "first")
	talk(second, "second")
	_, err := third.Write([]byte("Hello"))
	check("write", err)
	check("deadline", third.SetReadDeadline(time.Now().Add(short)))
	_, err = third.Read(make([]byte, 5))
	fmt.Println("  third: connected, and waits:", errors.Is(err, os.ErrDeadlineExceeded))
	check("close", first.Close())
	check("deadline", third.SetReadDeadline(time.Time{}))
	n, err := io.ReadFull(third, make([]byte, 5))
	fmt.Printf("  first has closed; third: received %d bytes, %v\n", n, err)
}

func silent(s *server) {
	conn := connect(s)
	defer conn.Close()
	_, err := conn.Read(make([]byte, 1))
	fmt.Println("  client: read:", err)
}

func slow(s *server) {
	conn := connect(s)
	defer conn.Close()
	_, err := conn.Write(bytes.Repeat([]byte("x"), 64<<20)) // more than all queues hold, and no read
	fmt.Println("  client: its write failed:", err != nil)
}

func halfClosed(s *server) {
	conn := connect(s)
	defer conn.Close()
	_, err := conn.Write([]byte("Hello, world"))
	check("write", err)
	check("shutdown", conn.CloseWrite())
	answer, err := io.ReadAll(conn)
	fmt.Printf("  client: received %q, %v\n", answer, err)
}

// drain: what the client has sent before the stop is still answered.
func drain(s *server) {
	conn := connect(s)
	talk(conn, "first words")
	_, err := conn.Write([]byte("last words"))
	check("write", err)
	stopped := make(chan bool)
	go func() {
		s.stop()
		close(stopped)
	}()
	n, err := io.ReadFull(conn, make([]byte, len("last words")))
	fmt.Printf("  last words: received %d bytes, %v\n", n, err)
	check("close", conn.Close())
	<-stopped
	_, err = net.Dial("tcp", s.listener.LocalAddr().String())
	fmt.Println("  the server has stopped; a new client is refused:", errors.Is(err, sock.ECONNREFUSED))
}

func cut(s *server) {
	conn := connect(s)
	defer conn.Close()
	talk(conn, "Hello")
	s.stop()
	_, err := conn.Read(make([]byte, 1))
	fmt.Println("  client: read:", err)
}

func connect(s *server) *net.TCPConn {
	conn, err := net.Dial("tcp", s.listener.LocalAddr().String())
	check("dial", err)
	return conn.(*net.TCPConn)
}

// talk sends words and receives the same number of bytes.
func talk(conn net.Conn, words string) {
	_, err := conn.Write([]byte(words))
	check("write", err)
	n, err := io.ReadFull(conn, make([]byte, len(words)))
	check("read", err)
	fmt.Printf("  %s: received %d bytes\n", words, n)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
