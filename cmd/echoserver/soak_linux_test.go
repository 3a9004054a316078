package main_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

var soakTime = flag.Duration("soak", 4*time.Second, "how long TestSoak runs, with all engines and modes in parallel")

// Limits of the server in TestSoak. The descriptor limit is enough for the honest clients, but not for the hostile peers.
const (
	soakDescriptors = 300
	soakMemory      = 8 << 20
	soakMaxMessage  = 2 << 20
)

// soakPatience is the timeout of honest clients, which wait in the queue with hostile peers.
const soakPatience = 3 * time.Minute

// TestSoak runs hostile peers of every kind and some 100 honest clients. No honest client loses a byte or a connection,
// and the server stays within the limits for memory and log lines that its help states. Once all peers have gone, the
// server has no descriptors of theirs, uses no processor time, and exits cleanly at SIGTERM.
//
// The iterative engine serves one client at a time, so any silent client would stop it: it gets only datagrams, and no
// message mode.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		if engine == "iterative" && mode == "message" {
			return
		}
		s := startSoak(t, engine, mode)
		s.run(*soakTime)
		s.wantNothingLeft()
		s.wantQuiet()
		s.wantLittleMemory(engine)
		s.wantEnd()
		s.wantFewLines()
	})
}

// soak is a server under test.
type soak struct {
	*cmdtest.Server
	t     *testing.T
	mode  string
	began time.Time
	files int // how many sockets and files it had open at the start
}

func startSoak(t *testing.T, engine, mode string) *soak {
	t.Helper()
	dir := t.TempDir()
	var listen []string
	if engine != "iterative" {
		listen = append(listen, "tcp4://127.0.0.1:0", "unix://"+dir+"/stream", "unixpacket://"+dir+"/packet")
	}
	if mode == "stream" {
		listen = append(listen, "udp4://127.0.0.1:0", "udp4://0.0.0.0:0", "unixgram://"+dir+"/datagram")
	}
	args := append(listenFlags(listen), "-engine", engine, "-mode", mode, "-idle-timeout", "30s", "-grace", "1m",
		"-max-message", fmt.Sprint(soakMaxMessage), "-spool-memory", fmt.Sprint(soakMemory), "-spool-dir", dir)
	s := &soak{t: t, mode: mode, began: time.Now()}
	s.Server = cmdtest.StartProgram(t, exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, soakDescriptors), "sh",
		cmdtest.Build(t, "echoserver")}, args...)...))
	s.files = len(s.socketsAndFiles())
	return s
}

// run lets all peers use the server for some time. The hostile ones continue until the last honest client is done.
func (s *soak) run(d time.Duration) {
	hostile, endHostile := context.WithCancel(s.t.Context())
	waitHostile := s.attack(hostile)
	honest, endHonest := context.WithTimeout(s.t.Context(), d)
	s.serveHonest(honest)
	endHonest()
	endHostile()
	waitHostile()
}

