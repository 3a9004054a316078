//go:build unix

package socktest

import (
	"fmt"
	"os"
	"regexp"
)

// longestTempDir leaves space for the names of a test and its socket in the 104 bytes that a unix socket's path may have.
const longestTempDir = 40

// plainPath matches paths that mean the same in a URL, a shell, and the configuration of a server.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._-]*$`)

// PlainTempDir makes a directory in /tmp the one for temporary files, if that of TMPDIR has a long or an unusual name. It returns a
// function that removes it. Call it from TestMain.
func PlainTempDir() (remove func()) {
	if dir := os.TempDir(); len(dir) <= longestTempDir && plainPath.MatchString(dir) {
		return func() {}
	}
	dir, err := os.MkdirTemp("/tmp", "test")
	if err == nil {
		err = os.Chmod(dir, 0o755) // programs may run as other users
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "TMPDIR has a long or unusual name, and there is no other directory:", err)
		return func() {}
	}
	os.Setenv("TMPDIR", dir)
	return func() { os.RemoveAll(dir) }
}
