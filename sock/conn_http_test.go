//go:build unix

package sock_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// TestHTTP runs package http's server and client on Conns, with and without crypto/tls.
func TestHTTP(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){"http": (*httptest.Server).Start, "https": (*httptest.Server).StartTLS} {
		t.Run(name, func(t *testing.T) {
			forEachListener(t, kind.IsStream, func(t *testing.T, l *sock.Conn, k kind) {
				check(t, l.SetDeadline(time.Time{}))
				server := &httptest.Server{Listener: l.Listener(), Config: &http.Server{Handler: http.HandlerFunc(echoHTTP)}}
				start(server)
				defer server.Close()
				transport := server.Client().Transport.(*http.Transport)
				transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					return sock.DialConn(ctx, address(t, l), sock.DialOptions{Protocol: k.Protocol})
				}
				defer transport.CloseIdleConnections()
				for range 3 {
					want := strings.Repeat("Hello, world. ", 10000)
					reply, err := server.Client().Post(name+"://example.com/", "text/plain", strings.NewReader(want))
					check(t, err)
					got, err := io.ReadAll(reply.Body)
					check(t, err)
					check(t, reply.Body.Close())
					if string(got) != want {
						t.Fatalf("got %d bytes back, want the %d that were sent, unchanged", len(got), len(want))
					}
				}
			})
		})
	}
}

func echoHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(p)
}