// addrsOf returns the server's addresses of some networks.
func (s *soak) addrsOf(networks string) (addrs []string) {
	for _, addr := range s.Addrs {
		network, _, _ := strings.Cut(addr, ":")
		if slices.Contains(strings.Fields(networks), network) {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// peerCount counts the rounds of peers of a kind.
type peerCount struct {
	name string
	atomic.Int64
}

// repeat calls a function until it returns false or ctx is done, but at least once.
func (c *peerCount) repeat(ctx context.Context, f func() (goOn bool)) {
	for f() {
		if c.Add(1); ctx.Err() != nil {
			return
		}
	}
}

func (s *soak) logCounts(who string, counts []peerCount) {
	for i := range counts {
		if n := counts[i].Load(); n > 0 {
			s.t.Logf("%s %s: %d", who, counts[i].name, n)
		}
	}
}

// wantNothingLeft waits until the server has no more sockets and spool files than at the start. It keeps pipes for the
// next client. It may first have to accept a long queue of clients that have gone.
func (s *soak) wantNothingLeft() {
	s.t.Helper()
	deadline := time.Now().Add(soakPatience)
	for len(s.socketsAndFiles()) > s.files {
		if time.Now().After(deadline) {
			s.t.Errorf("open sockets and files: %q, want %d as at the start", s.socketsAndFiles(), s.files)
			return
		}
		sock.Poll(nil, 10)
	}
}

// socketsAndFiles returns the sockets and unlinked files that the server has open: proc(5), /proc/PID/fd.
func (s *soak) socketsAndFiles() (names []string) {
	s.t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.Cmd.Process.Pid))
	must(s.t, err)
	for _, link := range links {
		name, err := os.Readlink(link)
		if err == nil && (strings.HasPrefix(name, "socket:") || strings.HasSuffix(name, " (deleted)")) {
			names = append(names, name)
		}
	}
	return names
}

// wantQuiet waits for a second in which the server uses at most one clock tick of processor time, for Go's runtime. A
// server that spins never has such a second.
func (s *soak) wantQuiet() {
	s.t.Helper()
	const tick = 10 * time.Millisecond
	deadline := time.Now().Add(cmdtest.Patience)
	for {
		before := cpuTime(s.t, s.Server)
		time.Sleep(time.Second) // the time over which it could be busy
		used := cpuTime(s.t, s.Server) - before
		if used <= tick {
			return
		}
		if time.Now().After(deadline) {
			s.t.Errorf("%v of processor time in a second without peers, want at most one tick", used)
			return
		}
	}
}

// wantLittleMemory checks the server's peak memory: the program's own, a little per client, and -spool-memory, which
// garbage collection may double. In engines with a goroutine or thread per client, clients also share 64 buffers. The
// hostile peers send more than all that without receiving.
func (s *soak) wantLittleMemory(engine string) {
	s.t.Helper()
	if raceEnabled {
		return // the race detector needs several times the memory
	}
	const program, client, buffers = 64 << 20, 32 << 10, 64 * 256 << 10
	heap := soakMemory
	if engine != "epoll" {
		heap += buffers
	}
	most := program + soakDescriptors*client + 2*heap
	if peak := memoryOf(s.t, s.Server, "VmHWM:"); peak > most {
		s.t.Errorf("the server had %d MiB of memory, want at most %d MiB", peak>>20, most>>20)
	} else {
		s.t.Logf("the server had %d MiB of memory, and may have %d MiB", peak>>20, most>>20)
	}
}

func (s *soak) wantEnd() {
	s.t.Helper()
	if state := s.Stop(syscall.SIGTERM); state.ExitCode() != 0 || strings.Contains(s.Stderr(), "grace period over") {
		s.t.Errorf("exit code = %d, want 0 before the grace period is over; log:\n%s", state.ExitCode(), s.Stderr())
	}
	if active := counted(s.t, s.Server, "active"); active != 0 {
		s.t.Errorf("counters: active=%d, want 0", active)
	}
}

// wantFewLines checks that the server logged at most 20 lines per kind, listener and second.
func (s *soak) wantFewLines() {
	s.t.Helper()
	most := 20 * (int(time.Since(s.began)/time.Second) + 1)
	counts := map[string]int{}
	for line := range strings.Lines(s.Stderr()) {
		kind := ""
		for _, match := range lineKindAndListener.FindAllString(line, -1) {
			kind += match
		}
		counts[kind]++
	}
	for kind, n := range counts {
		if n > most {
			s.t.Errorf("%d lines logged, want at most %d:%s", n, most, kind)
		}
	}
}

// lineKindAndListener matches the fields of a log line that identify its kind and listener.
var lineKindAndListener = regexp.MustCompile(` (msg|like|listener)=("[^"]*"|\S+)`)

// somePattern returns part of the pattern that all messages of the soak test consist of.
func somePattern(n int) []byte {
	p := soakPattern()
	begin := rand.IntN(len(p) - n + 1)
	return p[begin : begin+n]
}

var soakPattern = sync.OnceValue(func() []byte { return pattern(4 << 20) })
