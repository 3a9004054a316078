//go:build unix

package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// A textbook's server and client in Python.
const (
	pythonServer = `
import socket
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(10)
print("listening on tcp://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    message = b""
    while True:
        chunk = client.recv(2048)
        if not chunk:
            break
        message += chunk
    client.sendall(message)
    client.close()
`
	pythonClient = `
import socket, sys
server = socket.create_connection((sys.argv[1], int(sys.argv[2])))
server.sendall(sys.stdin.buffer.read())
server.shutdown(socket.SHUT_WR)
while True:
    chunk = server.recv(2048)
    if not chunk:
        break
    sys.stdout.buffer.write(chunk)
`
)

func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s isn't installed", program)
	}
	if program != "nc" {
		return
	}
	if version, _ := exec.Command("nc", "-h").CombinedOutput(); !bytes.Contains(version, []byte("OpenBSD")) {
		t.Skip("needs OpenBSD's nc, the only one that can shut down its writing side")
	}
}

func TestPythonServer(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	addr := cmdtest.StartProgram(t, exec.Command("python3", "-c", pythonServer)).Addr()
	for _, size := range []int{0, 1, 300_000} {
		input := random(size)
		expect(t, client(t, bytes.NewReader(input), addr), exitOK, string(input), "")
	}
}

// engines returns the engines that the server names in an error message.
func engines(t testing.TB) []string {
	t.Helper()
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoserver"), "-engine", "none").Stderr
	list := regexp.MustCompile(`want (.*) or (.*) \(see`).FindStringSubmatch(got)
	if list == nil {
		t.Fatalf("echoserver -engine none printed %q, want a list of engines in it", got)
	}
	return append(strings.Split(list[1], ", "), list[2])
}

// others are other clients that send standard input to a server, and print the reply.
var others = []struct {
	name string
	size int
	args []string
}{
	{"python", 100_000, []string{"python3", "-c", pythonClient, "{host}", "{port}"}},
	{"nc tcp", 100_000, []string{"nc", "-N", "{host}", "{port}"}},
	{"nc unix", 100_000, []string{"nc", "-N", "-U", "{path}"}},
	{"socat tcp", 100_000, []string{"socat", "-t10", "-", "TCP:{host}:{port}"}},
	{"socat unix", 100_000, []string{"socat", "-t10", "-", "UNIX-CONNECT:{path}"}},
	// A datagram socket has no end of stream: this client stops when it has received as many bytes as it sent.
	{"socat udp", 1000, []string{"socat", "-t10", "-", "UDP:{host}:{udpport},readbytes=1000"}},
}

func TestOtherClients(t *testing.T) {
	t.Parallel()
	for _, engine := range engines(t) {
		for _, mode := range []string{"stream", "message"} {
			t.Run(engine+" "+mode, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "s")
				server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0", "-listen", "unix://"+path)
				datagrams := cmdtest.Start(t, "-engine", engine, "-listen", "udp://127.0.0.1:0") // UDP has no message mode
				place := strings.NewReplacer("{host}", "127.0.0.1", "{path}", path,
					"{port}", strings.TrimPrefix(server.Addrs[0], "tcp://127.0.0.1:"),
					"{udpport}", strings.TrimPrefix(datagrams.Addr(), "udp://127.0.0.1:"))
				for _, other := range others {
					t.Run(other.name, func(t *testing.T) {
						need(t, other.args[0])
						args := make([]string, len(other.args))
						for i, arg := range other.args {
							args[i] = place.Replace(arg)
						}
						input := random(other.size)
						expect(t, cmdtest.Run(t, bytes.NewReader(input), args[0], args[1:]...), 0, string(input), "")
					})
				}
			})
		}
	}
}

func TestSocatServer(t *testing.T) {
	t.Parallel()
	need(t, "socat")
	path := filepath.Join(t.TempDir(), "s")
	for _, listen := range []string{"TCP-LISTEN:0,bind=127.0.0.1", "UNIX-LISTEN:" + path} {
		t.Run(listen, func(t *testing.T) {
			// socat logs its address: AF=2 127.0.0.1:PORT.
			server := cmdtest.StartProgram(t, exec.Command("sh", "-c", `exec "$0" "$@" 2>&1`, "socat", "-d", "-d", "-t10", listen+",fork", "EXEC:cat"))
			addr := "unix://" + path
			if port, ok := strings.CutPrefix(server.Addr(), "AF=2 "); ok {
				addr = "tcp://" + port
			}
			for _, size := range []int{0, 1, 5 << 20} {
				input := random(size)
				expect(t, client(t, bytes.NewReader(input), addr), exitOK, string(input), "")
			}
		})
	}
}
