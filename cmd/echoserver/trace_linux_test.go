package main_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// With -trace standard error has every call, including those that receive and send a client's bytes.
func TestTrace(t *testing.T) {
	t.Parallel()
	client := cmdtest.Build(t, "echoclient")
	forEachEngine(t, func(t *testing.T, engine string) {
		s := cmdtest.Start(t, "-trace", "-engine", engine, "-listen", "tcp://127.0.0.1:0")
		if r := cmdtest.Run(t, nil, client, "-addr", s.Addr(), "traced"); r.Code != 0 {
			t.Fatalf("exit code of the client = %d, want 0; standard error:\n%s", r.Code, r.Stderr)
		}
		s.Stop(syscall.SIGTERM)
		lines := strings.Split(s.Stderr(), "\n")
		for _, want := range [][]string{
			{"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = "},
			{"bind(", `{sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`},
			{"accept4(", "[128 => 16]"},
			{"recvfrom(", `"traced"`, "= 6"},
			{"sendto(", `"traced", 6, `, "= 6"},
			{"close("},
		} {
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want[0]) && containsAll(line, want[1:]) }) {
				t.Errorf("the trace has no line that begins with %s and contains %q", want[0], want[1:])
			}
		}
	})
}

func containsAll(s string, parts []string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(s, part) })
}
