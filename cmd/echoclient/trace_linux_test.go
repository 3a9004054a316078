package main

import (
	"regexp"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// With -trace standard error has a conversation's calls in their order, and standard output what it always has.
func TestTrace(t *testing.T) {
	s := cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0")
	r := client(t, nil, s.Addr(), "-trace", "traced")
	calls := regexp.MustCompile(`(?ms)^socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, IPPROTO_IP\) = \d+$.*` +
		`^connect\(\d+, \{sa_family=AF_INET, .*^sendto\(\d+, "traced", 6, 0, NULL, 0\) += 6$.*^shutdown\(\d+, SHUT_WR\) += 0$.*` +
		`^recvfrom\(\d+, "traced", \d+, 0, NULL, NULL\) += 6$.*^close\(\d+\) += 0$`)
	if r.Code != 0 || r.Stdout != "traced\n" || !calls.MatchString(r.Stderr) {
		t.Errorf("exit code %d, standard output %q, standard error\n%s", r.Code, r.Stdout, r.Stderr)
	}
}
