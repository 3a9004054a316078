package sock_test

import (
	"bytes"
	"os"
	"testing"

	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func TestSendfile(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	defer f.Close()
	mebibyte := socktest.Large[:1<<20]
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
		{"from the file's offset", func(out int) (n int, err error) {
			f.Seek(0, 0)
			for m := 1; m > 0 && err == nil; n += m {
				m, err = sock.Sendfile(out, in, nil, 1<<20)
			}
			return n, err
		}, mebibyte},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			forEachPair(t, kind.IsBlockingStream, func(t *testing.T, a, b int, k kind) {
				got := receivedFrom(t, b)
				if n, err := way.send(a); n != len(way.want) || err != nil {
					t.Errorf("n = %d, %v, want %d", n, err, len(way.want))
				}
				check(t, sock.Shutdown(a, sock.SHUT_WR))
				if got := <-got; !bytes.Equal(got, way.want) {
					t.Errorf("received %d bytes, want the %d that were sent", len(got), len(way.want))
				}
			})
		})
	}
}

// receivedFrom returns a channel with the bytes received from fd up to the end of the stream.
func receivedFrom(t *testing.T, fd int) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		p, err := sock.RecvAll(fd, 2*len(socktest.Large))
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
	_, err = f.WriteAt(socktest.Large, 0)
	check(t, err)
	forEachPair(t, func(k kind) bool { return k.IsStream() && k.Nonblock }, func(t *testing.T, a, b int, k kind) {
		check(t, sock.Setsockopt(a, sock.SO_SNDBUF, 1<<16))
		n, err := sock.SendfileAll(a, int(f.Fd()), 0, int64(len(socktest.Large)))
		if n == 0 || err != sock.EAGAIN {
			t.Fatalf("SendfileAll = %d, %v, want some bytes and EAGAIN", n, err)
		}
		check(t, sock.Shutdown(a, sock.SHUT_WR))
		check(t, sock.SetNonblock(b, false))
		if got := <-receivedFrom(t, b); !bytes.Equal(got, socktest.Large[:n]) {
			t.Errorf("received %d bytes, want the %d that were sent", len(got), n)
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
			forEachPair(t, kind.IsBlockingStream, func(t *testing.T, a, b int, k kind) {
				c, d := k.Pair(t)
				var before unix.Rlimit
				check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
				defer unix.Setrlimit(unix.RLIMIT_NOFILE, &before)
				check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: min(way.descriptors, before.Max), Max: before.Max}))
				got := receivedFrom(t, d)
				go func() {
					socktest.SendAll(t, a, socktest.Large)
					socktest.SendAll(t, a, socktest.Large)
					sock.Shutdown(a, sock.SHUT_WR)
				}()
				if n, err := sock.Relay(c, b); n != int64(2*len(socktest.Large)) || err != nil {
					t.Errorf("Relay = %d, %v, want %d", n, err, 2*len(socktest.Large))
				}
				check(t, sock.Shutdown(c, sock.SHUT_WR))
				p := <-got
				if len(p) != 2*len(socktest.Large) || !bytes.Equal(p[:len(socktest.Large)], socktest.Large) || !bytes.Equal(p[len(socktest.Large):], socktest.Large) {
					t.Errorf("received %d bytes, want the %d that were sent", len(p), 2*len(socktest.Large))
				}
			})
		})
	}
}

// Splice moves bytes from one socket into a pipe, and from the pipe into another socket.
func TestSplicePairs(t *testing.T) {
	forEachPair(t, kind.IsStream, func(t *testing.T, a, b int, k kind) {
		c, d := k.Pair(t)
		var fds [2]int
		check(t, unix.Pipe2(fds[:], unix.O_CLOEXEC))
		r, w := own(t, fds[0]), own(t, fds[1])
		send(t, a, "through a pipe")
		await(t, b, sock.POLLIN)
		for _, way := range []struct{ in, out int }{{b, w}, {r, c}} {
			if n, err := sock.Splice(way.in, nil, way.out, nil, 64, 0); n != 14 || err != nil {
				t.Fatalf("Splice = %d, %v, want 14", n, err)
			}
		}
		receive(t, d, 64, 0, "through a pipe")
	})
}

// An urgent byte does not end a relay: the bytes after it arrive, and so does the byte
// itself if it stays in the stream.
func TestRelayUrgent(t *testing.T) {
	for _, tt := range []struct {
		inline bool
		want   string
	}{{false, "beforeafter"}, {true, "before!after"}} {
		forEachPair(t, func(k kind) bool { return k.IsPlainTCP() && !k.Nonblock }, func(t *testing.T, a, b int, k kind) {
			c, d := k.Pair(t)
			check(t, sock.Setsockopt(b, sock.SO_OOBINLINE, tt.inline))
			sendUrgent(t, a)
			n, err := sock.Relay(c, b)
			if n != int64(len(tt.want)) || err != nil {
				t.Errorf("n = %d, %v, want %d", n, err, len(tt.want))
			}
			check(t, sock.Shutdown(c, sock.SHUT_WR))
			if got, err := sock.RecvAll(d, 100); string(got) != tt.want || err != nil {
				t.Errorf("received %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// sendUrgent sends a few bytes with an urgent one among them, and ends the stream.
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
