package main_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/internal/life"
)

// While a viewer looks, the life of a client has the calls that the server makes for it and, if they may be captured,
// the packets, though none of the bytes.
func TestWatchRecordsCalls(t *testing.T) {
	for _, engine := range []string{"epoll", "goroutines", "threads", "iterative"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := startWatched(t, "-engine", engine)
			c := watchedClient(t, s.address())
			id := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 && e.Rows[0].FD }).Rows[0].ID
			events := s.stream("/client/" + id + "/events")
			first := s.awaitIn(events, "its descriptor", func(e pageEvent) bool { return e.Descriptor > 0 })
			const secret = "a secret of 20 bytes"
			for range 3 {
				say(t, c, secret)
			}
			s.awaitIn(events, "6 calls", func(e pageEvent) bool { return e.Recorded >= 6 })
			c.Close()
			s.awaitIn(events, "the end", func(e pageEvent) bool { return e.State == "" })
			text := s.body("/client/" + id + "/life.txt")
			fd := strconv.Itoa(first.Descriptor)
			for _, part := range []string{"recvfrom(" + fd + ") = 20", "sendto(" + fd + ") = 20", "recvfrom(" + fd + ") = 0", "close(" + fd + ")", "FIN", "TIME_WAIT", "20 B"} {
				if engine == "goroutines" && strings.HasPrefix(part, "close") {
					continue // package os closes a Conn's descriptor
				}
				if !strings.Contains(text, part) {
					t.Errorf("the life does not contain %q:\n%s", part, text)
				}
			}
			if strings.Contains(text, "secret") {
				t.Errorf("the life contains the client's bytes:\n%s", text)
			}
			if strings.Contains(text, "CAP_NET_RAW") == canCapture() {
				t.Errorf("the server may capture packets: %t; want CAP_NET_RAW mentioned only if not:\n%s", canCapture(), text)
			}
			if picture := s.body("/client/" + id + "/life.svg"); !strings.Contains(picture, "recvfrom("+fd+")") || strings.Contains(picture, "secret") {
				t.Errorf("the picture does not contain the client's calls, or contains its bytes:\n%s", picture)
			}
		})
	}
}

func canCapture() bool {
	c, err := life.NewCapture(1)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// say sends text and waits for the echo.
func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len(text))); err != nil {
		t.Fatal(err)
	}
}

// After a descriptor is closed and reused, its calls do not appear in the life of the earlier client.
func TestWatchReusedDescriptor(t *testing.T) {
	s := startWatched(t)
	c := watchedClient(t, s.address())
	id := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 && e.Rows[0].FD }).Rows[0].ID
	events := s.stream("/client/" + id + "/events")
	s.awaitIn(events, "its descriptor", func(e pageEvent) bool { return e.Descriptor > 0 })
	c.Close()
	s.awaitIn(events, "the end", func(e pageEvent) bool { return e.State == "" })
	other := watchedClient(t, s.address())
	const size = 12345
	say(t, other, strings.Repeat("x", size))
	s.awaitIn(events, "another event", func(pageEvent) bool { return true })
	s.awaitIn(events, "another event", func(pageEvent) bool { return true })
	if text := s.body("/client/" + id + "/life.txt"); strings.Contains(text, strconv.Itoa(size)) || strings.Count(text, "close(") != 1 {
		t.Errorf("the life of a client that is gone contains the calls of another:\n%s", text)
	}
}

// A client's page shows where the server keeps the bytes that the client does not receive.
func TestWatchHolding(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		memory     string
		is         func(memory, file, pipe int) bool
	}{
		{"memory", "message", "64MiB", func(memory, file, _ int) bool { return memory > 0 && file == 0 }},
		{"a file", "message", "64KiB", func(_, file, _ int) bool { return file > 0 }},
		{"a pipe", "stream", "64KiB", func(_, _, pipe int) bool { return pipe > 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startWatched(t, "-mode", tt.mode, "-spool-memory", tt.memory)
			conn, err := net.Dial("tcp", s.address())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			c := conn.(*net.TCPConn)
			go func() {
				c.Write(make([]byte, 16<<20)) // a stream accepts only a part
				c.CloseWrite()
			}()
			id := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED")+e.inState("CLOSE_WAIT") == 1 && e.Rows[0].FD }).Rows[0].ID
			s.await("/client/"+id+"/events", "bytes in "+tt.name, func(e pageEvent) bool {
				return tt.is(e.Holding.Memory, e.Holding.File, e.Holding.Pipe)
			})
		})
	}
}

var traceOfWatch = regexp.MustCompile(`AF_NETLINK|AF_PACKET|SOCK_DIAG`)

// -trace shows the server's calls, and not those with which the page inspects its sockets.
func TestWatchIsNotTraced(t *testing.T) {
	s := startWatched(t, "-trace")
	c := watchedClient(t, s.address())
	id := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 }).Rows[0].ID
	s.await("/client/"+id+"/events", "a life", func(e pageEvent) bool { return e.State == "ESTABLISHED" })
	say(t, c, "hello")
	s.WaitLog("sendto(")
	if own := traceOfWatch.FindString(s.Stderr()); own != "" {
		t.Errorf("-trace shows %q, a call of -watch:\n%s", own, s.Stderr())
	}
}

// The page's own descriptors are closed when the last viewer of a client leaves.
func TestWatchForgetsViewers(t *testing.T) {
	s := startWatched(t)
	watchedClient(t, s.address())
	id := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 }).Rows[0].ID
	dir := filepath.Join("/proc", strconv.Itoa(s.Cmd.Process.Pid), "fd")
	for range 20 {
		response := s.get("GET", "/client/"+id+"/events")
		if _, err := response.Body.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 60 {
		t.Errorf("the server has %d open descriptors, want at most 60", len(files))
	}
}
