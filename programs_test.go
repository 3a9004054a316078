//go:build unix

package sock_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The linker drops the methods that nothing calls, unless a program depends on text/template, which finds methods by their
// names. That would make the programs larger by a quarter, in memory too.
func TestProgramsDropMethods(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./cmd/...").Output()
	if err != nil {
		t.Skip("go list doesn't run:", err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if path == "text/template" {
			t.Error("a program depends on text/template")
		}
	}
}
