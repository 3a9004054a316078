package main

import (
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

// A server can't pass descriptors, whose close might take longer than any timeout.
func TestPassedDescriptors(t *testing.T) {
	t.Parallel()
	listener, err := sock.Socket(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(t, err)
	defer sock.Close(listener)
	if _, err := sock.Getsockopt(listener, sock.SO_PASSRIGHTS); err != nil {
		t.Skip("this kernel has no SO_PASSRIGHTS:", err)
	}
	check(t, sock.Bind(listener, sock.Unnamed()))
	check(t, sock.Listen(listener, 5))
	sa, err := sock.Getsockname(listener)
	check(t, err)
	for _, args := range [][]string{{"Hello"}, {"-n", "1"}, {"-doctor"}} {
		passed := make(chan error)
		go func() {
			fd, _, err := sock.Accept(listener)
			if err == nil {
				_, err = sock.SendFds(fd, []byte("x"), 0)
				sock.Close(fd)
			}
			passed <- err
		}()
		client(t, nil, sa.String(), args...)
		if err := <-passed; err != sock.EPERM {
			t.Errorf("echoclient %s: the server's sendmsg: %v, want EPERM", strings.Join(args, " "), err)
		}
	}
}
