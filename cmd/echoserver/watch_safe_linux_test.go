package main_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

// The page answers only requests with its own names, none from pages of other sites, and
// none that would change something.
func TestWatchRefusesStrangers(t *testing.T) {
	s := startWatched(t)
	own := strings.TrimPrefix(s.url, "http://")
	_, port, _ := net.SplitHostPort(own)
	for _, tt := range []struct {
		name, method, path string
		headers            []string
		want               int
	}{
		{"its address", "GET", "/", nil, 200},
		{"HEAD", "HEAD", "/", nil, 200},
		{"HEAD of the events", "HEAD", "/events", nil, 200},
		{"localhost", "GET", "/healthz", []string{"Host", "LOCALHOST:" + port}, 200},
		{"a forwarded port", "GET", "/healthz", []string{"Host", "localhost:9"}, 200},
		{"no port", "GET", "/healthz", []string{"Host", "localhost"}, 200},
		{"an IPv6 address", "GET", "/healthz", []string{"Host", "[::1]:" + port}, 200},
		{"DNS rebinding", "GET", "/", []string{"Host", "example.com:" + port}, 403},
		{"a name that looks like an address", "GET", "/events", []string{"Host", "127.0.0.1.example.com"}, 403},
		{"a name that ends like its own", "GET", "/events", []string{"Host", "example.localhost"}, 403},
		{"its own origin", "GET", "/events", []string{"Origin", "http://" + own}, 200},
		{"another origin", "GET", "/events", []string{"Origin", "http://example.com"}, 403},
		{"another port's origin", "GET", "/healthz", []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"an origin without a name", "GET", "/metrics", []string{"Origin", "null"}, 403},
		{"a picture on another site", "GET", "/metrics", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a link from another site", "GET", "/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"POST", "POST", "/", nil, 405},
		{"DELETE", "DELETE", "/client/1", nil, 405},
		{"OPTIONS", "OPTIONS", "/metrics", nil, 405},
		{"an unknown path", "GET", "/etc/passwd", nil, 404},
		{"an unknown client", "GET", "/client/99", nil, 404},
		{"HEAD of an unknown client", "HEAD", "/client/99", nil, 404},
		{"the life of an unknown client", "GET", "/client/99/life.svg", nil, 404},
		{"a file above the page's", "GET", "/assets/..%2fmain.go", nil, 404},
		{"a template", "GET", "/assets/index.html", nil, 404},
		{"a filter that is too long", "GET", "/events?filter=" + strings.Repeat("x", 201), nil, 400},
		{"headers that are too long", "GET", "/", []string{"X-Long", strings.Repeat("x", 20<<10)}, 431},
	} {
		t.Run(tt.name, func(t *testing.T) {
			response := watchedServer{s.Server, t, s.url}.get(tt.method, tt.path, tt.headers...)
			if response.StatusCode != tt.want {
				t.Errorf("%s %s = %s, want %d", tt.method, tt.path, response.Status, tt.want)
			}
			if policy := response.Header.Get("Content-Security-Policy"); tt.want != 431 && !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
				t.Errorf("Content-Security-Policy = %q, want nothing except the page's own script", policy)
			}
		})
	}
}

// The page's HTML contains nothing that its policy would refuse.
func TestWatchPageHasNothingInline(t *testing.T) {
	s := startWatched(t)
	for _, path := range []string{"/", "/client/1"} {
		page := s.body(path)
		for _, inline := range []string{"<script>", "<style", "style=", "onclick=", "javascript:", "http://", "https://"} {
			if strings.Contains(page, inline) {
				t.Errorf("page %s contains %q", path, inline)
			}
		}
	}
	for _, name := range []string{"watch.css", "watch.js", "client.js", "format.js", "icon.svg"} {
		if response := s.get("GET", "/assets/"+name); response.StatusCode != 200 {
			t.Errorf("GET /assets/%s = %s, want 200", name, response.Status)
		}
	}
}

