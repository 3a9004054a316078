package sock_test

import (
	"testing"

	"example.com/berkeley/sock"
)

func init() {
	kinds = append(kinds, kind{name: "mptcp", domain: sock.AF_INET, typ: sock.SOCK_STREAM, proto: sock.IPPROTO_MPTCP, open: accepted})
}

func TestRealLength(t *testing.T) {
	forEachPair(t, kind.isMessage, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abcde")
		await(t, b, sock.POLLIN)
		p := make([]byte, 2)
		if n, err := sock.Recv(b, p, sock.MSG_TRUNC); n != 5 || err != nil || string(p) != "ab" {
			t.Fatalf("Recv = %d, %v, %q; want 5 and what fits", n, err, p)
		}
	})
}

func TestInputQueue(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		send(t, a, "abc")
		await(t, b, sock.POLLIN)
		if n, err := sock.InputQueue(b); n != 3 || err != nil {
			t.Errorf("InputQueue = %d, %v; want 3", n, err)
		}
		receive(t, b, 64, 0, "abc")
		if n, err := sock.InputQueue(b); n != 0 || err != nil {
			t.Errorf("InputQueue = %d, %v; want 0", n, err)
		}
	})
}
