package sock_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// questionedCases are the cases of TestTraceIsStrace with netlink sockets or interface names. Only for these
// does the trace query the kernel.
var questionedCases = []string{"addresses", "netlink", "netlink messages", "sent control messages", "received control messages"}

// If a line has neither netlink messages nor an interface name, strace sees no call that the trace doesn't show.
func TestTraceMakesNoCalls(t *testing.T) {
	cases := slices.DeleteFunc(slices.Concat(socketTraces, transferTraces, messageTraces, waitTraces), func(c traceCase) bool {
		return slices.Contains(questionedCases, c.name)
	})
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
	ours, shown := tracedCalls(string(text)), 0
	for i, c := range cases {
		ours, theirs := ours[strconv.Itoa(i)], theirs[strconv.Itoa(i)]
		shown += len(ours)
		for i := range max(len(ours), len(theirs)) {
			our, their := lineAt(ours, i), lineAt(theirs, i)
			if name, _, _ := strings.Cut(our, "("); !strings.HasPrefix(their, name+"(") { // TestTraceIsStrace compares the rest
				t.Errorf("%s: call %d in the trace is %s, want strace's %s", c.name, i+1, our, their)
				break
			}
		}
	}
	if shown < 300 {
		t.Errorf("trace shows %d calls, want at least 300", shown)
	}
}

// The trace shows data of netlink sockets as netlink messages and other data as bytes, whatever the bytes look like and
// whatever the descriptor was before.
func TestTraceKnowsNetlink(t *testing.T) {
	needKernel(t) // qemu-user swaps the bytes of netlink messages
	nl := socket(t, sock.AF_NETLINK, sock.SOCK_RAW, unix.NETLINK_ROUTE)
	a, b := pair(t, sock.SOCK_DGRAM)
	message := netlinkMessage(unix.NLMSG_NOOP, 0, "")
	for _, tt := range []struct {
		name, want string
		call       func()
	}{
		{"message to netlink", "{nlmsg_len=16, nlmsg_type=NLMSG_NOOP", func() { sock.Send(nl, message, 0) }},
		{"other bytes to netlink", `"\x73\x68\x6f\x72\x74"`, func() { sock.Send(nl, []byte("short"), 0) }},
		{"message to another socket", `"\20\0\0\0`, func() { sock.Send(a, message, 0) }},
		{"message from another socket", `"\20\0\0\0`, func() { sock.Recv(b, make([]byte, 64), 0) }},
		{"bytes to the descriptor as another socket", `"short"`, func() {
			check(t, sock.Dup3(a, nl, 0))
			sock.Send(nl, []byte("short"), 0)
		}},
		{"bytes to a new netlink socket", `"\x73\x68\x6f\x72\x74"`, func() {
			fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_RAW, unix.NETLINK_ROUTE)
			check(t, err)
			defer sock.Close(fd)
			sock.Send(fd, []byte("short"), 0)
		}},
	} {
		lines := linesOf(tt.call)
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, ", "+tt.want) }) {
			t.Errorf("%s: got lines %q, want one with %s", tt.name, lines, tt.want)
		}
	}
}
