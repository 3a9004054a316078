// 07-framing shows the four ways to mark where a message ends: a fixed length, a delimiter, a length in front, the end of
// the stream. It reads a socket as an io.Reader.
//
//	go run ./examples/07-framing
//
// New here: nothing of the kernel's (recv(2) and shutdown(2) again) except what programs agree on above it. A type of a few
// lines makes a socket an io.Reader, for everything in Go that reads.
//
// Try: send a message with a line feed in it, in each of the four ways: only the delimiter cuts it in two.
//
// What breaks it: a peer that lies. So check a length before you allocate memory for it, limit the length of a line, and
// treat a stream that ends inside a message as an error.
//
// Remember: TCP carries bytes; your protocol must say where a message ends.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"example.com/berkeley/sock"
)

func main() {
	for _, way := range []func(a, b int){fixedLength, delimiter, lengthPrefix, shutdown} {
		fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
		check("socketpair", err)
		way(fds[0], fds[1])
		sock.Close(fds[0])
		sock.Close(fds[1])
	}
}

// fixedLength: all messages have one length, and shorter ones are padded.
func fixedLength(a, b int) {
	const length = 8
	for _, text := range []string{"Hello", "world"} {
		send(a, fmt.Appendf(nil, "%-*s", length, text))
	}
	for range 2 {
		message := make([]byte, length)
		_, err := io.ReadFull(stream(b), message)
		show("fixed length", message, err)
	}
}

// delimiter: each message ends with a byte that occurs in none of them. The reader receives all that is there, and keeps what
// follows the line for later. So a connection needs one reader for its whole life.
func delimiter(a, b int) {
	send(a, []byte("Hello\n\nworld\n"))
	lines := bufio.NewReaderSize(stream(b), 4096)
	for range 3 {
		line, err := lines.ReadSlice('\n') // bufio.ErrBufferFull means that the line is too long
		show("delimiter", line, err)
	}
}

// lengthPrefix: the length goes first, in network byte order. Messages may contain any bytes.
func lengthPrefix(a, b int) {
	for _, text := range []string{"Hello", "", "two\nlines"} {
		send(a, append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	}
	send(a, []byte("\x00\x00\x00\x05Hel"))
	check("shutdown", sock.Shutdown(a, sock.SHUT_WR))
	for range 4 {
		message, err := receivePrefixed(b, 1<<20)
		show("length prefix", message, err)
	}
}

func receivePrefixed(fd int, limit uint32) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(stream(fd), prefix[:]); err != nil {
		return nil, err // io.EOF, if the stream ends between messages
	}
	length := binary.BigEndian.Uint32(prefix[:])
	if length > limit {
		return nil, fmt.Errorf("message of %d bytes is longer than %d", length, limit)
	}
	message := make([]byte, length)
	_, err := io.ReadFull(stream(fd), message)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return message, err
}

// shutdown: the message ends with the stream. Each connection carries one, with any bytes and of any length.
func shutdown(a, b int) {
	send(a, []byte("Hello, world"))
	check("shutdown", sock.Shutdown(a, sock.SHUT_WR))
	message, err := sock.RecvAll(b, 1<<20)
	show("shutdown", message, err)
}

// stream is a socket as an io.Reader: where recv returns 0 bytes, a Reader returns io.EOF.
type stream int

func (fd stream) Read(p []byte) (int, error) {
	n, err := sock.Retry(func() (int, error) { return sock.Recv(int(fd), p, 0) })
	if n == 0 && len(p) > 0 && err == nil {
		return 0, io.EOF
	}
	return n, err
}

func send(fd int, p []byte) {
	_, err := sock.SendAll(fd, p, 0)
	check("send", err)
}

func show(way string, message []byte, err error) {
	if err != nil {
		fmt.Printf("%-13s  %v\n", way, err)
		return
	}
	fmt.Printf("%-13s  %q\n", way, message)
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
