//go:build linux

package interop_test

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/sock"

	"github.com/redis/go-redis/v9"
)

// startRedis starts a server of Redis, which serves TCP and a unix socket until the test ends.
func startRedis(t *testing.T) (tcp, unix string) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server isn't installed")
	}
	tcp, unix = reserve(t), filepath.Join(t.TempDir(), "redis")
	_, port, _ := net.SplitHostPort(tcp)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--unixsocket", unix, "--save", "", "--dir", t.TempDir())
	output, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines, said := bufio.NewScanner(output), ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() {
				for lines.Scan() {
				}
			}()
			return tcp, unix
		}
	}
	t.Fatal("redis-server ended:", said)
	return
}

// reserve finds a port for a server that can't choose one. A socket stays bound to it, so that the kernel gives it to no one
// else; a server with SO_REUSEADDR may listen there nevertheless, since this socket doesn't: socket(7).
func reserve(t *testing.T) (address string) {
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	check(t, err)
	t.Cleanup(func() { sock.Close(fd) })
	check(t, sock.Setsockopt(fd, sock.SO_REUSEADDR, true))
	check(t, sock.Bind(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	sa, err := sock.Getsockname(fd)
	check(t, err)
	return sa.String()
}

func TestRedis(t *testing.T) {
	tcp, unix := startRedis(t)
	for network, address := range map[string]string{"tcp": tcp, "unix": unix} {
		t.Run(network, func(t *testing.T) {
			client := redis.NewClient(&redis.Options{Network: network, Addr: address, Dialer: ours.dial, ContextTimeoutEnabled: true})
			t.Cleanup(func() { client.Close() })
			for _, size := range []int{0, 5 << 10, 1 << 20} {
				sent := content(size)
				check(t, client.Set(t.Context(), "key", sent, 0).Err())
				received, err := client.Get(t.Context(), "key").Bytes()
				check(t, err)
				checkEcho(t, sent, received)
			}

			replies, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
				for i := range 100 {
					p.Set(t.Context(), strconv.Itoa(i), i, 0)
				}
				return nil
			})
			if len(replies) != 100 || err != nil {
				t.Errorf("%d replies, %v, want 100", len(replies), err)
			}

			subscription := client.Subscribe(t.Context(), "channel")
			t.Cleanup(func() { subscription.Close() })
			_, err = subscription.Receive(t.Context())
			check(t, err)
			check(t, client.Publish(t.Context(), "channel", "hello").Err())
			message, err := subscription.ReceiveMessage(t.Context())
			check(t, err)
			checkEcho(t, []byte("hello"), []byte(message.Payload))

			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			if err := client.BLPop(ctx, 0, "empty").Err(); !isTimeout(err) {
				t.Errorf("BLPop at its deadline: %v, want a timeout", err)
			}
		})
	}
}
