//go:build linux

package examples_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/examples/internal/course"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// built is the directory of the examples' programs.
var built string

func TestMain(m *testing.M) {
	socktest.NeedLoopback()
	removeTempDir := socktest.PlainTempDir()
	// Otherwise programs with the race detector sleep for a second before they exit.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	dir, err := os.MkdirTemp("", "examples")
	if err == nil {
		built = dir
		overlay := ""
		if flag.Parse(); !testing.Short() {
			overlay, err = exercises(dir)
		}
		if err == nil {
			err = build(dir, overlay)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.RemoveAll(dir)
		removeTempDir()
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	removeTempDir()
	os.Exit(code)
}

// build builds all examples, with the race detector if this test has it. overlay adds programs that are not in the directory.
func build(dir, overlay string) error {
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-overlay=" + overlay, "-o", dir}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "./...")...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v\n%s", err, out)
	}
	return nil
}

// run runs an example without arguments. It must end by itself. Where it says that the system lacks something, the test is
// skipped.
func run(t *testing.T, name string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(built, name)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := lines(string(out))
	skipIfMissing(t, got)
	return got
}

// skipIfMissing skips a test of a lesson whose last line says what the system lacks.
func skipIfMissing(t *testing.T, got []string) {
	t.Helper()
	if last := got[len(got)-1]; strings.HasPrefix(last, "This lesson needs ") {
		t.Skip(last)
	}
}

// wantTranscript compares what a program printed with its transcript.
func wantTranscript(t *testing.T, got, want []string) {
	t.Helper()
	if err := course.Compare(got, want); err != nil {
		t.Errorf("%v:\n%s", err, strings.Join(got, "\n"))
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// lessons reads the course.
func lessons(t *testing.T) []course.Lesson {
	t.Helper()
	all, err := course.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// needFamily skips the test of a lesson about a family whose sockets a sandbox refuses.
func needFamily(t *testing.T, lesson string) {
	family, needed := map[string]int{"34-netlink": sock.AF_NETLINK, "35-capture": sock.AF_PACKET}[lesson]
	if !needed {
		return
	}
	fd, err := sock.Socket(family, sock.SOCK_RAW, 0)
	if err == sock.EAFNOSUPPORT {
		t.Skip("no sockets of the family that the lesson is about:", err)
	}
	if err == nil {
		sock.Close(fd)
	}
}

// Each example prints what its file in testdata says; 01 has a test of its own.
func TestTranscripts(t *testing.T) {
	for _, lesson := range lessons(t) {
		name := lesson.Name
		if name == "01-echo-server" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needFamily(t, name)
			want, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			wantTranscript(t, run(t, name), lines(string(want)))
		})
	}
}

func TestEchoServer(t *testing.T) {
	// The two sides run at once: their lines come in each side's order.
	said := map[string][]string{}
	for _, line := range run(t, "01-echo-server") {
		who, _, _ := strings.Cut(line, " ")
		said[who] = append(said[who], line)
	}
	server := []string{
		"server socket() FD CLOSE 0.0.0.0:0",
		"server bind() FD CLOSE ADDR",
		"server listen() FD LISTEN ADDR",
	}
	var client []string
	for range 2 {
		server = append(server,
			"server accept() FD {ESTABLISHED|CLOSE_WAIT} ADDR and ADDR",
			"server recv() = 12 FD {ESTABLISHED|CLOSE_WAIT} ADDR and ADDR",
			"server recv() = 0 FD CLOSE_WAIT ADDR and ADDR",
			"server send() = 12 FD CLOSE_WAIT ADDR and ADDR",
			"server close() FD",
		)
		client = append(client,
			"client connect() FD ESTABLISHED ADDR and ADDR",
			"client shutdown() FD {FIN_WAIT1|FIN_WAIT2|CLOSE} ADDR{ and ADDR|}",
			`client received "Hello, world"`,
		)
	}
	wantTranscript(t, said["server"], server)
	wantTranscript(t, said["client"], client)
}
