//go:build linux

package interop_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// natsDialer connects a client of NATS by a side.
type natsDialer struct{ side }

func (d natsDialer) Dial(network, address string) (net.Conn, error) {
	return d.dial(context.Background(), network, address)
}

// The server listens by itself, so package net is at its end.
func TestNATS(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, MaxPayload: 1 << 20})
	check(t, err)
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server did not start within a minute")
	}
	connect := func(options ...nats.Option) (*nats.Conn, error) {
		return nats.Connect(s.ClientURL(), append(options, nats.SetCustomDialer(natsDialer{ours}))...)
	}
	requester, err := connect()
	check(t, err)
	defer requester.Close()
	responder, err := connect()
	check(t, err)
	defer responder.Close()
	_, err = responder.Subscribe("echo", func(m *nats.Msg) { m.Respond(m.Data) })
	check(t, err)
	_, err = responder.Subscribe("silent", func(*nats.Msg) {})
	check(t, err)
	check(t, responder.Flush())
	for _, size := range []int{0, 1, 5 << 10, 100 << 10, 1 << 20} {
		sent := content(size)
		answer, err := requester.RequestWithContext(t.Context(), "echo", sent)
		check(t, err)
		checkEcho(t, sent, answer.Data)
	}
	endsWithContext(t, func(ctx context.Context) error {
		_, err := requester.RequestWithContext(ctx, "silent", nil)
		return err
	})
}
