//go:build unix

package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"
)

func TestDup(t *testing.T) {
	fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
	check(t, err)
	t.Cleanup(func() { Close(fds[1]) })
	second, err := Dup(fds[0])
	check(t, err)
	check(t, Close(fds[0]))
	if inheritable(t, second) {
		t.Error("the duplicate is inheritable")
	}
	_, err = Send(second, []byte("x"), 0)
	check(t, err)
	p := make([]byte, 8)
	if n, err := Recv(fds[1], p, 0); n != 1 || err != nil {
		t.Errorf("Recv from the duplicate = %d, %v, want 1", n, err)
	}
	check(t, Close(second))
	if n, err := Recv(fds[1], p, 0); n != 0 || err != nil {
		t.Errorf("Recv after both were closed = %d, %v, want end of stream", n, err)
	}
}

func TestDupPairs(t *testing.T) {
	forEachPair(t, kind.IsAny, func(t *testing.T, a, b int, k kind) {
		before := name(t, a)
		second, err := Dup(a)
		check(t, err)
		own(t, second)
		shut(t, a)
		send(t, second, "from the duplicate")
		receive(t, b, 64, 0, "from the duplicate")
		send(t, b, "to it")
		receive(t, second, 64, 0, "to it")
		if after := name(t, second); after != before {
			t.Errorf("duplicate's name is %v, want %v", after, before)
		}
	})
}

// Urgent data, out of the stream here, leaves a mark between the bytes sent before and after it.
func TestSockatmark(t *testing.T) {
	client, server := tcpPair(t)
	for _, part := range []struct {
		data  string
		flags int
	}{{"ab", 0}, {"!", MSG_OOB}, {"cd", 0}} {
		_, err := Send(client, []byte(part.data), part.flags)
		check(t, err)
	}
	await(t, server, POLLPRI)
	p := make([]byte, 8)
	for _, want := range []struct {
		atMark bool
		data   string
	}{{false, "ab"}, {true, "cd"}, {false, ""}} {
		if got, err := Sockatmark(server); got != want.atMark || err != nil {
			t.Errorf("before %q: Sockatmark = %t, %v, want %t", want.data, got, err, want.atMark)
		}
		if want.data == "" {
			break
		}
		await(t, server, POLLIN)
		n, err := Recv(server, p, 0)
		if err != nil || string(p[:n]) != want.data {
			t.Fatalf("Recv = %q, %v, want %q", p[:n], err, want.data)
		}
	}
}

func init() {
	badCalls = append(badCalls, []badCall{
		{"Dup", func(fd int) (int, error) { return Dup(fd) }, -1},
		{"Sockatmark", func(fd int) (int, error) { ok, err := Sockatmark(fd); return map[bool]int{true: 1}[ok], err }, 0},
	}...)
}
