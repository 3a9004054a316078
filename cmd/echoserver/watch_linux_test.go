package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

// watchedServer is an echoserver with a watch page.
type watchedServer struct {
	*cmdtest.Server
	t   *testing.T
	url string // URL of the page, without a path
}

var pageURL = regexp.MustCompile(`url=http://(\S+)/`)

func startWatched(t *testing.T, args ...string) watchedServer {
	t.Helper()
	if !slices.Contains(args, "-listen") {
		args = append(args, "-listen", "tcp://127.0.0.1:0")
	}
	return watched(t, cmdtest.Start(t, append([]string{"-watch", "127.0.0.1:0"}, args...)...))
}

// watched waits for the page of a server.
func watched(t *testing.T, s *cmdtest.Server) watchedServer {
	t.Helper()
	s.WaitLog("watch page")
	return watchedServer{s, t, "http://" + pageURL.FindStringSubmatch(s.Stderr())[1]}
}

// address returns the address at which clients reach the server.
func (s watchedServer) address() string {
	_, address, _ := strings.Cut(s.Addr(), "://")
	return address
}

// get requests a path. headers are pairs of a name and a value.
func (s watchedServer) get(method, path string, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { response.Body.Close() })
	return response
}

func (s watchedServer) body(path string) string {
	s.t.Helper()
	text, err := io.ReadAll(s.get("GET", path).Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// pageEvent has the fields of an event that tests read.
type pageEvent struct {
	Draining  bool
	Problem   string
	Sentence  string
	Listeners []struct {
		URL, State     string
		Waiting, Limit int
		Drops          int
	}
	Rows            []row
	Matching, Total int
	Log             []string

	// On a client's page.
	State, Far           string
	Over                 bool
	Recorded, Descriptor int
	Held                 int
	Holding              struct{ Memory, File, Pipe int }
}

type row struct {
	ID, Client, State, Far string
	In, Out, Held          int
	Counts, FD, Subflow    bool
}

// stream returns the events of a path, until the server ends the stream.
func (s watchedServer) stream(path string) <-chan pageEvent {
	s.t.Helper()
	response := s.get("GET", path)
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("GET %s = %s, %s; want 200 and an event stream", path, response.Status, response.Header.Get("Content-Type"))
	}
	events := make(chan pageEvent)
	go func() {
		defer close(events)
		lines := bufio.NewReader(response.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			var e pageEvent
			if data, ok := strings.CutPrefix(line, "data: "); !ok || json.Unmarshal([]byte(data), &e) != nil {
				continue
			}
			e.dropOlder()
			select {
			case events <- e:
			case <-s.t.Context().Done():
				return
			}
		}
	}()
	return events
}

// await waits for an event that satisfies the condition.
func (s watchedServer) await(path, wanted string, is func(pageEvent) bool) pageEvent {
	s.t.Helper()
	return s.awaitIn(s.stream(path), wanted, is)
}

// awaitIn is await in a stream of events.
func (s watchedServer) awaitIn(events <-chan pageEvent, wanted string, is func(pageEvent) bool) pageEvent {
	s.t.Helper()
	late := time.After(cmdtest.Patience)
	var last pageEvent
	for {
		select {
		case e, ok := <-events:
			if !ok {
				s.t.Fatalf("the stream ended without an event with %s; the last event: %.2000v", wanted, fmt.Sprintf("%+v", last))
			}
			if e.Problem != "" {
				s.t.Skip("no sock_diag here:", e.Problem)
			}
			if last = e; is(e) {
				return e
			}
		case <-late:
			s.t.Fatalf("no event with %s; the last event: %.2000v", wanted, fmt.Sprintf("%+v", last))
		}
	}
}

// dropOlder removes connections of an earlier server that had the same port, whose clients' ends are in TIME_WAIT for a minute. It
// leaves those that this server had: of these, the counts are known.
func (e *pageEvent) dropOlder() {
	rows := len(e.Rows)
	e.Rows = slices.DeleteFunc(e.Rows, func(r row) bool { return r.State == "" && r.Far == "TIME_WAIT" && !r.Counts })
	e.Matching -= rows - len(e.Rows)
	e.Total -= rows - len(e.Rows)
}

// inState returns the number of clients whose socket at the server is in a state.
func (e pageEvent) inState(state string) (n int) {
	for _, r := range e.Rows {
		if r.State == state {
			n++
		}
	}
	return n
}

// watchedClient returns a connection that has received an echo.
func watchedClient(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}
