package sock_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

const traced = "SOCK_TEST_TRACED"

// underStrace tells whether this process is the one that strace started.
func underStrace() bool { return os.Getenv(traced) != "" }

// strace runs this very test once more, in a process under strace, and gives what strace wrote.
func strace(t *testing.T, options ...string) string {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	log := t.TempDir() + "/strace"
	options = append([]string{"-f", "-qq", "-o", log, "-e", "signal=none"}, options...)
	run := func(test string) ([]byte, error) {
		cmd := exec.Command("strace", slices.Concat(options, []string{self, "-test.run=^" + test + "$", "-test.timeout=20s"})...)
		cmd.Env = append(os.Environ(), traced+"=1", "GODEBUG=asyncpreemptoff=1", "GORACE=atexit_sleep_ms=0")
		return cmd.CombinedOutput()
	}
	if out, err := run(""); err != nil {
		t.Skipf("strace can't run this program: %v: %s", err, out)
	}
	if out, err := run(t.Name()); err != nil {
		t.Fatalf("under strace: %v\n%s", err, out)
	}
	text, err := os.ReadFile(log)
	check(t, err)
	return string(text)
}
