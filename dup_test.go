//go:build unix

package sock_test

import (
	"testing"

	"example.com/berkeley/sock"
)

func TestDup(t *testing.T) {
	forEachPair(t, kind.isAny, func(t *testing.T, a, b int, k kind) {
		before := name(t, a)
		second, err := sock.Dup(a)
		check(t, err)
		own(t, second)
		shut(t, a)
		send(t, second, "from the duplicate")
		receive(t, b, 64, 0, "from the duplicate")
		send(t, b, "to it")
		receive(t, second, 64, 0, "to it")
		if after := name(t, second); after != before {
			t.Errorf("it is %v; want %v", after, before)
		}
	})
}
