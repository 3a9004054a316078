package sweep_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// watch has a conversation with a server, and looks at its watch page while another client stays connected.
func watch(t *testing.T, start starter, timeout time.Duration, client string) outcome {
	p := startServer(t, start("-listen", "tcp://127.0.0.1:0", "-watch", "127.0.0.1:0"), 1)
	page := p.page()
	if len(p.addrs) < 1 || page == "" {
		return p.ended()
	}
	failed := 0
	if idle, err := net.Dial("tcp", strings.TrimPrefix(p.addrs[0], "tcp://")); err != nil {
		failed++
	} else {
		defer idle.Close()
	}
	code, stdout, stderr := run(exec.Command(client, "-addr", p.addrs[0], "-timeout", timeout.String()), "hello")
	switch {
	case code == 2:
		failed++
	case code != 0 || stdout != "hello":
		return bad("wrong: exit %d, %q, %s", code, stdout, stderr)
	}
	for path, want := range map[string]string{"": "<!DOCTYPE html>", "metrics": "# TYPE", "events": "data: "} {
		if !shows(t, page+path, want, timeout) {
			failed++
		}
	}
	return p.stop(failed)
}

var pageURL = regexp.MustCompile(`url=(http://\S+)`)

// page is the URL of the watch page, or "" if the server ends before it has one.
func (s *server) page() string {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if m := pageURL.FindStringSubmatch(s.stderr.String()); m != nil {
			return m[1]
		}
		select {
		case <-s.done:
			return ""
		default:
		}
	}
	return ""
}

// shows reports whether a line of a page begins with a text. The page may have no end.
func shows(t *testing.T, url, want string, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, want) {
			return response.StatusCode == http.StatusOK
		}
		if err != nil {
			if err != io.EOF {
				t.Logf("%s: %v", url, err)
			}
			return false
		}
	}
}
