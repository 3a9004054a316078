package sock_test

import (
	"errors"
	"testing"

	. "example.com/berkeley/sock"
)

// The type may include flags for the new socket.
func TestCreateServerWithFlags(t *testing.T) {
	sa, err := Abstract(t.Name())
	check(t, err)
	fd, _ := server(t, sa, ServerOptions{Type: SOCK_NONBLOCK})
	if !isNonblock(t, fd) {
		t.Error("the server blocks")
	}
	create(t, "unix:@"+t.Name())
	accepted(t, fd)
}

func TestCreateConnectionOfMPTCP(t *testing.T) {
	l, sa := listener(t)
	fd, err := CreateConnection(t.Context(), "mptcp://"+sa.String())
	if errors.Is(err, EPROTONOSUPPORT) || errors.Is(err, ENOPROTOOPT) {
		t.Skip("the kernel lacks MPTCP:", err)
	}
	check(t, err)
	defer Close(fd)
	accepted(t, l)
	if protocol, err := Getsockopt(fd, SO_PROTOCOL); protocol != IPPROTO_MPTCP || err != nil {
		t.Errorf("SO_PROTOCOL = %d, %v, want IPPROTO_MPTCP", protocol, err)
	}
}
