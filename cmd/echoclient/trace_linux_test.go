package main

import (
	"regexp"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// With -trace, standard error has a conversation's calls, and standard output has the usual. Since the client sends and
// receives at once, the lines of either may come first.
func TestTrace(t *testing.T) {
	t.Parallel()
	s := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	r := client(t, nil, s.Addr(), "-trace", "traced")
	if r.Code != 0 || r.Stdout != "traced\n" {
		t.Errorf("exit code %d, standard output %q; want 0, \"traced\\n\"", r.Code, r.Stdout)
	}
	for _, call := range []string{
		`\Asocket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_IP\) = \d+$`,
		`^connect\(\d+, \{sa_family=AF_INET, sin_port=htons\(\d+\), sin_addr=inet_addr\("127.0.0.1"\)\}, 16\) = `,
		`^sendto\(\d+, "traced", 6, 0, NULL, 0\) += 6$`,
		`^shutdown\(\d+, SHUT_WR\) += 0$`,
		`^recvfrom\(\d+, "traced", \d+, 0, NULL, NULL\) += 6$`,
		`^close\(\d+\) += 0$\n\z`,
	} {
		if !regexp.MustCompile("(?m)" + call).MatchString(r.Stderr) {
			t.Errorf("the trace has no line like %s:\n%s", call, r.Stderr)
		}
	}
}