// The address on the command line must be a loopback address and free.
func TestWatchAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	program := cmdtest.Build(t, "echoserver")
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"every address", []string{"-watch", ":0"}, 64, "not a loopback address; -watch-public allows it"},
		{"every IPv4 address", []string{"-watch", "0.0.0.0:0"}, 64, "not a loopback address"},
		{"every IPv6 address", []string{"-watch", "[::]:0"}, 64, "not a loopback address"},
		{"an address of others", []string{"-watch", "192.0.2.1:0"}, 64, "not a loopback address"},
		{"no port", []string{"-watch", "127.0.0.1"}, 64, "want HOST:PORT"},
		{"a port out of range", []string{"-watch", "127.0.0.1:70000"}, 64, "no such port"},
		{"public alone", []string{"-watch-public"}, 64, "-watch-public needs -watch"},
		{"in use", []string{"-watch", taken.Addr().String()}, 1, "EADDRINUSE (address already in use)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := cmdtest.Run(t, nil, program, append([]string{"-listen", "tcp://127.0.0.1:0"}, tt.args...)...)
			if r.Code != tt.code || !strings.Contains(r.Stderr, tt.want) || strings.Count(r.Stderr, "\n") != 1 {
				t.Errorf("exit code %d, %q; want %d, %q", r.Code, r.Stderr, tt.code, tt.want)
			}
		})
	}
}

// With -watch-public the page may have any address, and still answers only to its own names.
func TestWatchPublic(t *testing.T) {
	s := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-watch", "0.0.0.0:0", "-watch-public")
	s.WaitLog("watch page")
	_, port, _ := net.SplitHostPort(pageURL.FindStringSubmatch(s.Stderr())[1])
	page := watchedServer{s, t, "http://127.0.0.1:" + port}
	if response := page.get("GET", "/"); response.StatusCode != 200 {
		t.Errorf("GET / = %s, want 200", response.Status)
	}
	if response := page.get("GET", "/", "Host", "example.com"); response.StatusCode != 403 {
		t.Errorf("GET / with another name as Host = %s, want 403", response.Status)
	}
}

// There are at most 8 viewers, and a place becomes free when one leaves. Clients are served meanwhile.
func TestWatchViewers(t *testing.T) {
	s := startWatched(t)
	var viewers []*http.Response
	for range 8 {
		viewers = append(viewers, s.get("GET", "/events"))
	}
	for range 92 {
		if response := s.get("GET", "/events"); response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
			t.Fatalf("GET /events with 8 viewers = %s, Retry-After %q; want 503 and a time", response.Status, response.Header.Get("Retry-After"))
		}
	}
	watchedClient(t, s.address())
	viewers[0].Body.Close()
	s.awaitPlace()
}

// awaitPlace waits until there is a place for one more viewer.
func (s watchedServer) awaitPlace() {
	s.t.Helper()
	for deadline := time.Now().Add(cmdtest.Patience); s.get("GET", "/events").StatusCode != http.StatusOK; {
		if time.Now().After(deadline) {
			s.t.Fatal("no viewer's place becomes free")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A viewer that stops reading delays neither clients nor other viewers, and eventually loses its place.
func TestWatchStalledViewers(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a quarter of a minute")
	}
	s := startWatched(t)
	for range 250 { // their rows make events long
		watchedClient(t, s.address())
	}
	for range 7 {
		s.stall("/events")
	}
	others := s.stream("/events")
	for range 5 {
		s.awaitIn(others, "an event", func(e pageEvent) bool { return e.Total >= 250 && len(e.Rows) == 200 })
		watchedClient(t, s.address()).Close()
	}
	s.awaitPlace()
}

// stall requests a path, and reads only the beginning of the response.
func (s watchedServer) stall(path string) {
	s.t.Helper()
	address := strings.TrimPrefix(s.url, "http://")
	small := func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}
	c, err := (&net.Dialer{Control: small}).DialContext(s.t.Context(), "tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 200"))); err != nil {
		s.t.Fatal(err)
	}
}

// Malformed requests harm neither the page nor the server.
func TestWatchGarbage(t *testing.T) {
	s := startWatched(t)
	for _, garbage := range []string{
		"", "\x00", "\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET /\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
		"GET /events HTTP/1.1\r\nHost: \x00\r\n\r\n", "GET //../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", strings.Repeat("A", 1<<20), strings.Repeat("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000),
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, garbage) // the server may refuse to read it
		c.Close()
	}
	watchedClient(t, s.address())
	if text := s.body("/healthz"); text != "ok\n" {
		t.Errorf("GET /healthz = %q, want \"ok\\n\"", text)
	}
}

// Connections with endless requests keep neither clients nor viewers out.
func TestWatchSilentViewers(t *testing.T) {
	s := startWatched(t)
	for range 100 {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
	}
	watchedClient(t, s.address())
	if text := s.body("/healthz"); text != "ok\n" {
		t.Errorf("GET /healthz = %q, want \"ok\\n\"", text)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 60 {
		t.Errorf("the server has %d open descriptors, want at most 60", len(files))
	}
}
