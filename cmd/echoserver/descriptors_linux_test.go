package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// After clients that send much and read slowly, the server keeps no descriptors that others need.
func TestPipesGiveWay(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := startLimited(t, 43, "-engine", engine, "-listen", "unix://"+t.TempDir()+"/stream")
		slowBulk(t, server, 12)
		fds := make([]int, 24)
		for i := range fds {
			fds[i] = dial(t, server.Addr())
			send(t, fds[i], []byte("x"))
			receive(t, fds[i], []byte("x"))
		}
	})
}

// The server keeps a few of the pipes that bulk needs for the next client.
func TestFewFreePipes(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-listen", "unix://"+t.TempDir()+"/stream")
		before := len(openFiles(t, server))
		slowBulk(t, server, 12)
		if n := len(openFiles(t, server)); n > before+2*max(4, runtime.NumCPU()) {
			t.Errorf("%d descriptors are open, want at most %d", n, before+2*max(4, runtime.NumCPU()))
		}
	})
}

// slowBulk runs clients at the same time that read only when the server can't send any more.
func slowBulk(t *testing.T, server *cmdtest.Server, clients int) {
	t.Helper()
	message := pattern(2 << 20)
	fds, sent := make([]int, clients), make([]func(), clients)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
		sent[i] = sendToEnd(t, fds[i], message)
		waitFullQueue(t, fds[i])
	}
	for i, fd := range fds {
		wantAnswer(t, fd, message)
		sent[i]()
	}
}

// openFiles returns what a server's descriptors refer to: proc(5), /proc/PID/fd.
func openFiles(t *testing.T, server *cmdtest.Server) (what []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", server.Cmd.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if link, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil { // unless it was closed meanwhile
			what = append(what, link)
		}
	}
	return what
}

// At the descriptor limit, connected clients get back what they sent, even from files.
func TestSpoolAtDescriptorLimit(t *testing.T) {
	t.Parallel()
	forEachConcurrent(t, func(t *testing.T, engine string) {
		forEachMode(t, func(t *testing.T, mode string) {
			for _, addr := range []string{"tcp://127.0.0.1:0", "unix://" + t.TempDir() + "/stream", "unixpacket://" + t.TempDir() + "/packet"} {
				transport, _, _ := strings.Cut(addr, ":")
				t.Run(transport, func(t *testing.T) {
					spoolAtDescriptorLimit(t, "-engine", engine, "-mode", mode, "-spool-memory", "0", "-spool-dir", t.TempDir(), "-listen", addr)
				})
			}
		})
	})
}

func spoolAtDescriptorLimit(t *testing.T, args ...string) {
	server := startLimited(t, 64, args...)
	message := pattern(8 << 20)
	fds := make([]int, 100)
	for i := range fds {
		fds[i] = dial(t, server.Addr())
		send(t, fds[i], message[:1])
	}
	server.WaitLog("EMFILE")
	fds = fds[:waitServed(t, server)]
	// No client reads before all have sent as much as the server accepts without that.
	sent := make([]int, len(fds))
	for i, fd := range fds {
		sent[i] = 1
		for sent[i] < 300<<10 {
			n, err := sock.Send(fd, message[sent[i]:][:30_000], sock.MSG_DONTWAIT)
			if err == sock.EAGAIN && !waitWritable(fd) {
				break
			}
			if err != nil && err != sock.EAGAIN {
				t.Fatalf("client %d: Send after %d bytes: %v", i, sent[i], err)
			}
			sent[i] += n
		}
	}
	for i, fd := range fds {
		shutdown(t, fd)
		wantAnswer(t, fd, message[:sent[i]])
	}
}

// waitWritable waits until the server has received some of a client's bytes, or long enough to know that it won't.
func waitWritable(fd int) bool {
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 50) })
	return n > 0 && err == nil
}

// If clients need the descriptor of an event loop's ring, the loop closes the ring until half of the clients have gone.
func TestRingGivesWay(t *testing.T) {
	needRing(t)
	t.Setenv("GOMAXPROCS", "1") // one loop
	server := startLimited(t, 64, "-listen", "tcp://127.0.0.1:0")
	wantRings := func(want int) {
		t.Helper()
		if n := strings.Count(strings.Join(openFiles(t, server), " "), "[io_uring]"); n != want {
			t.Errorf("%d rings are open, want %d", n, want)
		}
	}
	wantRings(1)
	fds := connected(t, server, 20)
	wantRings(1)
	for range 50 {
		fds = append(fds, dial(t, server.Addr()))
	}
	server.WaitLog("EMFILE")
	wantRings(0)
	for _, fd := range fds {
		shutdown(t, fd)
	}
	server.WaitLog("no client waits in the queue any more")
	for range 2 { // the second client is served after the first has gone
		wantEcho(t, server.Addr(), []byte("x"))
	}
	wantRings(1)
}

// However low the descriptor limit, a server serves a client, or logs in one line that it can't.
func TestTinyDescriptorLimit(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		served := false
		for limit := 6; limit < 24; limit++ {
			ok := servesWith(t, limit, engine)
			if served && !ok {
				t.Errorf("the server fails with a limit of %d descriptors and worked with %d", limit, limit-1)
			}
			served = ok
		}
		if !served {
			t.Error("the server fails with every limit below 24 descriptors")
		}
	})
}

func servesWith(t *testing.T, limit int, engine string) bool {
	t.Helper()
	cmd := exec.Command("sh", "-c", fmt.Sprintf("ulimit -n %d; exec \"$@\"", limit), "sh",
		cmdtest.Build(t, "echoserver"), "-engine", engine, "-listen", "tcp://127.0.0.1:0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	if _, addr, ok := strings.Cut(strings.TrimSpace(line), "listening on "); ok {
		for range 3 {
			wantEcho(t, addr, []byte("one at a time"))
		}
		return true
	}
	if err := cmd.Wait(); err == nil || strings.Count(stderr.String(), "\n") != 1 || !strings.HasPrefix(stderr.String(), "echoserver: ") {
		t.Errorf("with a limit of %d descriptors: %v, standard error %q; want one line", limit, err, stderr.String())
	}
	return false
}

// Even with many cores, the event loops leave descriptors for clients at a low limit.
func TestManyLoops(t *testing.T) {
	t.Setenv("GOMAXPROCS", "64")
	server := startLimited(t, 64, "-engine", "epoll", "-listen", "tcp://127.0.0.1:0")
	for range 20 {
		fd := dial(t, server.Addr())
		send(t, fd, []byte("x"))
		receive(t, fd, []byte("x"))
	}
}
