package main_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	messages := map[string][]byte{
		"nothing":  {},
		"one byte": {'x'},
		"short":    []byte("Hello, world"),
		"long":     pattern(128 << 10),
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		for _, addr := range server.Addrs {
			transport, _, _ := strings.Cut(addr, "/")
			for name, message := range messages {
				t.Run(transport+" "+name, func(t *testing.T) { wantEcho(t, addr, message) })
			}
		}
	})
}

func TestManySmallWrites(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		for _, addr := range server.Addrs {
			fd := dial(t, addr)
			if strings.HasPrefix(addr, "tcp") {
				if err := sock.Setsockopt(fd, sock.TCP_NODELAY, true); err != nil {
					t.Fatal(err)
				}
			}
			message := pattern(100) // a unix socket holds some 200 messages of any length
			for i := range message {
				send(t, fd, message[i:i+1])
			}
			shutdown(t, fd)
			wantAnswer(t, fd, message)
		}
	})
}

// The message exceeds all buffers on the way, and clients receive only when they can't send any more. So the server has to
// wait before it can send.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	message := pattern(8 << 20)
	if testing.Short() {
		message = message[:2<<20]
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		for _, addr := range server.Addrs {
			transport, _, _ := strings.Cut(addr, "/")
			t.Run(transport, func(t *testing.T) {
				fd := dial(t, addr)
				sent := 0
				for sent < len(message) {
					n, err := sock.Send(fd, message[sent:min(len(message), sent+32<<10)], sock.MSG_DONTWAIT)
					if err == sock.EAGAIN {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					sent += n
				}
				sending := sendLater(t, func() error {
					for ; sent < len(message); sent = min(len(message), sent+32<<10) {
						if _, err := sock.SendAll(fd, message[sent:min(len(message), sent+32<<10)], 0); err != nil {
							return err
						}
					}
					return sock.Shutdown(fd, sock.SHUT_WR)
				})
				wantAnswer(t, fd, message)
				sending()
			})
		}
	})
}

func TestManyClients(t *testing.T) {
	t.Parallel()
	const clients = 50
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		fds := make([]int, clients)
		for i := range fds {
			fds[i] = dial(t, server.Addrs[i%len(server.Addrs)])
		}
		for i, fd := range fds {
			send(t, fd, fmt.Appendf(nil, "client %d", i))
			shutdown(t, fd)
		}
		for i, fd := range fds {
			wantAnswer(t, fd, fmt.Appendf(nil, "client %d", i))
		}
	})
}

// The answers' records have the same boundaries.
func TestRecordBoundaries(t *testing.T) {
	t.Parallel()
	records := [][]byte{[]byte("a"), pattern(5000), []byte("bc"), pattern(100 << 10)}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-listen", "unixpacket://"+t.TempDir()+"/packet", "-engine", engine, "-mode", mode)
		fd := dial(t, server.Addr())
		for _, record := range records {
			send(t, fd, record)
		}
		shutdown(t, fd)
		buf := make([]byte, 1<<20)
		for _, record := range records {
			n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
			if err != nil || !bytes.Equal(buf[:n], record) {
				t.Fatalf("received a record of %d bytes, %v; want one of %d", n, err, len(record))
			}
		}
	})
}

// Urgent bytes come back at their position in the stream, in short messages and in bulk.
func TestUrgentBytes(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+t.TempDir()+"/stream")
		for _, addr := range server.Addrs {
			for _, size := range []int{3, 1 << 20} {
				fd := dial(t, addr)
				message := pattern(2*size + 1)
				sent := sendLater(t, func() error {
					if _, err := sock.SendAll(fd, message[:size], 0); err != nil {
						return err
					}
					if _, err := sock.SendAll(fd, message[size:size+1], sock.MSG_OOB); err != nil {
						return err
					}
					if _, err := sock.SendAll(fd, message[size+1:], 0); err != nil {
						return err
					}
					return sock.Shutdown(fd, sock.SHUT_WR)
				})
				wantAnswer(t, fd, message)
				sent()
			}
		}
	})
}

// The server logs one line for each client that goes away in the middle, with a reset if the transport has one.
func TestResetByClient(t *testing.T) {
	t.Parallel()
	const clients = 10
	forEachServer(t, func(t *testing.T, engine, mode string) {
		// With vsock, what the client did is a normal end.
		addrs := slices.DeleteFunc(withoutMPTCP(t), func(addr string) bool { return strings.HasPrefix(addr, "vsock") })
		server := cmdtest.Start(t, append(listenFlags(addrs), "-engine", engine, "-mode", mode)...)
		for _, addr := range server.Addrs {
			for range clients {
				fd := dial(t, addr)
				send(t, fd, pattern(100<<10))
				abort(t, fd)
			}
			wantEcho(t, addr, []byte("still here"))
		}
		server.Stop(syscall.SIGTERM)
		lines, want := strings.Count(server.Stderr(), "connection failed"), clients*len(server.Addrs)
		if failed := counted(t, server, "failed"); lines != want || failed != want {
			t.Errorf("%d lines and failed=%d, want %d of each:\n%s", lines, failed, want, server.Stderr())
		}
	})
}

// abort closes a socket before the test ends, with a reset if it can.
func abort(t *testing.T, fd int) {
	t.Helper()
	must(t, sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true}))
	closeEarly(t, fd)
}

// closeEarly closes a socket, but keeps its number in use until the test ends and closes the number: otherwise that could
// be another test's descriptor by then.
func closeEarly(t *testing.T, fd int) {
	t.Helper()
	null, err := os.Open(os.DevNull)
	must(t, err)
	defer null.Close()
	must(t, unix.Dup3(int(null.Fd()), fd, unix.O_CLOEXEC))
}

// Clients that send nothing, or only a part, hold up no other client.
func TestSilentClients(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) {
			server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
			for _, addr := range server.Addrs {
				for range 20 {
					dial(t, addr)
					send(t, dial(t, addr), []byte("half"))
				}
			}
			for _, addr := range server.Addrs {
				wantEcho(t, addr, []byte("not held up"))
			}
			server.Stop(syscall.SIGKILL)
		})
	})
}

func TestEINTRStorm(t *testing.T) {
	t.Parallel()
	message := pattern(2 << 20)
	if testing.Short() {
		message = message[:512<<10]
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		done := make(chan struct{})
		var storm sync.WaitGroup
		storm.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					server.Cmd.Process.Signal(syscall.SIGURG)
				}
			}
		})
		for _, addr := range server.Addrs {
			fd := dial(t, addr)
			sent := sendToEnd(t, fd, message)
			wantAnswer(t, fd, message)
			sent()
		}
		close(done)
		storm.Wait()
	})
}
