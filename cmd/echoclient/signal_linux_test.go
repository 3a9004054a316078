package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
)

// A signal ends a conversation and -doctor at once, and the exit status shows the signal as with other programs.
// The file of -source is removed.
func TestSignalEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, network := range []string{"unixgram", "udp4"} {
		for _, mode := range []string{"Hello", "-doctor"} {
			for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
				t.Run(fmt.Sprint(network, " ", mode, " ", sig), func(t *testing.T) {
					place, source := filepath.Join(dir, "server"), filepath.Join(dir, "client")
					if network == "udp4" {
						place, source = "127.0.0.1:0", "127.0.0.1"
					}
					conn, err := net.ListenPacket(network, place)
					check(t, err)
					defer conn.Close()
					defer os.Remove(place)
					cmd, _, stderr := start(t, "-addr", network+"://"+conn.LocalAddr().String(), "-source", source, "-timeout", "1h", mode)
					check(t, conn.SetReadDeadline(time.Now().Add(cmdtest.Patience)))
					_, _, err = conn.ReadFrom(make([]byte, 100))
					check(t, err)
					check(t, cmd.Process.Signal(sig))
					cmd.Wait()
					if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != sig || stderr.Len() > 0 {
						t.Errorf("the client ended with %v, standard error %q; want %v", cmd.ProcessState, stderr, sig)
					}
					if _, err := os.Lstat(source); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("%s still exists", source)
					}
				})
			}
		}
	}
}

// Signals that make Go print its stacks leave no file behind either.
func TestSignalWithStacks(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			place, source := filepath.Join(t.TempDir(), "server"), filepath.Join(t.TempDir(), "client")
			conn, err := net.ListenPacket("unixgram", place)
			check(t, err)
			defer conn.Close()
			cmd, _, stderr := start(t, "-addr", "unixgram://"+place, "-source", source, "-timeout", "1h", "Hello")
			check(t, conn.SetReadDeadline(time.Now().Add(cmdtest.Patience)))
			_, _, err = conn.ReadFrom(make([]byte, 100))
			check(t, err)
			check(t, cmd.Process.Signal(sig))
			if cmd.Wait(); cmd.ProcessState.ExitCode() != exitTrouble || !strings.Contains(stderr.String(), "goroutine ") {
				t.Errorf("the client ended with %v, standard error %q; want code %d, and the stacks", cmd.ProcessState, stderr, exitTrouble)
			}
			if _, err := os.Lstat(source); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s still exists", source)
			}
		})
	}
}

// Signals that were ignored when a load began, as under nohup(1) or in a shell's background, stay ignored.
func TestLoadIgnoredSignals(t *testing.T) {
	t.Parallel()
	var messages atomic.Int64
	addr := listen(t, func(conn *net.TCPConn) {
		for p := make([]byte, 64); ; messages.Add(1) {
			if _, err := io.ReadFull(conn, p); err != nil {
				return
			}
			conn.Write(p)
		}
	})
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `trap '' HUP INT; exec "$@"`, "sh", cmdtest.Build(t, "echoclient"), "-addr", addr, "-d", "1h", "-json")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	check(t, cmd.Start())
	await(t, &messages, 10)
	check(t, cmd.Process.Signal(syscall.SIGHUP))
	check(t, cmd.Process.Signal(syscall.SIGINT))
	await(t, &messages, messages.Load()+1000)
	check(t, cmd.Process.Signal(syscall.SIGTERM))
	check(t, cmd.Wait())
	var r report
	check(t, json.Unmarshal(stdout.Bytes(), &r))
	if !r.Interrupted || r.Messages < 1000 {
		t.Errorf("report = %+v, want at least 1000 messages and interrupted", r)
	}
}

// await waits until a counter has reached a number.
func await(t *testing.T, counter *atomic.Int64, number int64) {
	t.Helper()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(cmdtest.Patience); counter.Load() < number; <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages, want at least %d", counter.Load(), number)
		}
	}
}

// A terminal that hangs up ends a load as Ctrl-C does: the report may go to a file.
func TestLoadTerminalGone(t *testing.T) {
	t.Parallel()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("cannot open a pseudoterminal here:", err)
	}
	check(t, unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetUint32(master, unix.TIOCGPTN)
	check(t, err)
	terminal, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	check(t, err)
	answered := make(chan bool, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		io.CopyN(conn, conn, 6400)
		answered <- true
		io.Copy(conn, conn)
	})
	cmd, stdout, _ := prepare(t, "-addr", addr, "-d", "1h", "-json")
	cmd.Stdin, cmd.Stderr = terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	check(t, cmd.Start())
	terminal.Close()
	<-answered
	check(t, unix.Close(master))
	check(t, cmd.Wait())
	var r report
	check(t, json.Unmarshal(stdout.Bytes(), &r))
	if !r.Interrupted || r.Messages < 100 {
		t.Errorf("report = %+v, want at least 100 messages and interrupted", r)
	}
}

// Signals that arrive faster than the timeout don't postpone it.
func TestTimeoutDespiteSignals(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) { <-t.Context().Done() })
	cmd, _, stderr := start(t, "-addr", addr, "-timeout", "2s", "Hello")
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-ended:
			if got := cmd.ProcessState.ExitCode(); got != exitTrouble || !strings.Contains(stderr.String(), "recv "+addr+": timed out") {
				t.Errorf("exit code %d, standard error %q; want a timeout", got, stderr)
			}
			return
		case <-pace.C:
			threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", cmd.Process.Pid))
			for _, thread := range threads {
				var id int
				fmt.Sscan(thread.Name(), &id)
				unix.Tgkill(cmd.Process.Pid, id, unix.SIGWINCH)
			}
		}
	}
}

// start starts a client, which is killed if it runs too long.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stdout, stderr = prepare(t, args...)
	check(t, cmd.Start())
	return cmd, stdout, stderr
}

// prepare returns the command that start starts.
func prepare(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cmdtest.Patience)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, cmdtest.Build(t, "echoclient"), args...)
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}
