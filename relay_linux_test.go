package sock_test

import (
	"bytes"
	"os"
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestSendfile(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	defer f.Close()
	mebibyte := large[:1<<20]
	_, err = f.WriteAt(mebibyte, 0)
	check(t, err)
	in := int(f.Fd())
	ways := []struct {
		name string
		send func(out int) (n int, err error)
		want []byte
	}{
		{"all", func(out int) (int, error) {
			n, err := sock.SendfileAll(out, in, 5, 1<<20)
			return int(n), err
		}, mebibyte[5:]},
		{"from an offset", func(out int) (n int, err error) {
			offset := int64(7)
			for offset < 1<<20 && err == nil {
				_, err = sock.Sendfile(out, in, &offset, 1<<20)
			}
			return int(offset) - 7, err
		}, mebibyte[7:]},
		{"from where it is", func(out int) (n int, err error) {
			f.Seek(0, 0)
			for m := 1; m > 0 && err == nil; n += m {
				m, err = sock.Sendfile(out, in, nil, 1<<20)
			}
			return n, err
		}, mebibyte},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			forEachPair(t, kind.isBlockingStream, func(t *testing.T, a, b int, k kind) {
				got := received(t, b)
				if n, err := way.send(a); n != len(way.want) || err != nil {
					t.Errorf("n = %d, %v; want %d", n, err, len(way.want))
				}
				check(t, sock.Shutdown(a, sock.SHUT_WR))
				if got := <-got; !bytes.Equal(got, way.want) {
					t.Errorf("%d bytes arrived; want the %d that were sent", len(got), len(way.want))
				}
			})
		})
	}
}

// received gives what comes from fd up to the end of its stream.
func received(t *testing.T, fd int) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		p, err := sock.RecvAll(fd, 2*len(large))
		if err != nil {
			t.Errorf("RecvAll: %v", err)
		}
		got <- p
	}()
	return got
}

func TestSendfileWhenFull(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	defer f.Close()
	_, err = f.WriteAt(large, 0)
	check(t, err)
	forEachPair(t, func(k kind) bool { return k.isStream() && k.nonblock }, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
		n, err := sock.SendfileAll(a, int(f.Fd()), 0, int64(len(large)))
		if n == 0 || err != sock.EAGAIN {
			t.Fatalf("SendfileAll = %d, %v; want EAGAIN after some", n, err)
		}
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		check(t, sock.SetNonblock(b, false))
		if got := <-received(t, b); !bytes.Equal(got, large[:n]) {
			t.Errorf("%d bytes arrived; want the %d that were sent", len(got), n)
		}
	})
}

func TestRelay(t *testing.T) {
	ways := []struct {
		name        string
		descriptors uint64
	}{{"splice", 256}, {"no descriptor left for a pipe", 0}}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			forEachPair(t, kind.isBlockingStream, func(t *testing.T, a, b int, k kind) {
				c, d := k.open(t, k)
				var before unix.Rlimit
				check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
				defer unix.Setrlimit(unix.RLIMIT_NOFILE, &before)
				check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: way.descriptors, Max: before.Max}))
				got := received(t, d)
				go func() {
					sendAll(t, a, large)
					sendAll(t, a, large)
					sock.Shutdown(a, sock.SHUT_WR)
				}()
				if n, err := sock.Relay(c, b); n != int64(2*len(large)) || err != nil {
					t.Errorf("Relay = %d, %v; want %d", n, err, 2*len(large))
				}
				check(t, sock.Shutdown(c, sock.SHUT_WR))
				p := <-got
				if len(p) != 2*len(large) || !bytes.Equal(p[:len(large)], large) || !bytes.Equal(p[len(large):], large) {
					t.Errorf("%d bytes arrived; want the %d that were sent", len(p), 2*len(large))
				}
			})
		})
	}
}

// From one socket into a pipe, and out of it into another.
func TestSplice(t *testing.T) {
	forEachPair(t, kind.isStream, func(t *testing.T, a, b int, k kind) {
		c, d := k.open(t, k)
		var fds [2]int
		check(t, unix.Pipe2(fds[:], unix.O_CLOEXEC))
		r, w := own(t, fds[0]), own(t, fds[1])
		send(t, a, "through a pipe")
		await(t, b, sock.POLLIN)
		for _, way := range []struct{ in, out int }{{b, w}, {r, c}} {
			if n, err := sock.Splice(way.in, nil, way.out, nil, 64, 0); n != 14 || err != nil {
				t.Fatalf("Splice = %d, %v; want 14", n, err)
			}
		}
		receive(t, d, 64, 0, "through a pipe")
	})
}

// An urgent byte is no end: what comes after it arrives, and the byte itself where it stays in the stream.
func TestRelayUrgent(t *testing.T) {
	for _, tt := range []struct {
		inline bool
		want   string
	}{{false, "beforeafter"}, {true, "before!after"}} {
		forEachPair(t, func(k kind) bool { return isPlainTCP(k) && !k.nonblock }, func(t *testing.T, a, b int, k kind) {
			c, d := k.open(t, k)
			check(t, sock.Setsockopt(b, sock.SO_OOBINLINE, tt.inline))
			sendUrgent(t, a)
			n, err := sock.Relay(c, b)
			if n != int64(len(tt.want)) || err != nil {
				t.Errorf("n = %d, %v; want %d", n, err, len(tt.want))
			}
			check(t, sock.Shutdown(c, sock.SHUT_WR))
			if got, err := sock.RecvAll(d, 100); string(got) != tt.want || err != nil {
				t.Errorf("%q arrived, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// isPlainTCP is where bytes can be urgent, and stay in the stream.
func isPlainTCP(k kind) bool { return k.isTCP() && k.proto == 0 }

// sendUrgent sends a few bytes, an urgent one in their midst, and the end.
func sendUrgent(t *testing.T, fd int) {
	t.Helper()
	for _, part := range []struct {
		text  string
		flags int
	}{{"before", 0}, {"!", sock.MSG_OOB}, {"after", 0}} {
		_, err := sock.Send(fd, []byte(part.text), part.flags)
		check(t, err)
	}
	check(t, sock.Shutdown(fd, sock.SHUT_WR))
}
