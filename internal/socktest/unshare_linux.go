// Package socktest has what the tests of several packages share.
package socktest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// insideOf is the environment variable that names the test of a process which Unshare started.
const insideOf = "SOCKTEST_INSIDE_OF"

// Unshare runs a test again in a process of its own, as root of new namespaces: CLONE_NEWNET for example, and a user
// namespace unless this process is root's. In the new process it returns true, and the test goes on. In the old one it
// returns false after the new one ended, with the test marked as failed or skipped if it was so there.
func Unshare(t *testing.T, flags uintptr) (inside bool) {
	t.Helper()
	if os.Getenv(insideOf) == t.Name() {
		// Some systems let anyone make a user namespace, and give no privileges in it: AppArmor does.
		if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
			t.Skip("root of a user namespace has no privileges here: ", err)
		}
		return true
	}
	args := []string{"-test.v", "-test.run=^" + t.Name() + "$"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), insideOf+"="+t.Name(), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.Errorf("in its own namespaces: %v\n%s", err, out)
	case err != nil:
		t.Skip("no namespaces can be made here: ", err)
	case bytes.Contains(out, []byte("--- SKIP: "+t.Name()+" ")):
		t.Skipf("in its own namespaces:\n%s", out)
	case !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")):
		t.Errorf("it did not run in its own namespaces:\n%s", out)
	}
	return false
}

// AsRoot runs a test as root: in this process if it is root's, else as Unshare does, with a network of its own, because
// such a root can't return to one that isn't.
func AsRoot(t *testing.T) (inside bool) {
	t.Helper()
	return os.Getuid() == 0 || Unshare(t, unix.CLONE_NEWNET)
}

// NeedUsers skips a test unless it runs as root, who can become another user: not so where a user namespace has root alone.
func NeedUsers(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	var inside, outside, count uint32
	text, err := os.ReadFile("/proc/self/uid_map")
	if _, scanErr := fmt.Sscan(string(text), &inside, &outside, &count); err == nil && scanErr == nil && count <= nobody {
		t.Skip("this user namespace has no other users")
	}
}

// nobody is a user whom every system has.
const nobody = 65534

// Hide puts an empty directory in a directory's place, for a process in a mount namespace of its own.
func Hide(t *testing.T, dir string) {
	t.Helper()
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", dir, "tmpfs", 0, "")
	}
	if err != nil {
		t.Skip("mount: ", err)
	}
}
