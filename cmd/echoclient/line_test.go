//go:build unix

package main

import (
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

// If standard output and error go to one terminal, the reply to words has its own line.
func TestAnswerIsALine(t *testing.T) {
	half := listen(t, func(conn *net.TCPConn) {
		io.ReadAll(conn)
		io.WriteString(conn, "01234")
	})
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"traced", []string{"-trace", "-addr", cmdtest.Start(t, "-listen", "tcp://127.0.0.1:0").Addr(), "0123456789"}, "\n0123456789\n"},
		{"failed", []string{"-addr", half, "0123456789"}, "01234\nechoclient: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, _ := exec.CommandContext(t.Context(), cmdtest.Build(t, "echoclient"), test.args...).CombinedOutput()
			if !strings.Contains(string(out), test.want) {
				t.Errorf("output = %q, want %q in it", out, test.want)
			}
		})
	}
}
