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
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// At the descriptor limit a server keeps those it has, leaves the others in the queue, and takes them as others go, in the
// order in which they came. Bulk finds no pipes there.
func TestDescriptorLimit(t *testing.T) {
	forEachConcurrent(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) {
			for name, addr := range map[string]string{"tcp": "tcp://127.0.0.1:0", "unix": "unix://" + t.TempDir() + "/stream"} {
				t.Run(name, func(t *testing.T) { descriptorLimit(t, "-engine", engine, "-mode", mode, "-listen", addr) })
			}
		})
	})
}

func descriptorLimit(t *testing.T, args ...string) {
	const limit, clients = 64, 100
	message := pattern(300 << 10)
	server := cmdtest.StartProgram(t, exec.Command("sh", append([]string{"-c", fmt.Sprintf("ulimit -n %d; exec \"$@\"", limit), "sh",
		cmdtest.Build(t, "echoserver")}, args...)...))
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
}

// waitServed waits until a server with one listener has received a byte from each client that it has accepted.
func waitServed(t *testing.T, server *cmdtest.Server) {
	t.Helper()
	deadline := time.Now().Add(cmdtest.Patience)
	for n := 1; ; n++ {
		server.Signal(syscall.SIGUSR1)
		server.WaitLogs(" spooled=", n) // the end of its line
		counts := activeReceived.FindAllStringSubmatch(server.Stderr(), -1)
		if last := counts[len(counts)-1]; last[1] == last[2] && last[1] != "0" {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("of %s clients, %s are served", last[1], last[2])
		}
	}
}

var activeReceived = regexp.MustCompile(`msg=counters .* active=(\d+) received=(\d+) `)

// wantCalm fails where a server that is at its limit spins. What it does for those it has already isn't counted.
func wantCalm(t *testing.T, server *cmdtest.Server) {
	t.Helper()
	waitForState(t, server, "S")
	before := cpuTime(t, server)
	time.Sleep(300 * time.Millisecond) // the time over which it could spin
	if spent := cpuTime(t, server) - before; spent > 100*time.Millisecond {
		t.Errorf("%v of processor time in 300 ms at the limit", spent)
	}
}

// cpuTime is the processor time that a server has used: proc(5), utime and stime of /proc/PID/stat.
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

// The threads engine must stop before Go kills the process, at 10,000 threads.
func TestThreadLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 4,200 threads")
	}
	server := cmdtest.Start(t, "-engine", "threads", "-listen", "tcp://127.0.0.1:0")
	wantInTurn(t, server, 4200)
}

// wantInTurn connects more clients than there are threads, and has each of them served.
func wantInTurn(t *testing.T, server *cmdtest.Server, clients int) {
	t.Helper()
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
	}
	server.WaitLog("all threads are busy")
	for _, fd := range fds {
		send(t, fd, []byte("x"))
		shutdown(t, fd)
	}
	for _, fd := range fds {
		wantAnswer(t, fd, []byte("x"))
	}
}

// Where the system allows few threads, the engine takes no more.
func TestFewThreads(t *testing.T) {
	tests := []struct {
		name    string
		command func(t *testing.T, server ...string) *exec.Cmd
	}{
		{"RLIMIT_NPROC", func(t *testing.T, server ...string) *exec.Cmd {
			socktest.NeedUsers(t) // root's threads are not counted
			return exec.Command("prlimit", append([]string{"--nproc=60", "setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set", "-all"}, server...)...)
		}},
		{"a control group's pids", func(t *testing.T, server ...string) *exec.Cmd {
			return inGroup(controlGroup(t, "pids", []string{"pids.max"}, 60), server...)
		}},
		{"a control group's memory", func(t *testing.T, server ...string) *exec.Cmd {
			if raceEnabled {
				t.Skip("the race detector takes several times as much")
			}
			return inGroup(memoryGroup(t, 40<<20), server...)
		}},
		{"RLIMIT_AS", func(t *testing.T, server ...string) *exec.Cmd {
			if raceEnabled || strconv.IntSize == 32 {
				t.Skip("the race detector takes terabytes of address space, and a 32-bit program can't have as much as the limit")
			}
			return exec.Command("prlimit", append([]string{"--as=3221225472"}, server...)...)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := cmdtest.StartProgram(t, tt.command(t, cmdtest.Build(t, "echoserver"), "-engine", "threads", "-listen", "tcp://127.0.0.1:0"))
			wantInTurn(t, server, 1000)
		})
	}
}

