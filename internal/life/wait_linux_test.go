package life

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// A call that waits for several sockets tells which, and which of them are ready.
func TestPolling(t *testing.T) {
	r := recordHere(t)
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	socktest.Check(t, err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	idle, busy := fds[0], fds[1]
	poll := func() []sock.Pollfd {
		return []sock.Pollfd{{Fd: int32(idle), Events: sock.POLLIN}, {Fd: int32(busy), Events: sock.POLLIN}}
	}
	set := func() *sock.FdSet {
		s := &sock.FdSet{}
		s.Set(idle)
		s.Set(busy)
		return s
	}
	epoll, err := sock.EpollCreate1(0)
	socktest.Check(t, err)
	defer sock.Close(epoll)
	for _, fd := range fds {
		socktest.Check(t, sock.EpollCtl(epoll, sock.EPOLL_CTL_ADD, fd, &sock.EpollEvent{Events: sock.EPOLLIN, Fd: int32(fd)}))
	}

	_, err = sock.Poll(poll(), 0) // nothing is ready
	socktest.Check(t, err)
	_, err = sock.Send(idle, []byte("a"), 0)
	socktest.Check(t, err)
	_, err = sock.Poll(poll(), -1)
	socktest.Check(t, err)
	_, err = sock.Select(busy+1, set(), nil, nil, nil)
	socktest.Check(t, err)
	_, err = sock.EpollWait(epoll, make([]sock.EpollEvent, 2), -1)
	socktest.Check(t, err)
	socktest.Check(t, sock.EpollCtl(epoll, sock.EPOLL_CTL_DEL, idle, nil))
	_, err = sock.EpollWait(epoll, make([]sock.EpollEvent, 2), -1)
	socktest.Check(t, err)

	var got []string
	for _, e := range r.Run().Events {
		// One that took long, on a busy machine too, is drawn from when it waits to when it ends.
		if c := e.Call; c != nil && !c.Waits && slices.Contains(polling, c.Name) {
			got = append(got, fmt.Sprintf("%v %v %s %s", c.Watched, c.Woken, c.Result, c.Ready))
		}
	}
	in := func(word string) string { return fmt.Sprintf("%d %s", busy, word) }
	want := []string{
		"[0 1] [] = 0 ", "[0 1] [1] = 1 " + in("POLLIN"), "[0 1] [1] = 1 " + fmt.Sprintf("in %d", busy),
		"[0 1] [1] = 1 " + in("EPOLLIN"), "[1] [1] = 1 " + in("EPOLLIN"),
	}
	if !slices.Equal(got, want) {
		t.Errorf("waits =\n%q, want\n%q", got, want)
	}
}

// A socket is known by each of its descriptors, until the last is closed.
func TestCopies(t *testing.T) {
	r := recordHere(t)
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	socktest.Check(t, err)
	defer sock.Close(fds[1])
	other, err := sock.Dup(fds[0])
	socktest.Check(t, err)
	socktest.Check(t, sock.Close(fds[0]))
	_, err = sock.Send(other, []byte("a"), 0)
	socktest.Check(t, err)
	socktest.Check(t, sock.Close(other))
	wantLife(t, r, 0, []string{"socketpair", "fcntl", "close", "sendto", "close"}, []string{Connected, Gone})
}

// dup3(2) closes the descriptor that it replaces.
func TestCopyReplaces(t *testing.T) {
	r := recordHere(t)
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	socktest.Check(t, err)
	socktest.Check(t, sock.Dup3(fds[0], fds[1], 0))
	socktest.Check(t, sock.Close(fds[0]))
	socktest.Check(t, sock.Close(fds[1]))
	wantLife(t, r, 0, []string{"socketpair", "dup3", "close", "close"}, []string{Connected, Gone})
	wantLife(t, r, 1, nil, []string{Connected, Gone})
}

// wantLife checks which calls a socket's life had, and which states.
func wantLife(t *testing.T, r *Recorder, socket int, wantCalls, wantStates []string) {
	t.Helper()
	var calls, states []string
	for _, e := range r.Run().Events {
		if e.Call != nil && e.Call.Socket == socket {
			calls = append(calls, e.Call.Name)
		}
		for _, s := range e.States {
			if s.Socket == socket && s.Changed {
				states = append(states, s.State)
			}
		}
	}
	if !slices.Equal(calls, wantCalls) || !slices.Equal(states, wantStates) {
		t.Errorf("socket %d: calls %q and states %q, want %q and %q", socket, calls, states, wantCalls, wantStates)
	}
}

// A call whose time limit ends it has waited, and is drawn.
func TestTimeLimit(t *testing.T) {
	_, b := socktest.Pair(t, sock.SOCK_STREAM)
	r := NewRecorder("", Client)
	r.BothSides()
	r.sockets = []*recorded{{Socket: Socket{Kind: UnixStream}, own: true, last: State{FD: b}}}
	sock.SetTracer(r.Call)
	t.Cleanup(func() { sock.SetTracer(nil) })
	socktest.Check(t, sock.Setsockopt(b, sock.SO_RCVTIMEO, 5*time.Millisecond))
	p := make([]byte, 1)
	for err := error(sock.EINTR); err == sock.EINTR; { // a signal may come first
		_, err = sock.Recv(b, p, 0)
	}
	var last *Call
	for _, e := range r.Run().Events {
		if e.Call != nil && !e.Call.Waits {
			last = e.Call
		}
	}
	if last == nil || last.Result != "EAGAIN" {
		t.Errorf("last call = %+v, want the recv that ended with EAGAIN", last)
	}
}

// A call that waited is drawn at its beginning, at all sockets that it asks about, and at its end, at those that are ready.
func TestPollingWaits(t *testing.T) {
	r := &Run{
		Sockets: []Socket{{Side: Server, Kind: TCP}, {Side: Server, Kind: TCP}},
		Events: []Event{{Call: &Call{
			Name: "poll", Args: []string{"[4 POLLIN, 5 POLLIN]", "-1"}, Result: "= 1", Thread: pollThread, Took: time.Second,
			Socket: 1, Watched: []int{0, 1}, Woken: []int{1}, Ready: "5 POLLIN",
		}}},
	}
	r.order()
	if len(r.Events) != 2 {
		t.Fatalf("%d events, want 2: the beginning and the end of the wait", len(r.Events))
	}
	begin, end := r.Events[0].Call, r.Events[1].Call
	if !begin.Waits || !slices.Equal(begin.marks(), []int{0, 1}) || end.Waits || !slices.Equal(end.marks(), []int{1}) {
		t.Errorf("the wait begins as %+v, want 0 and 1 marked; ends as %+v, want 1 marked", begin, end)
	}
	if text := r.Text(false); !strings.Contains(text, "-1) …") || !strings.Contains(text, "ready: 5 POLLIN") {
		t.Errorf("the text does not contain the wait's two lines:\n%s", text)
	}
}

// recordHere records the calls of this process, on both ends, until the test ends.
func recordHere(t *testing.T) *Recorder {
	t.Helper()
	r := NewRecorder("", Client)
	r.BothSides()
	sock.SetTracer(r.Call)
	t.Cleanup(func() { sock.SetTracer(nil) })
	return r
}
