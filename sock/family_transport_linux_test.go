package sock_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// otherTransports are the transports of AF_INET and AF_INET6 with connections, except TCP and MPTCP.
// They preserve message boundaries.
var otherTransports = []struct {
	name       string
	typ, proto int
	prepare    func(fd int) error
}{
	{"sctp", SOCK_STREAM, IPPROTO_SCTP, nil},
	{"dccp", SOCK_DCCP, IPPROTO_DCCP, func(fd int) error { return Setsockopt(fd, DCCP_SOCKOPT_SERVICE, []byte{0, 0, 0, 42}) }},
}

func TestOtherTransports(t *testing.T) {
	for _, k := range otherTransports {
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			t.Run(k.name+" "+address, func(t *testing.T) {
				socket(t, inet(address).Family(), k.typ, k.proto)
				l, err := CreateServer(inet(address), ServerOptions{Type: k.typ, Protocol: k.proto, Control: k.prepare})
				check(t, err)
				t.Cleanup(func() { Close(l) })
				client := socket(t, inet(address).Family(), k.typ, k.proto)
				if k.prepare != nil {
					check(t, k.prepare(client))
				}
				check(t, Connect(client, name(t, l)))
				server, from, err := Accept(l)
				check(t, err)
				t.Cleanup(func() { Close(server) })
				if from != name(t, client) {
					t.Errorf("Accept's address = %v, want the client's %v", from, name(t, client))
				}
				for _, way := range [][2]int{{client, server}, {server, client}} {
					for _, text := range []string{"one", "two"} {
						if n, err := Send(way[0], []byte(text), 0); n != len(text) || err != nil {
							t.Errorf("Send = %d, %v", n, err)
						}
					}
					for _, text := range []string{"one", "two"} {
						if _, got := receiveWith(t, way[1], 0); got != text {
							t.Errorf("received %q, want %q", got, text)
						}
					}
				}
				shut(t, client)
				await(t, server, POLLIN)
				if n, err := Recv(server, make([]byte, 8), 0); n != 0 || err != nil {
					t.Errorf("Recv = %d, %v, want 0, nil for the end of the stream", n, err)
				}
			})
		}
	}
}

// One SCTP socket can have associations with any number of others. It creates them when it sends.
func TestSCTPOneToMany(t *testing.T) {
	var fds [3]int
	for i := range fds {
		fds[i] = socket(t, AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)
		check(t, Bind(fds[i], inet("127.0.0.1:0")))
		check(t, Listen(fds[i], 1))
	}
	for _, fd := range fds[1:] {
		sendTo(t, fds[0], []byte("question"), name(t, fd))
		if p, from := receiveFrom(t, fd); string(p) != "question" || from != name(t, fds[0]) {
			t.Errorf("received %q from %v", p, from)
		}
		sendTo(t, fd, []byte("answer"), name(t, fds[0]))
		if p, from := receiveFrom(t, fds[0]); string(p) != "answer" || from != name(t, fd) {
			t.Errorf("received %q from %v, want sender %v", p, from, name(t, fd))
		}
	}
}

func TestDCCPOptions(t *testing.T) {
	l := socket(t, AF_INET, SOCK_DCCP, IPPROTO_DCCP)
	service := binary.BigEndian.AppendUint32(nil, 42)
	check(t, Setsockopt(l, DCCP_SOCKOPT_SERVICE, service))
	check(t, Bind(l, inet("127.0.0.1:0")))
	check(t, Listen(l, 1))
	if got, err := Getsockopt(l, DCCP_SOCKOPT_SERVICE); !bytes.Equal(got, service) || err != nil {
		t.Errorf("Getsockopt(DCCP_SOCKOPT_SERVICE) = %x, %v, want %x", got, err, service)
	}
	if got, err := Getsockopt(l, DCCP_SOCKOPT_AVAILABLE_CCIDS); !bytes.Contains(got, []byte{2}) || err != nil {
		t.Errorf("Getsockopt(DCCP_SOCKOPT_AVAILABLE_CCIDS) = %v, %v, want 2 among them", got, err)
	}
	other := socket(t, AF_INET, SOCK_DCCP, IPPROTO_DCCP)
	if err := Connect(other, name(t, l)); err != EBADRQC {
		t.Errorf("Connect without the service = %v, want EBADRQC", err)
	}
	client := socket(t, AF_INET, SOCK_DCCP, IPPROTO_DCCP)
	check(t, Setsockopt(client, DCCP_SOCKOPT_SERVICE, service))
	check(t, Connect(client, name(t, l)))
	if size, err := Getsockopt(client, DCCP_SOCKOPT_GET_CUR_MPS); size < 500 || err != nil {
		t.Errorf("Getsockopt(DCCP_SOCKOPT_GET_CUR_MPS) = %d, %v, want at least 500", size, err)
	}
}

// A Conn of these transports has Sockaddrs as addresses, because package net has no types for them. The peer's end is
// io.EOF.
func TestOtherTransportsConn(t *testing.T) {
	for _, k := range otherTransports {
		t.Run(k.name, func(t *testing.T) {
			socket(t, AF_INET, k.typ, k.proto)
			l, err := ListenConn(inet("127.0.0.1:0"), ServerOptions{Type: k.typ, Protocol: k.proto, Control: k.prepare})
			check(t, err)
			defer l.Close()
			sa, err := SockaddrOf(l.LocalAddr())
			check(t, err)
			client, err := DialConn(t.Context(), sa, DialOptions{Type: k.typ, Protocol: k.proto, Control: k.prepare})
			check(t, err)
			defer client.Close()
			server, err := l.Accept()
			check(t, err)
			defer server.Close()
			if client.RemoteAddr() != sa || server.RemoteAddr() != client.LocalAddr() {
				t.Errorf("RemoteAddr of the client = %v, want %v; of the server = %v, want %v", client.RemoteAddr(), sa, server.RemoteAddr(), client.LocalAddr())
			}
			for _, c := range []*Conn{client, server} {
				check(t, c.SetDeadline(time.Now().Add(10*time.Second)))
			}
			echoed := make(chan error, 1)
			go func() {
				_, err := io.Copy(server, server)
				echoed <- err
			}()
			p := make([]byte, 64)
			for _, text := range []string{"one", "two"} {
				_, err := client.Write([]byte(text))
				check(t, err)
				if n, err := client.Read(p); string(p[:n]) != text || err != nil {
					t.Errorf("received %q back, %v, want %q", p[:n], err, text)
				}
			}
			check(t, client.Close())
			if err := <-echoed; err != nil && !errors.Is(err, ECONNRESET) && !errors.Is(err, EPIPE) {
				t.Errorf("Copy: %v, want the end of the stream", err)
			}
		})
	}
}
