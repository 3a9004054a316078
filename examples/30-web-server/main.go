// 30-web-server is a small HTTP server: it parses requests by hand, keeps connections open for more of them, and answers
// curl and browsers.
//
//	go run ./examples/30-web-server                   four clients come, then it ends
//	go run ./examples/30-web-server 127.0.0.1:8080    serves until you stop it
//
// New here: a protocol that people use every day, made of the framing of 07-framing: lines, then a length. RFC 9112 defines
// it; tcp(7) carries it.
//
// Try: start it with an address, and open it in a browser, with curl -v, and with nc -C, typing the request yourself.
//
// What breaks it: trusting the request. Limit the line's length and the number of fields, refuse bodies that you don't
// read, and escape what you print into a page. It needs the time limits of 29-robust-server, too.
//
// Remember: HTTP is a few lines of text on a TCP connection.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/berkeley/sock"
)

func main() {
	address := "127.0.0.1:0"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	ap, err := netip.ParseAddrPort(address)
	check("address", err)
	listener, err := sock.ListenConn(sock.Inet(ap), sock.ServerOptions{})
	check("listen", err)
	if len(os.Args) > 1 {
		fmt.Printf("serving http://%v/ until you stop it\n", listener.LocalAddr())
		check("serve", serve(listener))
	}
	served := make(chan error)
	go func() { served <- serve(listener) }()
	visit(listener.LocalAddr().String())
	check("close", listener.Close())
	<-served
}

// serve starts a goroutine for each connection, until the listener is closed.
func serve(listener *sock.Conn) error {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // EMFILE, for example, which lasts: 26-descriptors
			fmt.Println("accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go talk(conn)
	}
}

// talk answers the requests of one connection in their order. HTTP/1.1 keeps the connection for more of them.
func talk(conn *sock.Conn) {
	in := bufio.NewReaderSize(conn, 8192)
	defer finish(conn, in)
	for {
		request, err := read(in)
		if err == io.EOF {
			return
		}
		if err != nil {
			request.connection = "close"
			reply(conn, "400 Bad Request", err.Error()+"\n", request)
			return
		}
		body := fmt.Sprintf("<!DOCTYPE html><title>Hello</title><h1>Hello from %s</h1>\n", html.EscapeString(request.path))
		status := "200 OK"
		if request.method != "GET" && request.method != "HEAD" {
			status, body = "405 Method Not Allowed\r\nAllow: GET, HEAD", "only GET and HEAD\n"
		}
		if reply(conn, status, body, request) != nil || request.connection == "close" {
			return
		}
	}
}

// finish receives what the client still sends before it closes: closing with bytes unread would reset the connection, and the
// client might lose the answer, as 11-shutdown shows.
func finish(conn *sock.Conn, in io.Reader) {
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(5 * time.Second)) // not every client ends
	io.CopyN(io.Discard, in, 1<<20)
	conn.Close()
}

// request is the part of a request that this server understands.
type request struct{ method, path, connection string }

var (
	version = regexp.MustCompile(`^HTTP/1\.[0-9]$`)
	closes  = regexp.MustCompile(`(?i)(^|,)\s*close\s*(,|$)`) // one of a list
)

// read reads a request: a line with method, path and version; header fields, one per line; an empty line. Then the body comes,
// if the fields announce one. This server takes none, so it refuses such a request: the next one would begin at the wrong byte.
func read(in *bufio.Reader) (r request, err error) {
	line, err := readLine(in)
	if err != nil {
		return r, err
	}
	words := strings.Split(line, " ")
	if len(words) != 3 || !version.MatchString(words[2]) {
		return r, errors.New("malformed request line")
	}
	hosts := 0
	r = request{method: words[0], path: words[1], connection: "keep-alive"}
	if words[2] == "HTTP/1.0" {
		r.connection = "close"
	}
	for range 100 {
		line, err := readLine(in)
		if err != nil {
			return r, noEOF(err)
		}
		if line == "" {
			if hosts != 1 && words[2] != "HTTP/1.0" {
				return r, errors.New("a request names one host")
			}
			return r, nil
		}
		name, value, found := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name = strings.ToLower(name); {
		case !found, strings.ContainsAny(name, " \t"): // what one server takes for a name, another may not
			return r, errors.New("malformed header field")
		case name == "host":
			hosts++
		case name == "connection" && closes.MatchString(value):
			r.connection = "close"
		case name == "transfer-encoding", name == "content-length" && value != "0":
			return r, errors.New("requests with a body are not supported")
		}
	}
	return r, errors.New("too many header fields")
}

// readLine returns a line without its end. A line longer than the reader's buffer is bufio.ErrBufferFull.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	if err == io.EOF && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return strings.TrimRight(string(line), "\r\n"), err
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// reply sends a response by one call. Content-Length tells the client where it ends, except for HEAD: that asks what GET would
// return, and gets no body.
func reply(conn *sock.Conn, status, body string, r request) error {
	head := "HTTP/1.1 " + status + "\r\n" +
		"Content-Type: text/html; charset=utf-8\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n" +
		"Connection: " + r.connection + "\r\n\r\n"
	if r.method == "HEAD" {
		body = ""
	}
	_, err := conn.Write([]byte(head + body))
	return err
}

// visit plays four clients: three that speak HTTP by hand, and package net/http, as a browser would.
func visit(server string) {
	for _, text := range []string{
		"GET /by/hand HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"GET /one HTTP/1.1\r\nHost: localhost\r\n\r\nGET /two HTTP/1.0\r\n\r\n", // two requests at once: pipelining
		"HELLO\r\n",
	} {
		fmt.Printf("%q\n", text)
		fd, err := sock.CreateConnection(context.Background(), "tcp://"+server)
		check("create connection", err)
		_, err = sock.SendAll(fd, []byte(text), 0)
		check("send", err)
		answer, err := sock.RecvAll(fd, 1<<16)
		check("recv", err)
		sock.Close(fd)
		for line := range strings.Lines(string(answer)) {
			fmt.Println("  " + strings.TrimRight(line, "\r\n"))
		}
	}
	response, err := http.Get("http://" + server + "/net/http")
	check("get", err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check("read", err)
	fmt.Printf("net/http: %s, %q\n", response.Status, body)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
