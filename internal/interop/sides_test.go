//go:build linux

// Package interop_test runs libraries that were written for package net on package sock: at both ends of a connection, and at
// either end with package net at the other.
package interop_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// side makes the sockets of one end.
type side struct {
	name         string
	dial         func(ctx context.Context, network, address string) (net.Conn, error)
	listen       func(ctx context.Context, network, address string) (net.Listener, error)
	listenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)
}

var (
	ours   = side{"sock", new(sock.Dialer).DialContext, new(sock.ListenConfig).Listen, new(sock.ListenConfig).ListenPacket}
	theirs = side{"net", new(net.Dialer).DialContext, new(net.ListenConfig).Listen, new(net.ListenConfig).ListenPacket}
)

// transports are the networks that libraries run over, with the addresses that a server gives them.
var transports = []struct {
	name, network, address string
	netHasIt               bool
}{
	{"tcp4", "tcp4", "127.0.0.1:0", true},
	{"tcp6", "tcp6", "[::1]:0", true},
	{"unix", "unix", "PATH", true},
	{"abstract unix", "unix", "@PATH", true},
	{"mptcp", "mptcp", "127.0.0.1:0", false},
	{"vsock", "vsock", "local:any", false},
}

// everyPair runs a test for each pair of sides that has package sock at one end or both.
func everyPair(t *testing.T, netHasIt bool, test func(t *testing.T, client, server side)) {
	pairs := [][2]side{{ours, ours}, {ours, theirs}, {theirs, ours}}
	if !netHasIt {
		pairs = pairs[:1]
	}
	for _, pair := range pairs {
		t.Run(pair[0].name+" to "+pair[1].name, func(t *testing.T) { test(t, pair[0], pair[1]) })
	}
}

// serve listens until the test ends, and gives a way to dial that address, whatever address a library dials.
func serve(t *testing.T, client, server side, network, address string) (net.Listener, func(ctx context.Context) (net.Conn, error)) {
	t.Helper()
	l, err := server.listen(t.Context(), network, strings.Replace(address, "PATH", filepath.Join(t.TempDir(), "socket"), 1))
	need(t, err)
	t.Cleanup(func() { l.Close() })
	return l, func(ctx context.Context) (net.Conn, error) {
		return client.dial(ctx, network, strings.TrimPrefix(l.Addr().String(), "vsock:"))
	}
}

// dial is a connection that the test's end closes.
func dial(t *testing.T, dialer func(ctx context.Context) (net.Conn, error)) net.Conn {
	t.Helper()
	c, err := dialer(t.Context())
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// packets is a socket of datagrams that the test's end closes.
func packets(t *testing.T, s side, network, address string) net.PacketConn {
	t.Helper()
	c, err := s.listenPacket(t.Context(), network, address)
	need(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// need skips a test where the machine lacks a kind of socket, or does not let this user make it.
func need(t *testing.T, err error) {
	t.Helper()
	for _, lack := range []error{sock.EAFNOSUPPORT, sock.EPROTONOSUPPORT, sock.EADDRNOTAVAIL, sock.EPERM, sock.EACCES} {
		if errors.Is(err, lack) {
			t.Skip("such a socket cannot be made here:", err)
		}
	}
	check(t, err)
}

func check(t *testing.T, err error) {
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
}

func checkEcho(t *testing.T, sent, received []byte) {
	t.Helper()
	if !bytes.Equal(sent, received) {
		t.Errorf("received %d bytes, want the %d bytes sent", len(received), len(sent))
	}
}

// content is n bytes that no other call gives.
func content(n int) []byte {
	p := make([]byte, n)
	rand.Read(p)
	return p
}

// soon is when calls that get no answer are ended.
const soon = 20 * time.Millisecond

// endsWithContext checks that a call that gets no answer ends when its context does.
func endsWithContext(t *testing.T, call func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call at its deadline: %v, want context.DeadlineExceeded", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer time.AfterFunc(soon, cancel).Stop()
	if err := call(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the canceled call: %v, want context.Canceled", err)
	}
}

// tlsConfigs are those of a server and its client, for example.com.
func tlsConfigs(protocols ...string) (server, client *tls.Config) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return &tls.Config{Certificates: s.TLS.Certificates, NextProtos: protocols},
		&tls.Config{RootCAs: roots, NextProtos: protocols, ServerName: "example.com"}
}
