//go:build linux

package examples_test

import (
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

// The web server made of sockets answers curl, and net/http in place of a browser.
func TestWebServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p := start(t, ctx, "30-web-server", "127.0.0.1:0")
	url := p.await(t, regexp.MustCompile(`http://\S+/`))
	const page = "<!DOCTYPE html><title>Hello</title><h1>Hello from /&lt;b&gt;</h1>\n"

	t.Run("net/http", func(t *testing.T) {
		client := http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		response, err := client.Get(url + "<b>")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if want := strings.ReplaceAll(page, "&lt;b&gt;", "%3Cb%3E"); string(body) != want || err != nil {
			t.Errorf("the page is %q, %v; want %q", body, err, want)
		}
		response, err = client.Post(url, "text/plain", strings.NewReader("a body"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("a request with a body is answered with %s", response.Status)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		const host, page = "Host: x\r\n", "<!DOCTYPE html><title>Hello</title><h1>Hello from /</h1>\n"
		for request, want := range map[string]string{
			"GET / HTTP/1.1\r\n" + host + "Connection: x, close\r\n\r\n":            "200 OK|" + page,
			"HEAD / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n":              "200 OK|",
			"DELETE / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n":            "405 Method Not Allowed|only GET and HEAD\n",
			"GET / HTTP/1.0\r\n\r\n":                                                "200 OK|" + page,
			"GET / HTTP/1.1\r\n\r\n":                                                "400 Bad Request|a request names one host\n",
			"GET / HTTP/1.1\r\n" + host + host + "\r\n":                             "400 Bad Request|a request names one host\n",
			"GET / HTTP/1.x\r\n" + host + "\r\n":                                    "400 Bad Request|malformed request line\n",
			"GET / HTTP/1.1\r\n" + host + "Content-Length : 5\r\n\r\nhello":         "400 Bad Request|malformed header field\n",
			"GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n": "400 Bad Request|requests with a body are not supported\n",
		} {
			conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"))
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, request)
			answer, err := io.ReadAll(conn)
			conn.Close()
			head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
			status, fields, _ := strings.Cut(strings.TrimPrefix(head, "HTTP/1.1 "), "\r\n")
			if got := status + "|" + body; got != want || err != nil {
				t.Errorf("%q: %q, %v; want %q", request, got, err, want)
			}
			if strings.Contains(status, "405") != strings.Contains(fields, "Allow: GET, HEAD") {
				t.Errorf("%q: fields %q", request, fields)
			}
		}
	})
	t.Run("curl", func(t *testing.T) {
		curl, err := exec.LookPath("curl")
		if err != nil {
			t.Skip("curl isn't installed")
		}
		// Two requests on one connection.
		out, err := exec.CommandContext(ctx, curl, "-sS", "--noproxy", "*", url+"<b>", url+"<b>").CombinedOutput()
		if string(out) != page+page || err != nil {
			t.Errorf("curl: %q, %v", out, err)
		}
	})
}

// await waits until a program has printed something.
func (p *process) await(t *testing.T, what *regexp.Regexp) string {
	t.Helper()
	for {
		if found := what.FindString(p.String()); found != "" {
			return found
		}
		select {
		case <-p.wrote:
		case <-p.ended:
			t.Fatalf("it ended without printing %s:\n%s", what, p)
		}
	}
}
