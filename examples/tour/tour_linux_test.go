package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"example.com/berkeley/examples/internal/course"
	"example.com/berkeley/internal/socktest"
)

// The supervisor of a run is this program, as it is the tour when the tour runs.
func TestMain(m *testing.M) {
	if dir := os.Getenv(superviseVariable); dir != "" {
		os.Exit(supervise(dir))
	}
	socktest.NeedLoopback()
	os.Exit(m.Run())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startTour serves the tour until the test ends. set may change limits before.
func startTour(t *testing.T, set func(*runner)) *client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	r := newRunner(t.Context())
	if r.missing != "" {
		t.Skip(r.missing)
	}
	if set != nil {
		set(r)
	}
	s, err := newServer(r, l.Addr().String())
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return &client{t, s, "http://" + l.Addr().String(), cancel}
}

// client sends requests as the tour's page does.
type client struct {
	*testing.T
	server *server
	site   string
	end    func() // ends the tour
}

func (c *client) get(path string) (status int, text string) {
	c.Helper()
	resp, err := http.Get(c.site + path)
	check(c.T, err)
	defer resp.Body.Close()
	var b strings.Builder
	_, err = bufio.NewReader(resp.Body).WriteTo(&b)
	check(c.T, err)
	return resp.StatusCode, b.String()
}

func (c *client) request(ctx context.Context, path string, p program) *http.Request {
	c.Helper()
	body, err := json.Marshal(p)
	check(c.T, err)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.site+path, bytes.NewReader(body))
	check(c.T, err)
	req.Header.Set("Origin", c.site)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(tokenHeader, c.server.token)
	return req
}

// run runs a program in the place of a lesson's, and calls hear with each message as it comes.
func (c *client) run(ctx context.Context, lesson, body string, hear func(message)) (r result) {
	c.Helper()
	resp, err := http.DefaultClient.Do(c.request(ctx, "/run", program{lesson, body}))
	check(c.T, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		c.Fatal(resp.Status)
	}
	for decoder := json.NewDecoder(resp.Body); ; {
		var m message
		if err := decoder.Decode(&m); err != nil {
			return r
		}
		r.output += m.Output
		r.picture += m.Picture
		r.mistakes = append(r.mistakes, m.Errors...)
		r.end = m.End
		if hear != nil {
			hear(m)
		}
	}
}

// result is what came of a run.
type result struct {
	output, picture, end string
	mistakes             []mistake
}

func (c *client) lesson(name string) course.Lesson {
	c.Helper()
	l, ok := c.server.find(name)
	if !ok {
		c.Fatalf("no lesson %s", name)
	}
	return l
}

// Requests by another name than this machine's, from other sites, or without the token are refused.
func TestRefusals(t *testing.T) {
	c := startTour(t, nil)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(c.site, "http://"))
	check(t, err)
	origin, token := [2]string{"Origin", c.site}, [2]string{tokenHeader, c.server.token}
	kind := [2]string{"Content-Type", "application/json"}
	for _, tt := range []struct {
		name, method, path, host string
		headers                  [][2]string
		want                     int
	}{
		{"page", "GET", "/", "", nil, 200},
		{"page by name", "GET", "/", "localhost:" + port, nil, 200},
		{"page by IPv6", "GET", "/", "[::1]:" + port, nil, 200},
		{"foreign name", "GET", "/", "evil.example:" + port, nil, 403},
		{"name without port", "GET", "/", "127.0.0.1", nil, 403},
		{"another port", "GET", "/", "127.0.0.1:1", nil, 403},
		{"run by a link", "GET", "/run", "", [][2]string{token}, 404},
		{"all right", "POST", "/code", "", [][2]string{origin, token, kind}, 200},
		{"no token", "POST", "/code", "", [][2]string{origin, kind}, 403},
		{"wrong token", "POST", "/code", "", [][2]string{origin, kind, {tokenHeader, strings.Repeat("0", 32)}}, 403},
		{"no origin", "POST", "/code", "", [][2]string{token, kind}, 403},
		{"foreign origin", "POST", "/code", "", [][2]string{{"Origin", "http://evil.example"}, token, kind}, 403},
		{"null origin", "POST", "/code", "", [][2]string{{"Origin", "null"}, token, kind}, 403},
		{"origin by another name", "POST", "/code", "", [][2]string{{"Origin", "http://localhost:" + port}, token, kind}, 403},
		{"foreign host and origin", "POST", "/code", "evil.example", [][2]string{{"Origin", "http://evil.example"}, token, kind}, 403},
		{"a form", "POST", "/code", "", [][2]string{origin, token, {"Content-Type", "text/plain"}}, 415},
		{"run without token", "POST", "/run", "", [][2]string{origin, kind}, 403},
		{"stop without token", "POST", "/stop", "", [][2]string{origin, kind}, 403},
		{"another method", "PUT", "/code", "", [][2]string{origin, kind}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, c.site+tt.path, strings.NewReader(`{"lesson":"03-names","body":"package main\n"}`))
			check(t, err)
			req.Host = tt.host
			for _, h := range tt.headers {
				req.Header.Set(h[0], h[1])
			}
			resp, err := http.DefaultClient.Do(req)
			check(t, err)
			resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Errorf("%s; want %d", resp.Status, tt.want)
			}
			if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

