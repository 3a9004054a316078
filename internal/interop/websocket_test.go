//go:build linux

package interop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
)

// startWeb serves HTTP until the test ends, and gives a client's transport.
func startWeb(t *testing.T, client, server side, handler http.HandlerFunc) *http.Transport {
	l, dialer := serve(t, client, server, "tcp4", "127.0.0.1:0")
	web := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler}}
	web.Start()
	t.Cleanup(web.Close)
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer(ctx) }}
}

// frames are sizes of messages, with headers of each length.
var frames = []int{1, 126, 64 << 10, 300 << 10}

// echoCoder echoes messages until the client has gone.
func echoCoder(w http.ResponseWriter, r *http.Request) {
	c, err := coder.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for {
		kind, p, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, p) != nil {
			return
		}
	}
}

// exchangeCoder connects by a transport, and ends with a Read that gets no message.
func exchangeCoder(t *testing.T, transport *http.Transport) {
	c, _, err := coder.Dial(t.Context(), "ws://example.com/", &coder.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	check(t, err)
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	for _, size := range frames {
		sent := content(size)
		check(t, c.Write(t.Context(), coder.MessageBinary, sent))
		_, received, err := c.Read(t.Context())
		check(t, err)
		checkEcho(t, sent, received)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if _, _, err := c.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Read at its deadline: %v, want context.DeadlineExceeded", err)
	}
}

func TestCoderWebSocket(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		exchangeCoder(t, startWeb(t, client, server, echoCoder))
	})
}

func TestGorillaWebSocket(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		transport := startWeb(t, client, server, func(w http.ResponseWriter, r *http.Request) {
			c, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer c.Close()
			for {
				kind, p, err := c.ReadMessage()
				if err != nil || c.WriteMessage(kind, p) != nil {
					return
				}
			}
		})
		dialer := gorilla.Dialer{NetDialContext: transport.DialContext}
		c, _, err := dialer.DialContext(t.Context(), "ws://example.com/", nil)
		check(t, err)
		defer c.Close()
		for _, size := range frames {
			sent := content(size)
			check(t, c.WriteMessage(gorilla.BinaryMessage, sent))
			_, received, err := c.ReadMessage()
			check(t, err)
			checkEcho(t, sent, received)
		}
		check(t, c.SetReadDeadline(time.Now().Add(soon)))
		if _, _, err := c.ReadMessage(); !isTimeout(err) {
			t.Errorf("ReadMessage at its deadline: %v, want a timeout", err)
		}
	})
}

// A proxy passes on requests, and connections that were upgraded to WebSocket.
func TestReverseProxy(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		backend := startWeb(t, client, server, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "" {
				echoCoder(w, r)
				return
			}
			echoHTTP(w, r)
		})
		proxy := &httputil.ReverseProxy{Transport: backend, Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "example.com"})
		}}
		// The proxy's own error is that the client, whose request was canceled, has gone.
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
		front := startWeb(t, client, server, proxy.ServeHTTP)
		defer backend.CloseIdleConnections()
		defer front.CloseIdleConnections()
		exchangeHTTP(t, &http.Client{Transport: front}, "http://example.com/", 1)
		exchangeCoder(t, front)
	})
}
