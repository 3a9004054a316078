package life

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// splice(2) and sendfile(2) send what they move to a socket, and splice(2) receives what it moves from one.
func TestTransfersWithoutBuffers(t *testing.T) {
	const fd = 7
	for _, tt := range []struct {
		call string
		fd   int
		line string
		want []string // the packets
	}{
		{"splice", fd, "splice(7, NULL, 9, NULL, 65536, 0) = 100", []string{"client 100 bytes"}},
		{"splice", 8, "splice(8, NULL, 7, NULL, 65536, 0) = 100", []string{"server 100 bytes"}},
		{"splice", 8, "splice(8, [0] => [100], 7, NULL, 65536, 0) = 100", []string{"server 100 bytes"}},
		{"sendfile", fd, "sendfile(7, 3, [0] => [100], 65536) = 100", []string{"server 100 bytes"}},
	} {
		t.Run(tt.line, func(t *testing.T) {
			r := conversation()
			call, ok := NewCall(sock.Call{Name: tt.call, FD: tt.fd, Result: 100, Line: tt.line}, fd, 2, Server)
			if !ok {
				t.Fatal("NewCall = false, want true")
			}
			r.Events = []Event{{Call: call}}
			r.Infer(false)
			if got := labels(r); !slices.Equal(got, tt.want) {
				t.Errorf("packets = %q, want %q", got, tt.want)
			}
		})
	}
}

// A refused connection has its SYN and the reset, whether connect waits for the answer or asks for it later.
func TestRefused(t *testing.T) {
	waits := &Call{Socket: 1, Side: Client, Name: "connect", Result: "ECONNREFUSED", Failed: true}
	begins := &Call{Socket: 1, Side: Client, Name: "connect", Result: "EINPROGRESS"}
	asks := &Call{Socket: 1, Side: Client, Name: "getsockopt", Result: "ECONNREFUSED", Failed: true}
	for _, calls := range [][]*Call{{waits}, {begins, asks}} {
		for _, captured := range []bool{false, true} { // a refused connection has no name by which to capture its packets
			r := conversation()
			for _, c := range calls {
				r.Events = append(r.Events, Event{Call: c})
			}
			r.Infer(captured)
			if got, want := labels(r), []string{"client SYN", "server RST"}; !slices.Equal(got, want) || !r.Inferred {
				t.Errorf("Infer(%[2]t) after %[1]d calls: packets = %[3]q, Inferred = %[4]t; want %[5]q, true", len(calls), captured, got, r.Inferred, want)
			}
		}
	}
}

// A Recorder has the calls by which a program moves bytes between its socket and a pipe, in either direction.
func TestRecorderOfSplice(t *testing.T) {
	recorder := NewRecorder("bytes that go back through a pipe", Server)
	sock.SetTracer(recorder.Call)
	defer sock.SetTracer(nil)
	var pipe [2]int
	check(t, unix.Pipe2(pipe[:], unix.O_CLOEXEC))
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	sa := sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	listener, err := sock.CreateServer(sa, sock.ServerOptions{})
	check(t, err)
	defer sock.Close(listener)
	name, err := sock.Getsockname(listener)
	check(t, err)
	var client int
	sock.Untraced(func() {
		client, err = sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		check(t, err)
		check(t, sock.Connect(client, name))
		_, err = sock.Send(client, []byte("hello"), 0)
		check(t, err)
	})
	defer sock.Close(client)
	server, _, err := sock.Accept(listener)
	check(t, err)
	defer sock.Close(server)
	for _, way := range [][2]int{{server, pipe[1]}, {pipe[0], server}} {
		if _, err := sock.Splice(way[0], nil, way[1], nil, 5, 0); err != nil {
			t.Skip("no splice here: ", err)
		}
	}
	r := recorder.Run()
	text := r.Text(false)
	if calls, arrows := strings.Count(text, "splice("), strings.Count(text, "5 B"); calls != 2 || arrows != 2 {
		t.Errorf("the text has %d calls of splice and %d arrows of 5 bytes, want 2 of each:\n%s", calls, arrows, text)
	}
}

// A duplicate is as good as the descriptor that it was made of: splice(2) moves bytes from the socket, or to it.
func TestSpliceOfDuplicate(t *testing.T) {
	r := recordHere(t)
	var pipe [2]int
	check(t, unix.Pipe2(pipe[:], unix.O_CLOEXEC))
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	duplicate, err := sock.Dup(fds[1])
	check(t, err)
	defer sock.Close(duplicate)
	_, err = sock.Send(fds[0], []byte("hello"), 0)
	check(t, err)
	for _, way := range [][2]int{{duplicate, pipe[1]}, {pipe[0], duplicate}} {
		if _, err := sock.Splice(way[0], nil, way[1], nil, 5, 0); err != nil {
			t.Skip("no splice here: ", err)
		}
	}
	var into []bool
	for _, e := range r.Run().Events {
		if c := e.Call; c != nil && c.Name == "splice" {
			into = append(into, c.Socket == 1 && c.Into)
		}
	}
	if want := []bool{false, true}; !slices.Equal(into, want) {
		t.Errorf("bytes go into the socket: %t; want %t", into, want)
	}
}
