package main_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

func TestEcho(t *testing.T) {
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
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode)...)
		for _, addr := range server.Addrs {
			fd := dial(t, addr)
			if strings.HasPrefix(addr, "tcp") {
				if err := sock.Setsockopt(fd, sock.TCP_NODELAY, true); err != nil {
					t.Fatal(err)
				}
			}
			message := pattern(100) // a unix socket holds some 200 of whatever length
			for i := range message {
				send(t, fd, message[i:i+1])
			}
			shutdown(t, fd)
			wantAnswer(t, fd, message)
		}
	})
}

// A message that no buffer on the way holds, from clients that receive only once they have sent all that goes, is what
// makes a server wait to send.
func TestSlowReaders(t *testing.T) {
	message := pattern(8 << 20)
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
				var sending sync.WaitGroup
				sending.Go(func() {
					for ; sent < len(message); sent = min(len(message), sent+32<<10) {
						if _, err := sock.SendAll(fd, message[sent:min(len(message), sent+32<<10)], 0); err != nil {
							t.Errorf("send: %v", err)
						}
					}
					if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
						t.Errorf("shutdown: %v", err)
					}
				})
				wantAnswer(t, fd, message)
				sending.Wait()
			})
		}
	})
}

func TestManyClients(t *testing.T) {
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

// Where records have boundaries, the answer has the same.
func TestRecordBoundaries(t *testing.T) {
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
			n, err := sock.Recv(fd, buf, 0)
			if err != nil || !bytes.Equal(buf[:n], record) {
				t.Fatalf("received a record of %d bytes, %v; want one of %d", n, err, len(record))
			}
		}
	})
}

// Urgent bytes come back where they were in the stream, be it a few words or bulk.
func TestUrgentBytes(t *testing.T) {
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

func TestResetByClient(t *testing.T) {
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-engine", engine, "-mode", mode)
		for range 10 {
			fd := dial(t, server.Addr())
			send(t, fd, pattern(100<<10))
			if err := sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true}); err != nil {
				t.Fatal(err)
			}
			// A duplicate of a closed descriptor's number must not be closed again at the end.
			if err := sock.Connect(fd, sock.Unspec()); err != nil {
				t.Fatal(err)
			}
		}
		wantEcho(t, server.Addr(), []byte("still here"))
	})
}

func TestSilentClients(t *testing.T) {
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-engine", engine)
		for range 20 {
			dial(t, server.Addr())
		}
		wantEcho(t, server.Addr(), []byte("not held up"))
		server.Cmd.Process.Signal(syscall.SIGKILL)
	})
}

func TestEINTRStorm(t *testing.T) {
	message := pattern(2 << 20)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0", "-engine", engine, "-mode", mode)
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
		fd := dial(t, server.Addr())
		storm.Go(func() {
			if _, err := sock.SendAll(fd, message, 0); err != nil {
				t.Errorf("send: %v", err)
			}
			sock.Shutdown(fd, sock.SHUT_WR)
		})
		wantAnswer(t, fd, message)
		close(done)
		storm.Wait()
	})
}
