package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

func TestSocketFileMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o600, 0o660, 0o777} {
		for _, network := range []string{"unix", "unixpacket", "unixgram"} {
			path := filepath.Join(t.TempDir(), "socket")
			cmdtest.Start(t, "-listen", network+"://"+path, "-unix-mode", fmt.Sprintf("%#o", mode))
			info, err := os.Lstat(path)
			if err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: mode %v, %v; want %v", network, info.Mode(), err, mode)
			}
		}
	}
}

func TestSocketFileOwner(t *testing.T) {
	t.Parallel()
	socktest.NeedUsers(t)
	me := [2]uint32{uint32(os.Geteuid()), uint32(os.Getegid())}
	tests := []struct {
		owner string
		want  [2]uint32
	}{
		{"65534", [2]uint32{65534, me[1]}},
		{"1234:5678", [2]uint32{1234, 5678}},
		{":5678", [2]uint32{me[0], 5678}},
		{"root:root", [2]uint32{0, 0}},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "socket")
		cmdtest.Start(t, "-listen", "unix://"+path, "-unix-owner", tt.owner)
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		stat := info.Sys().(*syscall.Stat_t)
		if got := [2]uint32{stat.Uid, stat.Gid}; got != tt.want {
			t.Errorf("-unix-owner %s: %v, want %v", tt.owner, got, tt.want)
		}
	}
	path := filepath.Join(t.TempDir(), "socket")
	wantRefusal(t, 1, "chown unix://"+path+": EPERM", unprivilegedIn(t, filepath.Dir(path), "-listen", "unix://"+path, "-unix-owner", "root"))
	if _, err := os.Lstat(path); err == nil {
		t.Error("the server failed and left its socket file")
	}
}

// A socket file that cannot be removed is named as such: by a server that would replace it, and at the end of its own.
func TestSocketFileStays(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	url := "unix://" + path
	inject := "renameat,renameat2:error=EPERM"
	server, _ := startInjected(t, inject, "-listen", url)
	server.Stop(syscall.SIGTERM)
	if log := server.Stderr(); !strings.Contains(log, `msg="the socket's file cannot be removed"`) {
		t.Errorf("log: %s, want the file", log)
	}
	command := append(injecting(t, filepath.Join(t.TempDir(), "trace"), inject), cmdtest.Build(t, "echoserver"), "-listen", url)
	got := cmdtest.Run(t, nil, command[0], command[1:]...)
	want := "bind " + url + ": EADDRINUSE (address already in use): a dead server's file, which cannot be removed: rename socket: EPERM"
	if got.Code != 1 || !strings.Contains(got.Stderr, want) {
		t.Errorf("got %+v, want %s", got, want)
	}
	wantEcho(t, cmdtest.Start(t, "-listen", url).Addr(), pattern(10))
}

// A server that may not connect to the file in its way says that it cannot know whether another one serves there.
func TestSocketFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	socktest.NeedUsers(t)
	path := filepath.Join(t.TempDir(), "socket")
	url := "unix://" + path
	cmdtest.Start(t, "-listen", url).Stop(syscall.SIGKILL)
	want := "bind " + url + ": EADDRINUSE (address already in use): cannot tell whether a server is listening there: connect: EACCES"
	wantRefusal(t, 1, want, unprivilegedIn(t, filepath.Dir(path), "-listen", url))
}

// unprivilegedIn runs a server as an unprivileged user who may write to a directory.
func unprivilegedIn(t *testing.T, dir string, args ...string) cmdtest.Result {
	t.Helper()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return unprivileged(t, args...)
}

// Of two servers that find a dead server's socket file, one replaces it and the other logs that the address is in use,
// however slow the first is between bind(2), when no client can connect yet, and listen(2).
func TestTwoServersAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "socket")
	url := "unix://" + path
	cmdtest.Start(t, "-listen", url).Stop(syscall.SIGKILL)
	stale, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	command := append(injecting(t, filepath.Join(t.TempDir(), "trace"), "listen:delay_enter=500000"), cmdtest.Build(t, "echoserver"), "-listen", url)
	started := make(chan *cmdtest.Server)
	go func() { started <- cmdtest.StartProgram(t, exec.Command(command[0], command[1:]...)) }()
	for {
		if now, err := os.Lstat(path); err == nil && now.ModTime() != stale.ModTime() {
			break // bound
		}
		sock.Poll(nil, 1)
	}
	wantFailure(t, "bind "+url+": EADDRINUSE", "-listen", url)
	first := <-started
	wantEcho(t, first.Addr(), []byte("the first"))
}

// descriptors returns how many descriptors a server has open: proc(5).
func descriptors(t *testing.T, server *cmdtest.Server) int {
	t.Helper()
	fds, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(server.Cmd.Process.Pid), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

// The log shows that a client of a unix socket has no name.
func TestUnnamedPeer(t *testing.T) {
	t.Parallel()
	server := cmdtest.Start(t, "-v", "-listen", "unix://"+t.TempDir()+"/stream")
	wantEcho(t, server.Addr(), []byte("x"))
	server.WaitLog("peer=(unnamed)")
}
