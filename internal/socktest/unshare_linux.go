// Package socktest has helpers that the tests of several packages share.
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

// insideOf is the environment variable that names the test in a process that Unshare started.
const insideOf = "SOCKTEST_INSIDE_OF"

// Unshare runs a test again in a new process, as root of new namespaces: those of flags (CLONE_NEWNET for example), and a
// user namespace unless this process runs as root. In the new process it returns true, and the test continues. In the old
// one it returns false after the new one has ended, and the test has failed or been skipped if it did so there.
func Unshare(t *testing.T, flags uintptr) (inside bool) {
	t.Helper()
	if os.Getenv(insideOf) == t.Name() {
		// AppArmor, for example, may let anyone create a user namespace, yet deny all privileges in it.
		if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
			t.Skip("root of a user namespace has no privileges here:", err)
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
		t.Skip("cannot create namespaces here:", err)
	case bytes.Contains(out, []byte("--- SKIP: "+t.Name()+" ")):
		t.Skipf("in its own namespaces:\n%s", out)
	case !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")):
		t.Errorf("the test did not run in its own namespaces:\n%s", out)
	}
	return false
}

// AsRoot runs a test as root: in this process if it runs as root, else by Unshare with a new network namespace, since the
// root of a user namespace cannot return to a network namespace outside it.
func AsRoot(t *testing.T) (inside bool) {
	t.Helper()
	return os.Getuid() == 0 || Unshare(t, unix.CLONE_NEWNET)
}

// NeedUsers skips a test unless it runs as root and can become another user, which a user namespace may not have.
func NeedUsers(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	var inside, outside, count uint32
	text, err := os.ReadFile("/proc/self/uid_map")
	if _, scanErr := fmt.Sscan(string(text), &inside, &outside, &count); err == nil && scanErr == nil && count <= nobody {
		t.Skip("this user namespace has no other users")
	}
}

// nobody is the number of a user that every system has.
const nobody = 65534

// Hide puts an empty directory in a directory's place, for a process in a mount namespace of its own.
func Hide(t *testing.T, dir string) {
	t.Helper()
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", dir, "tmpfs", 0, "")
	}
	if err != nil {
		t.Skip("mount:", err)
	}
}
