//go:build linux

package interop_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/rpc"
	"net/rpc/jsonrpc"
	"net/smtp"
	"net/textproto"
	"testing"
	"time"
)

// Echo is a service of net/rpc.
type Echo struct{ quiet chan struct{} }

func (e Echo) Bytes(sent []byte, received *[]byte) error { *received = sent; return nil }
func (e Echo) Silent(sent []byte, _ *[]byte) error       { <-e.quiet; return nil }

func TestRPC(t *testing.T) {
	codecs := map[string]struct {
		serve  func(s *rpc.Server, c net.Conn)
		client func(c io.ReadWriteCloser) *rpc.Client
	}{
		"gob":  {func(s *rpc.Server, c net.Conn) { s.ServeConn(c) }, rpc.NewClient},
		"JSON": {func(s *rpc.Server, c net.Conn) { s.ServeCodec(jsonrpc.NewServerCodec(c)) }, jsonrpc.NewClient},
	}
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			everyPair(t, true, func(t *testing.T, client, server side) {
				l, dialer := serve(t, client, server, "tcp4", "127.0.0.1:0")
				service := Echo{make(chan struct{})}
				defer close(service.quiet)
				s := rpc.NewServer()
				check(t, s.Register(service))
				go func() {
					c, err := l.Accept()
					if err == nil {
						codec.serve(s, c)
					}
				}()
				conn := dial(t, dialer)
				c := codec.client(conn)
				defer c.Close()
				var calls []*rpc.Call
				for _, size := range []int{0, 1, 5 << 10, 100 << 10} {
					calls = append(calls, c.Go("Echo.Bytes", content(size), new([]byte), nil))
				}
				for _, call := range calls {
					check(t, (<-call.Done).Error)
					checkEcho(t, call.Args.([]byte), *call.Reply.(*[]byte))
				}
				silent := c.Go("Echo.Silent", []byte(nil), new([]byte), nil)
				check(t, conn.SetReadDeadline(time.Now().Add(soon)))
				if err := (<-silent.Done).Error; !isTimeout(err) {
					t.Errorf("the call at its deadline: %v, want a timeout", err)
				}
			})
		})
	}
}

// serveMail answers one client's commands, and gives the text of its message. It doesn't answer NOOP.
func serveMail(l net.Listener, mail chan<- string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	text := &textproto.Conn{Reader: textproto.Reader{R: bufio.NewReader(c)}, Writer: textproto.Writer{W: bufio.NewWriter(c)}}
	text.PrintfLine("220 mail")
	for {
		switch line, err := text.ReadLine(); {
		case err != nil:
			return
		case line == "DATA":
			text.PrintfLine("354 go ahead")
			message, _ := text.ReadDotBytes()
			mail <- string(message)
			text.PrintfLine("250 taken")
		case line != "NOOP":
			text.PrintfLine("250 yes")
		}
	}
}

func TestSMTP(t *testing.T) {
	everyPair(t, true, func(t *testing.T, client, server side) {
		l, dialer := serve(t, client, server, "tcp4", "127.0.0.1:0")
		mail := make(chan string, 1)
		go serveMail(l, mail)
		conn := dial(t, dialer)
		c, err := smtp.NewClient(conn, "localhost")
		check(t, err)
		defer c.Close()
		check(t, errors.Join(c.Hello("localhost"), c.Mail("a@example.com"), c.Rcpt("b@example.com")))
		w, err := c.Data()
		check(t, err)
		_, err = io.WriteString(w, "Subject: hello\r\n\r\n.dots\r\n")
		check(t, errors.Join(err, w.Close()))
		if got := <-mail; got != "Subject: hello\n\n.dots\n" {
			t.Errorf("the server received %q, want the message with its dots unescaped", got)
		}
		check(t, conn.SetDeadline(time.Now().Add(soon)))
		if err := c.Noop(); !isTimeout(err) {
			t.Errorf("Noop at its deadline: %v, want a timeout", err)
		}
	})
}
