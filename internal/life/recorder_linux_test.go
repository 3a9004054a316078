package life

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestMain(m *testing.M) {
	socktest.NeedLoopback()
	os.Exit(m.Run())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// talk connects to a listener, sends, receives the answer and closes. Both ends are in this thread.
func talk(t *testing.T, sa sock.Sockaddr) {
	listener, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(listener)
	check(t, sock.Bind(listener, sa))
	check(t, sock.Listen(listener, 5))
	name, err := sock.Getsockname(listener)
	check(t, err)
	client, err := sock.Socket(sa.Family(), sock.SOCK_STREAM, 0)
	check(t, err)
	check(t, sock.Connect(client, name))
	server, _, err := sock.Accept(listener)
	check(t, err)
	_, err = sock.Send(client, []byte("<script>"), 0)
	check(t, err)
	_, err = sock.Recv(server, make([]byte, 100), 0)
	check(t, err)
	check(t, sock.Close(client))
	check(t, sock.Close(server))
}

func TestRecorder(t *testing.T) {
	abstract, err := sock.Abstract(`life-<script>alert("x")</script>` + t.Name())
	check(t, err)
	for _, tt := range []struct {
		name string
		sa   sock.Sockaddr
	}{
		{"tcp4", sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))},
		{"unix", abstract},
	} {
		t.Run(tt.name, func(t *testing.T) {
			recorder := NewRecorder("a conversation", Client)
			sock.SetTracer(recorder.Call)
			defer sock.SetTracer(nil)
			talk(t, tt.sa)
			r := recorder.Run()
			check(t, r.check())
			text := r.Text(false)
			var calls []string
			for _, e := range r.Events {
				if e.Call != nil && !e.Call.Waits {
					calls = append(calls, strings.TrimSuffix(e.Call.Name, "4"))
				}
			}
			want := []string{"socket", "bind", "listen", "socket", "connect", "accept", "sendto", "recvfrom", "close", "close", "close"}
			if calls = slices.Compact(calls); !slices.Equal(calls, slices.Compact(want)) {
				t.Errorf("calls = %q, want %q\n%s", calls, want, text)
			}
			for _, part := range []string{"LISTEN", Gone, `"<script>"`} {
				if !strings.Contains(text, part) {
					t.Errorf("the text does not contain %s:\n%s", part, text)
				}
			}
			page, err := r.HTML()
			check(t, err)
			if svg := string(r.SVG()); strings.Contains(svg, "<script>") || strings.Contains(string(page), "<script>alert") {
				t.Errorf("the picture or the page contains a script that a peer sent:\n%s", svg)
			}
		})
	}
}

// What a Recorder keeps is bounded, whatever goes on.
func TestRecorderIsBounded(t *testing.T) {
	recorder := NewRecorder("a load", Client)
	sock.SetTracer(recorder.Call)
	defer sock.SetTracer(nil)
	var fds []int
	for range 10 {
		pair, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
		check(t, err)
		fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
		check(t, err)
		fds = append(fds, pair[0], pair[1], fd)
	}
	for range 3 * mostEvents {
		for _, fd := range fds {
			sock.Send(fd, []byte("x"), sock.MSG_DONTWAIT|sock.MSG_NOSIGNAL)
		}
	}
	r := recorder.Run()
	if len(r.Sockets) > 2*mostSockets || len(r.Events) > mostEvents+10 || !r.Cut {
		t.Errorf("%d sockets, %d events, Cut = %t; want at most %d and %d, true", len(r.Sockets), len(r.Events), r.Cut, 2*mostSockets, mostEvents+10)
	}
	for _, fd := range fds {
		check(t, sock.Close(fd))
	}
}
