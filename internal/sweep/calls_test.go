package sweep_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/berkeley/sock"
)

// runtimeCalls are system calls that Go's runtime makes. No program can do without them: the runtime ends the process
// if one of them fails.
var runtimeCalls = strings.Fields(`
	arch_prctl brk clone clone3 close epoll_create1 epoll_ctl epoll_pwait eventfd2 execve exit exit_group futex getpid gettid
	madvise mincore mmap mprotect munmap nanosleep read rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity
	set_robust_list set_tid_address sigaltstack timer_create timer_delete timer_settime tgkill write fcntl,1=1`)

// requests are the calls whose arguments select what they do, with the positions of these arguments.
var requests = map[string][]uint32{
	"setsockopt": {1, 2},
	"getsockopt": {1, 2},
	"socket":     {0},
	"fcntl":      {1},
	"ioctl":      {1},
	"prctl":      {0},
}

var rawNumber = regexp.MustCompile(`^\w+`)

var tracedCall = regexp.MustCompile(`^(?:\d+ +)?([a-z0-9_]+)\((.*)`)

// callsOf lists the system calls of a traced program, except those of the runtime, sorted and without duplicates.
func callsOf(t *testing.T, trace string) []call {
	t.Helper()
	found := make(map[string]call)
	for line := range strings.Lines(trace) {
		m := tracedCall.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[1], "syscall_0x") { // strace took another value for the number of a call
			continue
		}
		c := call{name: m[1]}
		args := strings.Split(m[2], ", ")
		for _, position := range requests[c.name] {
			value, err := strconv.ParseUint(rawNumber.FindString(args[position]), 0, 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			c.args = append(c.args, argument{position, value})
		}
		if !slices.Contains(runtimeCalls, c.name) && !slices.Contains(runtimeCalls, c.String()) {
			found[c.String()] = c
		}
	}
	calls := make([]call, 0, len(found))
	for _, c := range found {
		calls = append(calls, c)
	}
	slices.SortFunc(calls, func(a, b call) int { return strings.Compare(a.String(), b.String()) })
	return calls
}

// requestNames has the names of requests, except options.
var requestNames = map[string]string{
	"fcntl,1=0":          "F_DUPFD",
	"fcntl,1=2":          "F_SETFD",
	"fcntl,1=3":          "F_GETFL",
	"fcntl,1=4":          "F_SETFL",
	"fcntl,1=1030":       "F_DUPFD_CLOEXEC",
	"fcntl,1=1031":       "F_SETPIPE_SZ",
	"ioctl,1=21505":      "TCGETS",
	"ioctl,1=21521":      "TIOCOUTQ",
	"ioctl,1=35296":      "SIOCUNIXFILE",
	"ioctl,1=21523":      "TIOCGWINSZ",
	"ioctl,1=21537":      "FIONBIO",
	"prctl,0=29":         "PR_SET_TIMERSLACK",
	"prctl,0=1398164801": "PR_SET_VMA",
	"socket,0=1":         "AF_UNIX",
	"socket,0=2":         "AF_INET",
	"socket,0=10":        "AF_INET6",
	"socket,0=16":        "AF_NETLINK",
}

// title returns the call's text in the table.
func (c call) title() string {
	name := requestNames[c.String()]
	if strings.HasSuffix(c.name, "sockopt") {
		for _, o := range sock.Options() {
			if uint64(o.Level()) == c.args[0].value && uint64(o.Number()) == c.args[1].value {
				name = o.Name()
				break
			}
		}
	}
	if name == "" {
		return c.String()
	}
	return c.name + " " + name
}

// traced returns a command that runs args under strace, which writes raw numbers to a file.
func traced(t *testing.T, args []string) (cmd *exec.Cmd, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "trace")
	strace := []string{"-D", "-f", "-qq", "--seccomp-bpf", "-s", "0", "-X", "raw", "-o", file, "-e", "trace=!futex", "--"}
	return exec.Command("strace", append(strace, args...)...), file
}
