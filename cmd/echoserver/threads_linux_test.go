package main_test

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
)

// The threads engine must stop accepting before Go kills the process, at 10,000 threads.
func TestThreadLimit(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("creates 4,200 threads: not with -short or the race detector")
	}
	server := cmdtest.Start(t, "-engine", "threads", "-listen", "tcp://127.0.0.1:0")
	wantInTurn(t, server, 4200)
}

// wantInTurn connects more clients than the server has threads, and checks that each is served.
func wantInTurn(t *testing.T, server *cmdtest.Server, clients int) {
	t.Helper()
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
	}
	server.WaitLog("all threads are busy")
	wantAnswers(t, fds)
}

// wantAnswers has each client send a byte, and checks that each gets it back.
func wantAnswers(t *testing.T, fds []int) {
	t.Helper()
	for _, fd := range fds {
		send(t, fd, []byte("x"))
		shutdown(t, fd)
	}
	for _, fd := range fds {
		wantAnswer(t, fd, []byte("x"))
	}
}

// If the system limits threads to few, the engine creates no more.
func TestFewThreads(t *testing.T) {
	t.Parallel()
	ordinary := []string{"--nproc=60", "setpriv", "--reuid", "61234", // who has no other processes
		"--clear-groups", "--bounding-set", "-all"}
	tests := []struct {
		name    string
		command func(t *testing.T, server ...string) *exec.Cmd
	}{
		{"RLIMIT_NPROC", func(t *testing.T, server ...string) *exec.Cmd {
			socktest.NeedUsers(t) // root has no limit of threads
			return exec.Command("prlimit", slices.Concat(ordinary, server)...)
		}},
		{"RLIMIT_NPROC, and root in a user namespace", func(t *testing.T, server ...string) *exec.Cmd {
			socktest.NeedUsers(t)
			unshare := append(slices.Clone(ordinary), "unshare", "--user", "--map-root-user")
			if out, err := exec.Command("prlimit", append(unshare, "true")...).CombinedOutput(); err != nil {
				t.Skipf("cannot create a user namespace here: %v: %s", err, out)
			}
			return exec.Command("prlimit", append(unshare, server...)...)
		}},
		{"a control group's pids", func(t *testing.T, server ...string) *exec.Cmd {
			return inGroup(controlGroup(t, "pids", []string{"pids.max"}, 60), server...)
		}},
		{"a control group's memory", func(t *testing.T, server ...string) *exec.Cmd {
			if raceEnabled {
				t.Skip("the race detector needs several times the memory")
			}
			return inGroup(memoryGroup(t, 40<<20), server...)
		}},
		{"RLIMIT_AS", func(t *testing.T, server ...string) *exec.Cmd {
			if raceEnabled || strconv.IntSize == 32 {
				t.Skip("the race detector needs terabytes of address space, and a 32-bit program never reaches the limit")
			}
			return exec.Command("prlimit", append([]string{"--as=3221225472"}, server...)...)
		}},
		{"RLIMIT_DATA", func(t *testing.T, server ...string) *exec.Cmd {
			if raceEnabled || strconv.IntSize == 32 {
				t.Skip("the race detector needs more memory, and a 32-bit program has threads for all clients")
			}
			return exec.Command("prlimit", append([]string{"--data=400000000"}, server...)...)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := cmdtest.StartProgram(t, tt.command(t, cmdtest.Build(t, "echoserver"), "-engine", "threads", "-listen", "tcp://127.0.0.1:0"))
			wantInTurn(t, server, 1000)
		})
	}
}

// Two servers in a control group leave threads for each other, and neither ends for want of one.
func TestFewThreadsForTwo(t *testing.T) {
	t.Parallel()
	const clients = 80
	group := controlGroup(t, "pids", []string{"pids.max"}, 100)
	var servers [2]*cmdtest.Server
	for i := range servers {
		servers[i] = cmdtest.StartProgram(t, inGroup(group, cmdtest.Build(t, "echoserver"), "-engine", "threads", "-listen", "tcp://127.0.0.1:0"))
	}
	fds := make([]int, clients*len(servers))
	for i := range fds {
		fds[i] = dial(t, servers[i%len(servers)].Addr())
	}
	for _, server := range servers {
		server.WaitLog("all threads are busy")
	}
	wantAnswers(t, fds)
}

// When the server must stop, clients that wait for a thread are still served.
func TestFewThreadsAtTheEnd(t *testing.T) {
	t.Parallel()
	group := controlGroup(t, "pids", []string{"pids.max"}, 40)
	server := cmdtest.StartProgram(t, inGroup(group, cmdtest.Build(t, "echoserver"), "-engine", "threads", "-grace", "1m", "-listen", "tcp://127.0.0.1:0"))
	fds := make([]int, 60)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
	}
	server.WaitLog("all threads are busy")
	server.Signal(syscall.SIGTERM)
	server.WaitLog("msg=stopping")
	waitRefused(t, server.Addr()) // then it has accepted all of them
	wantAnswers(t, fds)
}

// Little address space limits threads, and not goroutines.
func TestGoroutinesInLittleAddressSpace(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("the race detector needs terabytes of address space")
	}
	server := cmdtest.StartProgram(t, exec.Command("prlimit", "--as=2147483648", cmdtest.Build(t, "echoserver"), "-engine", "goroutines", "-listen", "tcp://127.0.0.1:0"))
	for range 50 {
		fd := dial(t, server.Addr())
		send(t, fd, []byte("x"))
		receive(t, fd, []byte("x"))
	}
}

// The engine goroutines has as many clients as fit into the memory that a control group allows. The others wait in the queue.
func TestGoroutinesInLittleMemory(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("connects 4,000 clients, and the race detector needs several times the memory: not with -short or the race detector")
	}
	const clients = 4000
	if text, err := os.ReadFile("/proc/sys/net/core/somaxconn"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n < clients {
			t.Skipf("a queue has at most %d clients here", n)
		}
	}
	server := cmdtest.StartProgram(t, inGroup(memoryGroup(t, 24<<20), cmdtest.Build(t, "echoserver"), "-engine", "goroutines", "-listen", "tcp://127.0.0.1:0"))
	fds := make([]int, clients)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
	}
	server.WaitLog("the memory limit allows no more clients")
	wantAnswers(t, fds)
}

// The other engines don't need a thread per client, even while they write to files.
func TestFewThreadsForMany(t *testing.T) {
	t.Parallel()
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

// With little address space, the other engines serve a client per descriptor, and keep pending bytes in files.
func TestLittleAddressSpace(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("the race detector needs terabytes of address space")
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