// The other engines need no thread for each client, also while they write to files.
func TestFewThreadsForMany(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector has threads of its own")
	}
	const clients = 300
	message := pattern(200 << 10)
	for _, engine := range []string{"goroutines", "epoll"} {
		t.Run(engine, func(t *testing.T) {
			forEachMode(t, func(t *testing.T, mode string) {
				group := controlGroup(t, "pids", []string{"pids.max"}, 40)
				server := cmdtest.StartProgram(t, inGroup(group, cmdtest.Build(t, "echoserver"), "-engine", engine, "-mode", mode,
					"-spool-memory", "0", "-spool-dir", t.TempDir(), "-listen", "tcp://127.0.0.1:0"))
				fds, sent := make([]int, clients), make([]func(), clients)
				for i := range fds {
					fds[i] = dial(t, server.Addr())
					sent[i] = sendToEnd(t, fds[i], message)
				}
				for i, fd := range fds {
					wantAnswer(t, fd, message)
					sent[i]()
				}
			})
		})
	}
}

// In little address space, the other engines serve as many as there are descriptors, and put what they owe them into files.
func TestLittleAddressSpace(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes terabytes of address space")
	}
	server := cmdtest.StartProgram(t, exec.Command("prlimit", "--as=3221225472",
		cmdtest.Build(t, "echoserver"), "-engine", "epoll", "-mode", "message", "-listen", "unix://"+t.TempDir()+"/stream"))
	fds := make([]int, 500)
	message := pattern(256 << 10)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
		send(t, fds[i], message)
	}
	for _, fd := range fds {
		shutdown(t, fd)
		wantAnswer(t, fd, message)
	}
}

// Who comes when -max-conns are connected waits, costs nothing, and is served in turn.
func TestMaxConns(t *testing.T) {
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
				t.Errorf("%d are connected, want %d", active, most)
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

// With a small buffer a stream comes back in small pieces, and whole.
func TestBuffer(t *testing.T) {
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, append(listenFlags(connections(t)), "-engine", engine, "-mode", mode, "-buffer", "7")...)
		for _, addr := range server.Addrs {
			wantEcho(t, addr, pattern(1000))
		}
	})
}

// As many connections as there are descriptors, each of them echoed, at less than 1 KiB of the server's memory.
func TestManyConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 19,900 connections")
	}
	const connections = 19_900
	if limit, err := fdutil.Limit(); err != nil || limit < connections+90 {
		t.Skipf("takes %d descriptors, and the limit is %d", connections+90, limit)
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
				t.Fatalf("connection %d: received %q, %v", i, answer[:n], err)
			}
		}
	}
	each := (residentMemory(t, server) - before) / connections
	t.Logf("%d bytes of memory a connection", each)
	if each >= 1024 && !raceEnabled {
		t.Errorf("%d bytes of memory a connection, want less than 1024", each)
	}
	for _, fd := range fds {
		shutdown(t, fd)
	}
	for _, fd := range fds {
		wantAnswer(t, fd, nil)
	}
	if state := server.Stop(syscall.SIGTERM); state.ExitCode() != 0 {
		t.Errorf("exit code %d: %s", state.ExitCode(), server.Stderr())
	}
}

// residentMemory is VmRSS of proc(5) in bytes.
func residentMemory(t *testing.T, server *cmdtest.Server) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
