package sock_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"example.com/berkeley/sock"
)

// greet runs a web server until its listener is closed.
func greet(l net.Listener) {
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "Hello, world") }))
}

// An http.Transport can use a Dialer like package net's. Here it connects to a server with an abstract name instead of
// a port.
func ExampleDialer() {
	l, err := new(sock.ListenConfig).Listen(context.Background(), "unix", "@example of a Dialer")
	must(err)
	defer l.Close()
	go greet(l)

	d := &sock.Dialer{Timeout: 10 * time.Second}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", "@example of a Dialer") // or "tcp", "example.com:80"; "vsock", "2:80"; ...
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	reply, err := client.Get("http://example.com/")
	must(err)
	defer reply.Body.Close()
	_, err = io.Copy(os.Stdout, reply.Body)
	must(err)
	// Output: Hello, world
}

// A web server whose connections are Conns can use what package net hides.
func ExampleListenConfig() {
	config := sock.ListenConfig{Backlog: 128, ReusePort: true}
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	must(err)
	server := &http.Server{
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			on, err := sock.GetConnOption(c.(*sock.Conn), sock.TCP_NODELAY)
			must(err)
			fmt.Println("a client's connection has TCP_NODELAY:", on)
			return ctx
		},
		Handler: http.NotFoundHandler(),
	}
	go server.Serve(l)

	reply, err := http.Get("http://" + l.Addr().String())
	must(err)
	must(reply.Body.Close())
	fmt.Println(reply.Status)
	http.DefaultClient.CloseIdleConnections()
	must(server.Close())
	// Output:
	// a client's connection has TCP_NODELAY: true
	// 404 Not Found
}

// An endpoint's URL is enough for Dial and Listen. A Conn has every call of C as a method, and a goroutine that waits
// holds no thread.
func ExampleDial() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l, err := sock.ListenURL(ctx, "tcp://127.0.0.1:0")
	must(err)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		must(err)
		defer c.Close()
		_, err = io.Copy(c, c)
		must(err)
	}()

	c, err := sock.Dial(ctx, "tcp://"+l.LocalAddr().String())
	must(err)
	defer c.Close()
	_, err = c.Send([]byte("Hello, "), sock.MSG_MORE)
	must(err)
	_, err = c.Write([]byte("world"))
	must(err)
	must(c.CloseWrite())
	answer, err := io.ReadAll(c)
	fmt.Println(string(answer), err)
	// Output: Hello, world <nil>
}

// A connection of package net, and a call that package net lacks: MSG_PEEK looks at received bytes and leaves them.
func ExampleDupConn() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	must(err)
	defer client.Close()
	server, err := l.Accept()
	must(err)
	defer server.Close()
	_, err = fmt.Fprintln(client, "GET / HTTP/1.1")
	must(err)

	c, err := sock.DupConn(server.(*net.TCPConn))
	must(err)
	defer c.Close()
	var p [3]byte
	n, err := c.Recv(p[:], sock.MSG_PEEK)
	must(err)
	line, err := bufio.NewReader(server).ReadString('\n')
	must(err)
	fmt.Printf("%s, then %q\n", p[:n], line)
	// Output: GET, then "GET / HTTP/1.1\n"
}

// The Conn of a datagram socket is a net.Conn and a net.PacketConn, with the methods of *net.UDPConn.
func ExampleUDPConn() {
	ctx := context.Background()
	p, err := new(sock.ListenConfig).ListenPacket(ctx, "udp4", "127.0.0.1:0")
	must(err)
	defer p.Close()
	server := p.(*sock.UDPConn)
	client, err := new(sock.Dialer).DialContext(ctx, "udp4", server.LocalAddr().String())
	must(err)
	defer client.Close()

	must(sock.SetConnOption(server, sock.IP_RECVTTL, true))
	_, err = client.Write([]byte("ping"))
	must(err)
	var data, control [64]byte
	n, controls, _, from, err := server.ReadMsgUDPAddrPort(data[:], control[:])
	must(err)
	for c := range sock.Cmsgs(control[:controls]) {
		ttl, ok := sock.CMSG_IP_TTL.Parse(c)
		fmt.Println("the TTL is", ttl, ok)
	}
	_, err = server.WriteToUDPAddrPort(data[:n], from)
	must(err)
	n, err = client.Read(data[:])
	fmt.Println(string(data[:n]), err)
	// Output:
	// the TTL is 64 true
	// ping <nil>
}

// NewConn takes over a descriptor of any family, with any options.
func ExampleNewConn() {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	must(sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	must(sock.Setsockopt(fd, sock.IP_TOS, 0x10)) // package net has no method for this
	c, err := sock.NewConn(fd)
	must(err)
	defer c.Close() // closes fd, too

	must(c.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, _, err = c.Recvfrom(make([]byte, 64), 0)
	fmt.Println(err)
	tos, err := sock.GetConnOption(c, sock.IP_TOS)
	fmt.Println(tos, err)
	// Output:
	// i/o timeout
	// 16 <nil>
}

// A control message carries the kernel's time of arrival.
func ExampleConn_Recvmsg() {
	ctx := context.Background()
	server, err := sock.ListenURL(ctx, "udp://127.0.0.1:0")
	must(err)
	defer server.Close()
	must(sock.SetConnOption(server, sock.SO_TIMESTAMP, true))
	client, err := sock.Dial(ctx, "udp://"+server.LocalAddr().String())
	must(err)
	defer client.Close()
	_, err = client.Write([]byte("hello"))
	must(err)

	m := sock.Msg{Iov: [][]byte{make([]byte, 64)}, Control: make([]byte, 64)}
	n, err := server.Recvmsg(&m, 0)
	must(err)
	for c := range sock.Cmsgs(m.Control) {
		at, ok := sock.CMSG_TIMESTAMP.Parse(c)
		fmt.Println(string(m.Iov[0][:n]), ok, time.Since(at) < time.Hour)
	}
	// Output: hello true true
}
