//go:build linux

package examples_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// run runs an example without arguments. It must end by itself.
func run(t *testing.T, name string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", program, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// wantTranscript compares lines with patterns, in which runs of blanks are one, FD stands for a descriptor and ADDR for an
// address that the kernel picked. Where a state depends on how fast the other side is, a pattern has all that it can be.
func wantTranscript(t *testing.T, got, want []string) {
	t.Helper()
	for i, pattern := range want {
		pattern = strings.NewReplacer("FD", `fd \d+`, "ADDR", `127\.0\.0\.1:\d+`, "(", `\(`, ")", `\)`, "<", "(", ">", ")").Replace(pattern)
		if i >= len(got) || !regexp.MustCompile("^"+pattern+"$").MatchString(strings.Join(strings.Fields(got[i]), " ")) {
			t.Fatalf("line %d isn't %q:\n%s", i+1, pattern, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func TestEchoServer(t *testing.T) {
	// The two sides run at once: their lines come in each side's order.
	lines := map[string][]string{}
	for _, line := range run(t, "01-echo-server") {
		who, _, _ := strings.Cut(line, " ")
		lines[who] = append(lines[who], line)
	}
	server := []string{
		"server socket() FD CLOSE 0.0.0.0:0",
		"server bind() FD CLOSE ADDR",
		"server listen() FD LISTEN ADDR",
	}
	var client []string
	for range 2 {
		server = append(server,
			"server accept() FD <ESTABLISHED|CLOSE_WAIT> ADDR and ADDR",
			"server recv() = 12 FD <ESTABLISHED|CLOSE_WAIT> ADDR and ADDR",
			"server recv() = 0 FD CLOSE_WAIT ADDR and ADDR",
			"server send() = 12 FD CLOSE_WAIT ADDR and ADDR",
			"server close() FD",
		)
		client = append(client,
			"client connect() FD ESTABLISHED ADDR and ADDR",
			"client shutdown() FD <FIN_WAIT1|FIN_WAIT2|CLOSE> ADDR< and ADDR|>",
			`client received "Hello, world"`,
		)
	}
	wantTranscript(t, lines["server"], server)
	wantTranscript(t, lines["client"], client)
}

func TestEchoClient(t *testing.T) {
	wantTranscript(t, run(t, "02-echo-client"), []string{
		"socket() FD CLOSE 0.0.0.0:0",
		"connect() FD ESTABLISHED ADDR and ADDR",
		"send() = 12 FD ESTABLISHED ADDR and ADDR",
		"shutdown() FD <FIN_WAIT1|FIN_WAIT2|CLOSE> ADDR< and ADDR|>",
		"recv() = 12 FD <FIN_WAIT1|FIN_WAIT2|CLOSE> ADDR< and ADDR|>",
		"recv() = 0 FD <FIN_WAIT2|CLOSE> ADDR< and ADDR|>",
		`the answer is "Hello, world"`,
	})
}
