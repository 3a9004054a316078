//go:build linux

package examples_test

import (
	"context"
	"io"
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
