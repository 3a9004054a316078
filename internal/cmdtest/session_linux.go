package cmdtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Blocks returns the fenced code blocks of a Markdown text that are labeled with a language.
func Blocks(markdown, language string) (blocks []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(markdown, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// A Session is a shell that runs the sessions of a manual and compares what they print with what the manual shows.
// In a session, each line that begins with "$ " is a command, and the lines below it are what it prints.
//
// Since several programs print at once, the order of lines doesn't matter. Any amount matches another one, since times
// and the like differ from run to run.
type Session struct {
	t        testing.TB
	shell    *exec.Cmd
	commands *os.File // one per line
	done     *os.File // a line after each command
	ended    *bufio.Reader
	output   *logBuffer
	want     []string
}

// sessionLimit is how long one command of a session may take; some of them compile.
const sessionLimit = 5 * time.Minute

// The next command sees a command's status in $?. Programs in the background don't inherit descriptors 3 and 4.
const sessionScript = `while IFS= read -r -u 3 command; do
	(exit $status); eval "$command" 3<&- 4>&-; status=$?
	echo >&4
done`

// StartSession starts a shell in a directory. When the test ends, the shell and everything that it runs are killed.
func StartSession(t testing.TB, dir string, environment ...string) *Session {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash isn't installed")
	}
	commandsIn, commands := pipe(t)
	done, doneOut := pipe(t)
	s := &Session{t: t, commands: commands, done: done, ended: bufio.NewReader(done), output: newLogBuffer()}
	s.shell = exec.Command("bash", "-c", sessionScript)
	s.shell.Dir = dir
	s.shell.Env = append(os.Environ(), environment...)
	s.shell.Stdout, s.shell.Stderr = s.output, s.output
	s.shell.ExtraFiles = []*os.File{commandsIn, doneOut}
	s.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.shell.Start(); err != nil {
		t.Fatal(err)
	}
	commandsIn.Close()
	doneOut.Close()
	t.Cleanup(func() {
		syscall.Kill(-s.shell.Process.Pid, syscall.SIGKILL)
		s.shell.Wait()
	})
	return s
}

func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// Run runs a session.
func (s *Session) Run(session string) {
	s.t.Helper()
	lines := strings.Split(strings.TrimSuffix(session, "\n"), "\n")
	for len(lines) > 0 {
		command, ok := strings.CutPrefix(lines[0], "$ ")
		if !ok {
			s.t.Fatalf("a session begins with %q, want a line that begins with $", lines[0])
		}
		shown := lines[1:]
		if next := slices.IndexFunc(shown, func(line string) bool { return strings.HasPrefix(line, "$ ") }); next >= 0 {
			shown = shown[:next]
		}
		s.run(command, shown)
		lines = lines[1+len(shown):]
	}
}

// run runs a command and waits until it has printed the lines in shown: a command in the background may print them later.
func (s *Session) run(command string, shown []string) {
	s.t.Helper()
	s.want = append(s.want, masked(shown)...)
	fmt.Fprintln(s.commands, command)
	s.done.SetReadDeadline(time.Now().Add(sessionLimit))
	if _, err := s.ended.ReadString('\n'); err != nil {
		s.t.Fatalf("%s: %v; printed so far:\n%s", command, err, s.output)
	}
	timer := time.AfterFunc(Patience, s.output.giveUp)
	defer timer.Stop()
	if !s.output.wait(func(text string) bool { return len(without(s.want, s.lines(text))) == 0 }) {
		s.t.Fatalf("%s: not printed: %q; printed so far:\n%s", command, without(s.want, s.lines(s.output.String())), s.output)
	}
}

const sessionEnd = "end of the session"

// End checks that the shell has printed nothing except what its sessions show.
func (s *Session) End() {
	s.t.Helper()
	s.run("echo "+sessionEnd, []string{sessionEnd})
	if more := without(s.lines(s.output.String()), s.want); len(more) > 0 {
		s.t.Errorf("printed but not shown: %q", more)
	}
}

func (s *Session) lines(text string) []string {
	return masked(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
}

// without returns lines minus others, where each of others removes one line.
func without(lines, others []string) []string {
	count := map[string]int{}
	for _, line := range others {
		count[line]++
	}
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		count[line]--
		return count[line] >= 0 || line == ""
	})
}

// amounts are patterns of text that differs from run to run, and what replaces it for the comparison.
var amounts = []struct {
	of *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)`), "TIME"},
	{regexp.MustCompile(`\bv\d+\.\d+\.\d+[-\d]*`), "VERSION"},
	{regexp.MustCompile(`\d[\d.,]* ?(ns|µs|ms|s|B|kB|MB|GB|bytes|%)(/s)?(\W|$)`), "AMOUNT$3"},
	{regexp.MustCompile(`\d{1,3}(,\d{3})+(/s)?`), "AMOUNT"},
	{regexp.MustCompile(`127\.0\.0\.1:[1-9]\d{4}`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\((\d+), `), "(FD, "},
	{regexp.MustCompile(`(received|spooled)=\d{5,}`), "$1=AMOUNT"},
	{regexp.MustCompile(`of a core: .*`), "of a core"}, // a remark about the limit may follow
	{regexp.MustCompile(` +`), " "},
}

func masked(lines []string) (masked []string) {
	for _, line := range lines {
		for _, a := range amounts {
			line = a.of.ReplaceAllString(line, a.as)
		}
		masked = append(masked, strings.TrimSpace(line))
	}
	return masked
}