// A program that is too long, or of no lesson, isn't run.
func TestBadRequests(t *testing.T) {
	c := startTour(t, nil)
	for _, tt := range []struct {
		name string
		p    program
		want int
	}{
		{"no such lesson", program{"99-nothing", "package main\n"}, 404},
		{"path instead of a lesson", program{"../tour", "package main\n"}, 404},
		{"too long", program{"03-names", strings.Repeat("x", maxBody)}, 413},
	} {
		resp, err := http.DefaultClient.Do(c.request(t.Context(), "/run", tt.p))
		check(t, err)
		resp.Body.Close()
		if resp.StatusCode != tt.want {
			t.Errorf("%s: %s; want %d", tt.name, resp.Status, tt.want)
		}
	}
}

// Each lesson and each exercise has a page, which marks what the exercise changes.
func TestPages(t *testing.T) {
	c := startTour(t, nil)
	for _, l := range c.server.lessons {
		for i := range len(l.Exercises) + 2 {
			path := "/" + l.Name
			if i > 0 {
				path += fmt.Sprintf("/%d", i)
			}
			status, page := c.get(path)
			if want := map[bool]int{true: 200, false: 404}[i <= len(l.Exercises)]; status != want {
				t.Errorf("%s: %d, want %d", path, status, want)
			}
			if status == 200 && (i > 0) != (strings.Contains(page, "<del>") || strings.Contains(page, "<ins>")) {
				t.Errorf("%s doesn't show the change, or shows one that isn't there", path)
			}
		}
	}
	for _, path := range []string{"/", "/assets/tour.js", "/assets/tour.css", "/assets/life.css", "/assets/icon.svg"} {
		if status, _ := c.get(path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// Each name of package sock in a lesson leads to its documentation.
func TestDocumentation(t *testing.T) {
	c := startTour(t, nil)
	names := map[string]bool{}
	for _, l := range c.server.lessons {
		for _, m := range docLink.FindAllStringSubmatch(string(highlight(l.Body(), 1, nil)), -1) {
			names[m[1]] = true
		}
	}
	for name := range names {
		if status, text := c.get("/doc/" + name); status != 200 || !strings.Contains(text, name) {
			t.Errorf("%s: %d %q", name, status, text)
		}
	}
	if len(names) < 50 {
		t.Errorf("only %d names", len(names))
	}
}

// Without the go command, the tour says so.
func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if r := newRunner(t.Context()); !strings.Contains(r.missing, "go command") {
		t.Errorf("missing: %q", r.missing)
	}
}

// Without a home directory the go command has no place for what it builds, and the tour says so.
func TestNoHome(t *testing.T) {
	t.Setenv("GOENV", "off")
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "GOCACHE", "GOMODCACHE", "GOPATH"} {
		t.Setenv(name, "")
	}
	if r := newRunner(t.Context()); !strings.Contains(r.missing, "HOME") {
		t.Errorf("missing: %q", r.missing)
	}
}
