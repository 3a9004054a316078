package sock_test

import (
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
