//go:build unix

package sock_test

import (
	"fmt"
	"net/netip"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func ExamplePoll() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])

	set := []sock.Pollfd{{Fd: int32(fds[1]), Events: sock.POLLIN}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(set, 0) }) // doesn't wait
	fmt.Println(n, err)

	_, err = sock.Send(fds[0], []byte("x"), 0)
	must(err)
	n, err = sock.Retry(func() (int, error) { return sock.Poll(set, -1) })
	fmt.Println(n, err, set[0].Revents == sock.POLLIN)
	// Output:
	// 0 <nil>
	// 1 <nil> true
}

func ExampleSelect() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	_, err = sock.Send(fds[0], []byte("x"), 0)
	must(err)

	var readable sock.FdSet
	must(sock.FD_SET(fds[0], &readable))
	must(sock.FD_SET(fds[1], &readable))
	n, err := sock.Select(max(fds[0], fds[1])+1, &readable, nil, nil, &unix.Timeval{Sec: 5})
	fmt.Println(n, err, sock.FD_ISSET(fds[0], &readable), sock.FD_ISSET(fds[1], &readable))
	// Output: 1 <nil> false true
}

// A non-blocking connect: wait until the socket is writable, then get the result.
func ExampleSocketError() {
	silent, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(silent)
	must(sock.Bind(silent, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0")))) // and no Listen
	address, err := sock.Getsockname(silent)
	must(err)

	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.SetNonblock(fd, true))
	err = sock.Connect(fd, address)
	if err == sock.EINPROGRESS {
		set := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
		_, err = sock.Retry(func() (int, error) { return sock.Poll(set, 5000) })
		must(err)
		err = sock.SocketError(fd)
	}
	fmt.Println(err, err == sock.ECONNREFUSED)
	// Output: connection refused true
}
