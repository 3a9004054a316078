package life

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

// recordBoth records a program that plays both sides, and returns its log.
func recordBoth(play func()) []byte {
	var log bytes.Buffer
	recorder := NewRecorder("", Client)
	recorder.BothSides()
	recorder.Log(&log)
	sock.SetTracer(recorder.Call)
	play()
	sock.SetTracer(nil)
	return log.Bytes()
}

// sidesOf has a run's sockets and calls: each socket's side, and of each call that, too.
func sidesOf(r *Run) (sockets, calls []string) {
	for _, s := range r.Sockets {
		sockets = append(sockets, s.Side.String())
	}
	for _, e := range r.Events {
		if c := e.Call; c != nil && !c.Waits {
			calls = append(calls, c.Side.String()+" "+strings.TrimSuffix(c.Name, "4"))
		}
	}
	return sockets, calls
}

// A program that plays both sides is drawn as both: its sockets are each other's peers, and no others are there.
func TestBothSides(t *testing.T) {
	abstract, err := sock.Abstract("life-both-sides")
	check(t, err)
	loopback := sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))
	conversation := []string{"server socket", "server bind", "server listen", "client socket", "client connect", "server accept",
		"client sendto", "server recvfrom", "client close", "server close", "server close"}
	for _, tt := range []struct {
		name           string
		play           func()
		sockets, calls []string
	}{
		{"tcp", func() { talk(t, loopback) }, []string{"server", "client", "server"}, conversation},
		{"unix", func() { talk(t, abstract) }, []string{"server", "client", "server"}, conversation},
		{"udp, both bound", func() { exchange(t, loopback) }, []string{"server", "client"},
			[]string{"server socket", "server bind", "client socket", "client bind", "client sendto", "server recvfrom", "client close", "server close"}},
		{"pair", func() { pair(t) }, []string{"server", "client"},
			[]string{"server socketpair", "client sendto", "server recvfrom", "client close", "server close"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ReadLog("", recordBoth(tt.play), nil)
			check(t, err)
			if sockets, calls := sidesOf(r); !slices.Equal(sockets, tt.sockets) || !slices.Equal(calls, tt.calls) {
				t.Errorf("sockets = %q, want %q; calls = %q, want %q\n%s", sockets, tt.sockets, calls, tt.calls, r.Text(false))
			}
		})
	}
}

// exchange sends a datagram between two sockets that are bound.
func exchange(t *testing.T, sa sock.Sockaddr) {
	var fds [2]int
	for i := range fds {
		fd, err := sock.Socket(sa.Family(), sock.SOCK_DGRAM, 0)
		check(t, err)
		defer sock.Close(fd)
		check(t, sock.Bind(fd, sa))
		fds[i] = fd
	}
	name, err := sock.Getsockname(fds[0])
	check(t, err)
	_, err = sock.Sendto(fds[1], []byte("hello"), 0, name)
	check(t, err)
	_, _, err = sock.Recvfrom(fds[0], make([]byte, 10), 0)
	check(t, err)
}

// pair sends over a socketpair.
func pair(t *testing.T) {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(t, err)
	_, err = sock.Send(fds[1], []byte("hello"), 0)
	check(t, err)
	_, err = sock.Recv(fds[0], make([]byte, 10), 0)
	check(t, err)
	check(t, sock.Close(fds[1]))
	check(t, sock.Close(fds[0]))
}

// A log is readable wherever it ends, as when its process was killed, and its calls say which function the program called.
func TestReadLog(t *testing.T) {
	log := recordBoth(func() { talk(t, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))) })
	for end := range len(log) + 1 {
		if end%97 != 0 && end < len(log) && log[end] != '\n' {
			continue // the ends of all lines, and some places within
		}
		r, err := ReadLog("", log[:end], nil)
		if err != nil {
			t.Fatalf("ReadLog(%q): %v", log[:end], err)
		}
		r.SVG()
		for _, e := range r.Events {
			if e.Call != nil && (e.Call.Func == "" || len(e.Call.Lines) > 0) {
				t.Fatalf("%s: Func = %q, Lines = %d; want a function and no lines of a main.go", e.Call.Name, e.Call.Func, e.Call.Lines)
			}
		}
	}
	for _, wrong := range []string{"x\n", `{"Events":[{"Call":{"Socket":1}}]}` + "\n", fmt.Sprintf("%s{}x\n", log)} {
		if _, err := ReadLog("", []byte(wrong), nil); err == nil {
			t.Errorf("ReadLog(%q) succeeded, want an error", wrong)
		}
	}
}
