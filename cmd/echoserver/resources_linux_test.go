package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// At the descriptor limit a server keeps its clients, leaves others in the queue, and accepts them in order as clients
// leave.
// Bulk is echoed without pipes there.
func TestDescriptorLimit(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) {
			for name, addr := range map[string]string{"tcp": "tcp://127.0.0.1:0", "unix": "unix://" + t.TempDir() + "/stream"} {
				t.Run(name, func(t *testing.T) { descriptorLimit(t, "-engine", engine, "-mode", mode, "-listen", addr) })
			}
		})
	})
}

func descriptorLimit(t *testing.T, args ...string) {
	const clients = 100
	message := pattern(300 << 10)
	server := startLimited(t, 64, args...)
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
		send(t, fds[i], message[i:i+1])
	}
	server.WaitLog("EMFILE")
	waitServed(t, server)
	wantCalm(t, server)
	for i, fd := range fds {
		sent := sendToEnd(t, fd, message[i+1:])
		wantAnswer(t, fd, message[i:])
		sent()
	}
	if n := strings.Count(server.Stderr(), "clients wait in the queue"); n != 1 {
		t.Errorf("%d lines about clients that wait, want one:\n%s", n, server.Stderr())
	}
}

// startLimited starts a server with a limit of descriptors.
func startLimited(t *testing.T, limit int, args ...string) *cmdtest.Server {
	t.Helper()
	return cmdtest.StartProgram(t, exec.Command("sh", append([]string{"-c", fmt.Sprintf("ulimit -n %d; exec \"$@\"", limit), "sh",
		cmdtest.Build(t, "echoserver")}, args...)...))
}

// waitServed waits until a server with one listener has received a byte from each client that it has accepted.
func waitServed(t *testing.T, server *cmdtest.Server) (clients int) {
	t.Helper()
	deadline := time.Now().Add(cmdtest.Patience)
	for n := 1; ; n++ {
		server.Signal(syscall.SIGUSR1)
		server.WaitLogs(" spooled=", n) // the last field of the line
		counts := activeReceived.FindAllStringSubmatch(server.Stderr(), -1)
		if last := counts[len(counts)-1]; last[1] == last[2] && last[1] != "0" {
			clients, _ = strconv.Atoi(last[1])
			return clients
		} else if time.Now().After(deadline) {
			t.Fatalf("%s bytes received from %s clients, want one from each", last[2], last[1])
		}
	}
}

var activeReceived = regexp.MustCompile(`msg=counters .* active=(\d+) received=(\d+) `)

// wantCalm fails if a server at its limit spins. Work for the clients that it already has isn't counted.
func wantCalm(t *testing.T, server *cmdtest.Server) {
	t.Helper()
	waitForState(t, server, "S")
	before := cpuTime(t, server)
	time.Sleep(300 * time.Millisecond) // the time over which it could spin
	if spent := cpuTime(t, server) - before; spent > 100*time.Millisecond {
		t.Errorf("the server spent %v of processor time in 300 ms at the limit, want at most 100ms", spent)
	}
}

// cpuTime returns the processor time that a server has used: proc(5), utime and stime of /proc/PID/stat.
func cpuTime(t *testing.T, server *cmdtest.Server) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", server.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	var ticks int
	for _, field := range strings.Fields(fields)[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// A client beyond -max-conns waits, costs nothing, and is served when another leaves.
func TestMaxConns(t *testing.T) {
	t.Parallel()
	const most, clients = 3, 10
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-max-conns", fmt.Sprint(most), "-v", "-listen", "tcp://127.0.0.1:0", "-listen", "tcp://127.0.0.1:0")
		fds := make([]int, clients)
		for i := range fds {
			fds[i] = dial(t, server.Addrs[i%2])
		}
		if engine != "iterative" {
			server.WaitLog("-max-conns")
			wantCalm(t, server)
			server.Signal(syscall.SIGUSR1)
			server.WaitLog("listener=" + server.Addrs[1] + " accepted=")
			if active := counted(t, server, "active"); active != most {
				t.Errorf("active=%d, want %d", active, most)
			}
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

// With a small buffer a stream comes back in small pieces, and completely.
func TestBuffer(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode, "-buffer", "7")...)
		for _, addr := range server.Addrs {
			wantEcho(t, addr, pattern(1000))
		}
	})
}

// The server can use all descriptors for connections, and needs less than 1 KiB of memory for each.
func TestManyConnections(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("makes 19,900 connections: not with -short or the race detector")
	}
	const connections = 19_900
	if limit, err := fdutil.Limit(); err != nil || limit < connections+90 {
		t.Skipf("needs %d descriptors, and the limit is %d", connections+90, limit)
	}
	server := cmdtest.Start(t, "-engine", "epoll", "-listen", "tcp://127.0.0.1:0")
	wantEcho(t, server.Addr(), []byte("warm"))
	before := residentMemory(t, server)
	fds := make([]int, connections)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
	}
	message, answer := []byte("Hello, world"), make([]byte, 12)
	for range 2 {
		for _, fd := range fds {
			send(t, fd, message)
		}
		for i, fd := range fds {
			if n, err := sock.RecvFull(fd, answer); err != nil || string(answer) != string(message) {
				t.Fatalf("connection %d: RecvFull = %q, %v; want %q", i, answer[:n], err, message)
			}
		}
	}
	each := (residentMemory(t, server) - before) / connections
	t.Logf("%d bytes of memory per connection", each)
	if each >= 1024 {
		t.Errorf("%d bytes of memory per connection, want less than 1024", each)
	}
	for _, fd := range fds {
		shutdown(t, fd)
	}
	for _, fd := range fds {
		wantAnswer(t, fd, nil)
	}
	if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
		t.Errorf("exit code = %d, want 0; log:\n%s", state.ExitCode(), server.Stderr())
	}
}

// residentMemory returns a server's resident memory in bytes.
func residentMemory(t *testing.T, server *cmdtest.Server) int { return memoryOf(t, server, "VmRSS:") }

// memoryOf returns a field of proc(5), /proc/PID/status, in bytes.
func memoryOf(t *testing.T, server *cmdtest.Server, field string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), field)
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
