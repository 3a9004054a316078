package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"golang.org/x/sys/unix"
)

// An image as the manual's container file makes it has all that its program needs, as the user that it names.
func TestManualContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program: not with -short")
	}
	if os.Getuid() != 0 {
		t.Skip("chroot(2) and another user need root")
	}
	if !socktest.Unshare(t, unix.CLONE_NEWNET) { // the port is fixed
		return
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	manual, err := os.ReadFile("README.md")
	must(err)
	file := cmdtest.Blocks(string(manual), "dockerfile")[0]
	find := func(pattern string) []string {
		m := regexp.MustCompile(`(?m)^` + pattern + `$`).FindStringSubmatch(file)
		if m == nil {
			t.Fatalf("the container file has no line like %s", pattern)
		}
		return m[1:]
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		must(err)
		return n
	}
	root := t.TempDir()
	build := exec.Command("sh", "-c", strings.Replace(find(`RUN (.* go build .*)`)[0], "/echoserver", filepath.Join(root, "echoserver"), 1))
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	owned := find(`COPY --from=build --chown=(\d+):(\d+) /spool (\S+)`)
	must(os.Mkdir(filepath.Join(root, owned[2]), 0o755))
	if err := os.Chown(filepath.Join(root, owned[2]), number(owned[0]), number(owned[1])); err != nil {
		t.Skip("no other user here: ", err)
	}
	var entry []string
	must(json.Unmarshal([]byte(find(`ENTRYPOINT (.*)`)[0]), &entry))
	user := find(`USER (\d+):(\d+)`)

	cmd := exec.Command(entry[0], entry[1:]...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(number(user[0])), Gid: uint32(number(user[1]))}}
	if !mayBecome(cmd.SysProcAttr) {
		t.Skip("chroot(2) or another user is refused here")
	}
	s := cmdtest.StartProgram(t, cmd)
	if log := s.Stderr(); log != "" {
		t.Errorf("the server's log at its start = %q, want none", log)
	}
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-addr", "127.0.0.1:"+find(`EXPOSE (\d+)`)[0], "Hello")
	if got.Code != 0 || got.Stdout != "Hello\n" {
		t.Errorf("echoclient: exit code %d, standard output %q, standard error %q; want 0, \"Hello\\n\"", got.Code, got.Stdout, got.Stderr)
	}
}

// mayBecome reports whether a process can be started with these attributes: a user namespace may have no other user.
func mayBecome(attributes *syscall.SysProcAttr) bool {
	program := exec.Command("/echoserver", "-version")
	program.Dir, program.SysProcAttr = "/", attributes
	err := program.Run()
	return !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL)
}
