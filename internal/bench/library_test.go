//go:build linux

package bench

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/quic-go/quic-go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// serve listens as libraries take it, and gives a way to dial there.
func serve(b *testing.B, p scheduled) (l net.Listener, dial func(ctx context.Context) (net.Conn, error)) {
	l, err := p.listenNet(b.Context(), "tcp4", loopback.String())
	check(b, err)
	b.Cleanup(func() { l.Close() })
	return l, func(ctx context.Context) (net.Conn, error) { return p.dialContext(ctx, "tcp4", l.Addr().String()) }
}

// post is a request of HTTP 1.1 whose body the server sends back.
func post(size int) func(b *testing.B, p scheduled) func() {
	return func(b *testing.B, p scheduled) func() {
		if p.listenNet == nil {
			return nil
		}
		l, dial := serve(b, p)
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Write(body)
			})}}
		server.Start()
		b.Cleanup(server.Close)
		client := server.Client()
		client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
		sent := make([]byte, size)
		return func() {
			response, err := client.Post("http://example.com/", "application/octet-stream", bytes.NewReader(sent))
			check(b, err)
			received, err := io.ReadAll(response.Body)
			response.Body.Close()
			echo(b, sent, received, err)
		}
	}
}

// unary is a call of gRPC whose message the server sends back.
func unary(size int) func(b *testing.B, p scheduled) func() {
	return func(b *testing.B, p scheduled) func() {
		if p.listenNet == nil {
			return nil
		}
		l, dial := serve(b, p)
		server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			var message wrapperspb.BytesValue
			if err := stream.RecvMsg(&message); err != nil {
				return err
			}
			return stream.SendMsg(&message)
		}))
		go server.Serve(l)
		b.Cleanup(server.Stop)
		conn, err := grpc.NewClient("passthrough:///echo", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dial(ctx) }))
		check(b, err)
		b.Cleanup(func() { conn.Close() })
		sent, received := wrapperspb.Bytes(make([]byte, size)), new(wrapperspb.BytesValue)
		return func() {
			err := conn.Invoke(context.Background(), "/echo/echo", sent, received)
			echo(b, sent.Value, received.Value, err)
		}
	}
}

// quicStream is bytes on a stream of QUIC, which the server sends back.
func quicStream(size int) func(b *testing.B, p scheduled) func() {
	return func(b *testing.B, p scheduled) func() {
		if p.listenPacket == nil {
			return nil
		}
		tls := httptest.NewTLSServer(nil) // for its certificate
		defer tls.Close()
		serverTLS, clientTLS := tls.TLS.Clone(), tls.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		serverTLS.NextProtos, clientTLS.NextProtos, clientTLS.ServerName = []string{"echo"}, []string{"echo"}, "example.com"

		server, client := &quic.Transport{Conn: packets(b, p)}, &quic.Transport{Conn: packets(b, p)}
		b.Cleanup(func() { client.Close(); server.Close() })
		l, err := server.Listen(serverTLS, nil)
		check(b, err)
		go func() {
			conn, err := l.Accept(context.Background())
			if err != nil {
				return
			}
			if stream, err := conn.AcceptStream(context.Background()); err == nil {
				io.Copy(stream, stream)
			}
		}()
		conn, err := client.Dial(b.Context(), server.Conn.LocalAddr(), clientTLS, nil)
		check(b, err)
		stream, err := conn.OpenStreamSync(b.Context())
		check(b, err)
		sent, received := make([]byte, size), make([]byte, size)
		return func() {
			_, err := stream.Write(sent)
			check(b, err)
			_, err = io.ReadFull(stream, received)
			echo(b, sent, received, err)
		}
	}
}
