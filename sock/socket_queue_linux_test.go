package sock_test

import (
	"errors"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

func TestInputQueue(t *testing.T) {
	tests := []struct {
		name string
		open func(t testing.TB) (a, b int)
		want []int // before, after "abc", and after "de"
	}{
		{"unix stream", func(t testing.TB) (a, b int) { return pair(t, SOCK_STREAM) }, []int{0, 3, 5}},
		{"unix dgram", func(t testing.TB) (a, b int) { return pair(t, SOCK_DGRAM) }, []int{0, 3, 3}},
		{"tcp", tcpPair, []int{0, 3, 5}},
		{"udp", udpSockets, []int{0, 3, 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := test.open(t)
			for i, data := range []string{"", "abc", "de"} {
				if data != "" {
					_, err := Send(a, []byte(data), 0)
					check(t, err)
				}
				eventually(t, test.want[i], func() (int, error) { return InputQueue(b) })
			}
		})
	}
}

// udpSockets returns two UDP sockets, the first connected to the second.
func udpSockets(t testing.TB) (a, b int) {
	a = bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	b = bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, Connect(a, name(t, b)))
	return a, b
}

// eventually repeats call until it returns want: the kernel updates its queues asynchronously.
func eventually(t *testing.T, want int, call func() (int, error)) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		n, err := call()
		check(t, err)
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d after many tries, want %d", n, want)
		}
	}
}

// MPTCP reports an error as a negative count.
func TestQueueOfMPTCPListener(t *testing.T) {
	fd, err := Socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)
	if err != nil {
		t.Skip("cannot create a socket for MPTCP:", err)
	}
	defer Close(fd)
	check(t, Listen(fd, 1))
	if n, err := OutputQueue(fd); n != 0 || err != EINVAL {
		t.Errorf("OutputQueue = %d, %v, want EINVAL", n, err)
	}
}

func TestOutputQueue(t *testing.T) {
	needKernel(t)
	client, server := tcpPair(t)
	check(t, SetNonblock(client, true))
	sent, p := 0, make([]byte, 1<<20)
	for {
		n, err := Send(client, p, 0)
		if sent += n; err == EAGAIN {
			break
		}
		check(t, err)
	}
	eventually(t, sent, func() (int, error) {
		in, err := InputQueue(server)
		out, err2 := OutputQueue(client)
		return in + out, errors.Join(err, err2)
	})
	out, err := OutputQueue(client)
	unsent, err2 := UnsentQueue(client)
	if check(t, errors.Join(err, err2)); unsent <= 0 || unsent > out {
		t.Errorf("UnsentQueue = %d, OutputQueue = %d with the peer's buffer full, want some unsent, not more than unacknowledged", unsent, out)
	}
	check(t, SetNonblock(server, true))
	eventually(t, 0, func() (int, error) {
		if _, err := Recv(server, p, 0); err != nil && err != EAGAIN {
			return 0, err
		}
		out, err := OutputQueue(client)
		unsent, err2 := UnsentQueue(client)
		return out + unsent, errors.Join(err, err2)
	})
}

func TestUnsentQueueErrors(t *testing.T) {
	needKernel(t)
	local, _ := pair(t, SOCK_STREAM)
	for fd, want := range map[int]error{-1: EBADF, local: ENOTTY} {
		if n, err := UnsentQueue(fd); n != 0 || err != want {
			t.Errorf("UnsentQueue = %d, %v, want %v", n, err, want)
		}
	}
}

func TestQueueOfListener(t *testing.T) {
	l, _ := listener(t)
	if n, err := InputQueue(l); n != 0 || err != EINVAL {
		t.Errorf("InputQueue = %d, %v, want EINVAL", n, err)
	}
}

func TestDup3(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	c, d := pair(t, SOCK_STREAM)
	check(t, Dup3(a, c, 0))
	if inheritable(t, c) {
		t.Error("the duplicate is inheritable")
	}
	p := make([]byte, 8)
	if n, err := Recv(d, p, 0); n != 0 || err != nil {
		t.Errorf("Recv of the closed socket's peer = %d, %v, want end of stream", n, err)
	}
	_, err := Send(c, []byte("x"), 0)
	check(t, err)
	if n, err := Recv(b, p, 0); n != 1 || err != nil {
		t.Errorf("Recv from the duplicate = %d, %v, want 1", n, err)
	}
	if err := Dup3(a, a, 0); err != EINVAL {
		t.Errorf("Dup3 to the same descriptor: %v, want EINVAL", err)
	}
}

func init() {
	badCalls = append(badCalls, []badCall{
		{"InputQueue", func(fd int) (int, error) { return InputQueue(fd) }, 0},
		{"OutputQueue", func(fd int) (int, error) { return OutputQueue(fd) }, 0},
		{"UnsentQueue", func(fd int) (int, error) { return UnsentQueue(fd) }, 0},
		{"Dup3", func(fd int) (int, error) { return 0, Dup3(fd, 1<<20, 0) }, 0},
	}...)
	oneCalls = append(oneCalls, []struct {
		name string
		call func(f *fixture) error
		want string
	}{
		{"Dup", func(f *fixture) (err error) { f.fd, err = Dup(f.udp); return }, `^fcntl\(\d+, F_DUPFD_CLOEXEC, 0\)`},
		{"Dup3", func(f *fixture) error { return Dup3(f.other, f.fd, 0) }, `^dup3\(\d+, \d+, O_CLOEXEC\)`},
		{"Close of a duplicate", func(f *fixture) error { return Close(f.fd) }, `^close\(`},
		{"Sockatmark", func(f *fixture) error { _, err := Sockatmark(f.server); return err }, `^ioctl\(\d+, (SIOCATMARK|0x8905), `},
		{"InputQueue", func(f *fixture) error { _, err := InputQueue(f.server); return err }, `^ioctl\(\d+, (FIONREAD|SIOCINQ), \[0\]\)`},
		{"OutputQueue", func(f *fixture) error { _, err := OutputQueue(f.server); return err }, `^ioctl\(\d+, (TIOCOUTQ|SIOCOUTQ), \[\d\]\)`},
		{"UnsentQueue", func(f *fixture) error { _, err := UnsentQueue(f.server); return err }, `^ioctl\(\d+, SIOCOUTQNSD, `},
	}...)
}
