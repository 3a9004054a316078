package sock_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// traceCase is a group of traced calls. open first opens what they need, and returns the calls.
type traceCase struct {
	name string
	open func(t *testing.T) (calls func())
}

// traceFile is the environment variable with the name of the file to which the traced process writes its own lines.
const traceFile = "SOCK_TEST_TRACE_FILE"

// TestTraceIsStrace runs this program under strace, where it makes the calls of each case between two marks, with
// SetTrace. Its lines must equal strace's, in the same order.
func TestTraceIsStrace(t *testing.T) {
	cases := slices.Concat(socketTraces, transferTraces, messageTraces, waitTraces, optionTraces())
	if underStrace() {
		makeTracedCalls(t, cases)
		return
	}
	if testing.Short() {
		t.Skip("takes seconds, so not with -short")
	}
	needStrace(t, "6.1")
	file := filepath.Join(t.TempDir(), "ours")
	t.Setenv(traceFile, file)
	theirs := callsBetweenMarks(strace(t, "-e", everyCall))
	text, err := os.ReadFile(file)
	check(t, err)
	ours, compared := tracedCalls(string(text)), 0
	var absent []string
	for i, c := range cases {
		lines := ours[strconv.Itoa(i)]
		if compared += len(lines); len(lines) == 0 {
			absent = append(absent, c.name)
		}
		compareTraces(t, c.name, lines, theirs[strconv.Itoa(i)])
	}
	t.Logf("compared %d lines of %d cases; this system lacks %q", compared, len(cases)-len(absent), absent)
	if compared < 500 {
		t.Errorf("compared %d lines, want at least 500", compared)
	}
}

// needStrace skips the test unless strace has the given version: other versions know other names.
func needStrace(t *testing.T, version string) {
	t.Helper()
	out, err := exec.Command("strace", "-V").Output()
	if err != nil {
		t.Skip("strace isn't installed:", err)
	}
	if first, _, _ := strings.Cut(string(out), "\n"); !strings.HasSuffix(first, " version "+version) {
		t.Skipf("needs strace %s, found %s", version, first)
	}
}

// makeTracedCalls makes the calls of each case, and writes their lines to the file, with the number of the case.
func makeTracedCalls(t *testing.T, cases []traceCase) {
	debug.SetGCPercent(-1)
	out, err := os.Create(os.Getenv(traceFile))
	check(t, err)
	defer out.Close()
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			growStack()
			calls, lines := c.open(t), []string{}
			SetTrace(func(line string) { lines = append(lines, line) })
			mark(strconv.Itoa(i))
			calls()
			mark("end")
			SetTrace(nil)
			for _, line := range lines {
				fmt.Fprintf(out, "%d\t%s\n", i, line)
			}
		})
	}
}

// growStack makes the stack large enough for all calls. If the stack moved between a call and its line, the two
// would show different addresses.
//
//go:noinline
func growStack() byte {
	var space [1 << 17]byte
	return space[len(os.Args)]
}

// tracedCalls returns the lines of makeTracedCalls by case, with the padding before the result reduced to one blank.
func tracedCalls(text string) map[string][]string {
	calls := map[string][]string{}
	for line := range strings.Lines(text) {
		i, line, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		calls[i] = append(calls[i], padding.ReplaceAllString(line, ") ="))
	}
	return calls
}

// ownQuestions matches the calls with which the trace finds out an interface's name, or whether a socket is a
// netlink socket. They aren't traced.
var ownQuestions = regexp.MustCompile(`(?m)^(socket\(AF_UNIX, SOCK_DGRAM\|SOCK_CLOEXEC, 0\) = \d+
ioctl\(\d+, SIOCGIFNAME, .*
close\(\d+\) = 0|getsockopt\(-?\d+, SOL_SOCKET, SO_(DOMAIN|PROTOCOL), .*)
`)

func compareTraces(t *testing.T, name string, ours, theirs []string) {
	t.Helper()
	if slices.Equal(ours, theirs) {
		return
	}
	text := ownQuestions.ReplaceAllString(strings.Join(theirs, "\n")+"\n", "")
	theirs = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range max(len(ours), len(theirs)) {
		our, their := lineAt(ours, i), lineAt(theirs, i)
		if our != their {
			same := 0
			for same < min(len(our), len(their)) && our[same] == their[same] {
				same++
			}
			t.Errorf("%s, line %d:\nSetTrace %s\nstrace   %s\n         %s^", name, i+1, our, their, strings.Repeat(" ", same))
		}
	}
}

func lineAt(lines []string, i int) string {
	if i >= len(lines) {
		return "(no line)"
	}
	return lines[i]
}
