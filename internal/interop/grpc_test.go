//go:build linux

package interop_test

import (
	"context"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// echoGRPC answers each message of any method with itself, except those of /echo/silent.
func echoGRPC(_ any, stream grpc.ServerStream) error {
	if method, _ := grpc.MethodFromServerStream(stream); method == "/echo/silent" {
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	for {
		var message wrapperspb.BytesValue
		if err := stream.RecvMsg(&message); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
	}
}

func TestGRPC(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		l, dialer := serve(t, client, server, "tcp4", "127.0.0.1:0")
		s := grpc.NewServer(grpc.UnknownServiceHandler(echoGRPC))
		t.Cleanup(s.Stop)
		go s.Serve(l)
		conn, err := grpc.NewClient("passthrough:///echo", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dialer(ctx) }))
		check(t, err)
		t.Cleanup(func() { conn.Close() })

		sizes := []int{0, 1, 5 << 10, 100 << 10, 1 << 20}
		var received wrapperspb.BytesValue
		for _, size := range sizes {
			sent := content(size)
			check(t, conn.Invoke(t.Context(), "/echo/unary", wrapperspb.Bytes(sent), &received))
			checkEcho(t, sent, received.Value)
		}

		stream, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/echo/stream")
		check(t, err)
		for _, size := range sizes {
			sent := content(size)
			check(t, stream.SendMsg(wrapperspb.Bytes(sent)))
			check(t, stream.RecvMsg(&received))
			checkEcho(t, sent, received.Value)
		}
		check(t, stream.CloseSend())
		if err := stream.RecvMsg(&received); err != io.EOF {
			t.Errorf("RecvMsg at the end of the stream: %v, want io.EOF", err)
		}

		endsWithContext(t, func(ctx context.Context) error {
			err := conn.Invoke(ctx, "/echo/silent", wrapperspb.Bytes(nil), &received)
			switch status.Code(err) {
			case codes.DeadlineExceeded:
				return context.DeadlineExceeded
			case codes.Canceled:
				return context.Canceled
			}
			return err
		})
	})
}
