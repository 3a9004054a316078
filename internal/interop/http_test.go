//go:build linux

package interop_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// versions are those of HTTP, each with how a server and a client are told to speak it.
var versions = []struct {
	name, scheme string
	major        int
	enable       func(p *http.Protocols, on bool)
}{
	{"HTTP 1.1", "http", 1, (*http.Protocols).SetHTTP1},
	{"HTTP 1.1 over TLS", "https", 1, (*http.Protocols).SetHTTP1},
	{"HTTP 2", "http", 2, (*http.Protocols).SetUnencryptedHTTP2},
	{"HTTP 2 over TLS", "https", 2, (*http.Protocols).SetHTTP2},
}

func TestHTTP(t *testing.T) {
	for _, transport := range transports {
		for _, version := range versions {
			t.Run(transport.name+" "+version.name, func(t *testing.T) {
				everyPair(t, transport.netHasIt, func(t *testing.T, client, server side) {
					l, dialer := serve(t, client, server, transport.network, transport.address)
					protocols := new(http.Protocols)
					version.enable(protocols, true)
					exchangeHTTP(t, webClient(t, l, dialer, version.scheme, protocols), version.scheme+"://example.com/", version.major)
				})
			})
		}
	}
}

// webClient starts a server of HTTP at l, and gives a client of it.
func webClient(t *testing.T, l net.Listener, dialer func(ctx context.Context) (net.Conn, error), scheme string, protocols *http.Protocols) *http.Client {
	server := &httptest.Server{Listener: l, EnableHTTP2: protocols.HTTP2()}
	server.Config = &http.Server{Handler: http.HandlerFunc(echoHTTP), Protocols: protocols}
	start := map[string]func(){"http": server.Start, "https": server.StartTLS}[scheme]
	start()
	t.Cleanup(server.Close) // it waits for all handlers
	transport := server.Client().Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer(ctx) }
	transport.Protocols = protocols
	return server.Client()
}

// echoHTTP answers with what it was sent, and /silent not at all: that ends when the client has gone.
func echoHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/silent" {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(body)
}

func exchangeHTTP(t *testing.T, client *http.Client, url string, major int) {
	var all sync.WaitGroup
	for _, size := range []int{0, 1, 5 << 10, 100 << 10} {
		all.Go(func() {
			sent := content(size)
			response, err := client.Post(url, "application/octet-stream", bytes.NewReader(sent))
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			received, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK || response.ProtoMajor != major {
				t.Errorf("response %s, %s, %v, want 200 and HTTP/%d", response.Status, response.Proto, err, major)
			}
			checkEcho(t, sent, received)
		})
	}
	all.Wait()
	endsWithContext(t, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"silent", nil)
		check(t, err)
		_, err = client.Do(request)
		return err
	})
}

func TestWebSocket(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		l, dialer := serve(t, client, server, "tcp4", "127.0.0.1:0")
		web := &httptest.Server{Listener: l, Config: &http.Server{Handler: websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) })}}
		web.Start()
		t.Cleanup(web.Close)

		config, err := websocket.NewConfig("ws://example.com/", "http://example.com/")
		check(t, err)
		c, err := websocket.NewClient(config, dial(t, dialer))
		check(t, err)
		defer c.Close()
		for _, size := range []int{1, 126, 64 << 10} {
			sent, received := content(size), []byte(nil)
			check(t, websocket.Message.Send(c, sent))
			for len(received) < size { // the server may echo a frame in several
				var frame []byte
				check(t, websocket.Message.Receive(c, &frame))
				received = append(received, frame...)
			}
			checkEcho(t, sent, received)
		}
		check(t, c.SetReadDeadline(time.Now().Add(soon)))
		if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
			t.Errorf("Read at its deadline: %v, want a timeout", err)
		}
	})
}

// isTimeout is how libraries recognize a deadline that has passed.
func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
