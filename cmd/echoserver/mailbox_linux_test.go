package main

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"example.com/berkeley/sock"
)

// Of the datagrams that came together, each is answered or not on its own: who has no name gets no answer, one that is
// gone is counted, and neither costs the others theirs.
func TestDatagramsTogether(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) int {
		fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		if name == "" {
			return fd
		}
		if err := sock.Bind(fd, path(t, dir+"/"+name)); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	l := &listener{Endpoint: sock.Endpoint{Network: "unixgram", Type: sock.SOCK_DGRAM}, fd: open("server"), addr: path(t, dir+"/server")}
	defer sock.Close(l.fd)
	s := &server{options: &options{}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), listeners: []*listener{l}}
	a, b, gone, nameless := open("a"), open("b"), open("gone"), open("")
	defer sock.Close(a)
	defer sock.Close(b)
	senders := []int{a, nameless, b, gone, gone, a, nameless, b}
	for i, fd := range senders {
		if _, err := sock.Sendto(fd, fmt.Append(nil, i), 0, l.addr); err != nil {
			t.Fatal(err)
		}
	}
	sock.Close(gone)
	sock.Close(nameless)
	m := newMailbox(s)
	m.size = mostDatagrams
	if !m.answer(l) || m.answer(l) {
		t.Error("not all datagrams were taken at once")
	}
	for fd, want := range map[int][]string{a: {"0", "5"}, b: {"2", "7"}} {
		for _, want := range append(want, "") {
			p := make([]byte, 8)
			n, err := sock.Recv(fd, p, 0)
			if string(p[:n]) != want || (err == sock.EAGAIN) != (want == "") {
				t.Errorf("received %q, %v; want %q", p[:n], err, want)
			}
		}
	}
	if l.accepted.Load() != 8 || l.refused.Load() != 2 || l.failed.Load() != 2 || l.sent.Load() != 4 {
		t.Errorf("counters: %v", l.table())
	}
}

// As many datagrams are asked for as came lately.
func TestMailboxGrows(t *testing.T) {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_DGRAM|sock.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	l := &listener{Endpoint: sock.Endpoint{Type: sock.SOCK_DGRAM}, fd: fds[0], addr: sock.Unnamed()}
	s := &server{options: &options{}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), listeners: []*listener{l}}
	m := newMailbox(s)
	sizes := []struct{ waiting, after int }{{7, 8}, {1, 4}, {2, 4}, {1, 2}, {1, 2}}
	for _, want := range sizes {
		for range want.waiting {
			if _, err := sock.Send(fds[1], []byte("x"), 0); err != nil {
				t.Fatal(err)
			}
		}
		for l.accepted.Store(0); l.accepted.Load() < int64(want.waiting); {
			m.answer(l)
		}
		if m.size != want.after {
			t.Errorf("after %d at a time, %d are asked for; want %d", want.waiting, m.size, want.after)
		}
	}
}

func path(t *testing.T, name string) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Unix(name)
	if err != nil {
		t.Fatal(err)
	}
	return sa
}
