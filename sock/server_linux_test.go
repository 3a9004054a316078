package sock_test

import (
	"errors"
	"testing"

	. "example.com/berkeley/sock"
)

// Flags in the type are the new socket's, and no type of their own.
func TestCreateServerWithFlags(t *testing.T) {
	sa, err := Abstract(t.Name())
	check(t, err)
	fd, _ := server(t, sa, ServerOptions{Type: SOCK_NONBLOCK})
	if !isNonblock(t, fd) {
		t.Error("it blocks")
	}
	create(t, "unix:@"+t.Name())
	accepted(t, fd)
}

func TestCreateConnectionOfMPTCP(t *testing.T) {
	l, sa := listener(t)
	fd, err := CreateConnection(t.Context(), "mptcp://"+sa.String())
	if errors.Is(err, EPROTONOSUPPORT) || errors.Is(err, ENOPROTOOPT) {
		t.Skip("this kernel has no MPTCP: ", err)
	}
	check(t, err)
	defer Close(fd)
	accepted(t, l)
	if protocol, err := Getsockopt(fd, SO_PROTOCOL); protocol != IPPROTO_MPTCP || err != nil {
		t.Errorf("the protocol is %d, %v; want MPTCP", protocol, err)
	}
}
