package sock_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

const traced = "SOCK_TEST_TRACED"

// everyCall makes strace show all calls of this package, and how the kernel continues a poll(2) after a signal.
const everyCall = "trace=%network,%desc,%file,restart_syscall"

// underStrace reports whether this process was started by strace.
func underStrace() bool { return os.Getenv(traced) != "" }

// strace runs this test again, in a new process under strace, and returns strace's output.
func strace(t *testing.T, options ...string) string {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	log := t.TempDir() + "/strace"
	options = append([]string{"-f", "-qq", "-o", log, "-e", "signal=none"}, options...)
	run := func(test string) ([]byte, error) {
		cmd := exec.Command("strace", slices.Concat(options, []string{self, "-test.run=^" + test + "$", "-test.timeout=2m"})...)
		cmd.Env = append(os.Environ(), traced+"=1", "GODEBUG=asyncpreemptoff=1", "GORACE=atexit_sleep_ms=0")
		return cmd.CombinedOutput()
	}
	if out, err := run(""); err != nil {
		t.Skipf("strace cannot run the test binary: %v: %s", err, out)
	}
	if out, err := run(t.Name()); err != nil {
		t.Fatalf("under strace: %v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	check(t, err)
	return string(text)
}
