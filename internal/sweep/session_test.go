package sweep_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	patience = 40 * time.Second       // a program that takes longer counts as hanging
	calm     = 200 * time.Millisecond // how long an idle server is watched
	samples  = 20                     // how often it is looked at in this time
	mostTime = 4 * time.Second        // the limit of processor time, for a session of one second
	mostLog  = 200                    // the limit of log lines per session, in addition to mostRate
	mostRate = 21                     // the limit of log lines per listener and second: 20, and one that counts the suppressed ones
)

// An outcome is the result of a session in which a system call was refused.
type outcome string

const (
	works  outcome = "works"
	line   outcome = "line"   // the program says what is missing, and ends
	resets outcome = "resets" // the server continues, and logs that clients that need the call are reset or get no reply
	chance outcome = "works or line"
)

func (o outcome) good() bool { return o == works || o == line || o == resets }

// bad returns an outcome that no user should see.
func bad(format string, args ...any) outcome { return outcome(fmt.Sprintf(format, args...)) }

// A session runs a program and returns the outcome.
type session struct {
	program, name string
	chance        []string // calls that depend on timing: on whether messages arrive one by one or together
	run           func(t *testing.T, start starter, timeout time.Duration) outcome
}

// A starter returns the command of the program under test, with a call refused or under strace.
type starter func(args ...string) *exec.Cmd

func sessions(programs map[string]string) (list []session) {
	for _, engine := range []string{"iterative", "threads", "goroutines", "epoll"} {
		for _, mode := range []string{"stream", "message"} {
			list = append(list, session{"echoserver", engine + " " + mode, nil, func(t *testing.T, start starter, timeout time.Duration) outcome {
				return serve(t, start, timeout, programs["echoclient"], engine, mode)
			}})
		}
	}
	list = append(list, session{"echoserver", "epoll datagrams", nil, func(t *testing.T, start starter, timeout time.Duration) outcome {
		return serve(t, start, timeout, programs["echoclient"], "epoll", "datagrams")
	}})
	list = append(list, session{"echoserver", "watch", nil, func(t *testing.T, start starter, timeout time.Duration) outcome {
		return watch(t, start, timeout, programs["echoclient"])
	}})
	const together = "sendto recvfrom sendmmsg recvmmsg io_uring_enter"
	for _, c := range []struct{ name, network, args, chance string }{
		{"tcp", "tcp", "hello", ""},
		{"udp", "udp", "hello", ""},
		{"unix", "unix", "hello", ""},
		{"unixpacket", "unixpacket", "hello", ""},
		{"unixgram", "unixgram", "hello", ""},
		{"mptcp", "mptcp", "hello", ""},
		{"picture", "tcp", "-picture DIR/life.svg hello", ""},
		{"doctor tcp", "tcp", "-doctor", ""},
		{"doctor udp", "udp", "-doctor", ""},
		{"load tcp", "tcp", "-n 200 -c 4", together},
		{"load tcp rate", "tcp", "-n 100 -c 4 -rate 1000", together},
		{"load tcp reconnect", "tcp", "-n 50 -c 4 -reconnect", together},
		{"load udp", "udp", "-n 200 -c 4", together},
		{"load unix", "unix", "-n 200 -c 4", together},
	} {
		list = append(list, session{"echoclient", c.name, strings.Fields(c.chance), func(t *testing.T, start starter, timeout time.Duration) outcome {
			return converse(t, start, timeout, programs["echoserver"], c.network, strings.Fields(c.args))
		}})
	}
	return list
}

// serve has conversations with a server.
func serve(t *testing.T, start starter, timeout time.Duration, client, engine, mode string) outcome {
	dir := t.TempDir()
	listen := []string{"tcp://127.0.0.1:0", "unix://" + dir + "/stream", "unixpacket://" + dir + "/packet", "mptcp://127.0.0.1:0"}
	switch mode {
	case "stream":
		listen = append(listen, "udp://0.0.0.0:0", "udp://[::]:0", "unixgram://"+dir+"/datagram")
	case "datagrams": // of one socket, which the loops wait for in a receive
		mode, listen = "stream", []string{"udp://0.0.0.0:0"}
	}
	args := []string{"-engine", engine, "-mode", mode, "-spool-memory", "64KiB", "-spool-dir", dir, "-idle-timeout", "5s", "-keepalive", "60s"}
	for _, addr := range listen {
		args = append(args, "-listen", addr)
	}
	p := startServer(t, start(args...), len(listen))
	if len(p.addrs) < len(listen) {
		return p.ended()
	}
	failed := 0
	bulk := strings.Repeat("0123456789abcdef", 40<<10)
	for _, addr := range p.addrs {
		addr = strings.NewReplacer("0.0.0.0", "127.0.0.1", "[::]", "[::1]").Replace(addr)
		inputs := []string{"hello"}
		if strings.HasPrefix(addr, "tcp") || strings.HasPrefix(addr, "unix:") {
			inputs = append(inputs, bulk)
		}
		for _, input := range inputs {
			code, stdout, stderr := run(exec.Command(client, "-addr", addr, "-timeout", timeout.String()), input)
			if code == 0 && stdout == input {
				continue
			}
			// A unix socket may not be reset: then the client reports an early end.
			early := code == 1 && strings.HasPrefix(addr, "unix") && strings.Contains(stderr, "the answer ended")
			if code != 2 && !early {
				return bad("wrong: %s: exit %d, %d of %d bytes, %s", addr, code, len(stdout), len(input), stderr)
			}
			failed++
			break // larger input would fail too
		}
	}
	return p.stop(failed)
}

// converse runs a client against a server that may make all calls.
func converse(t *testing.T, start starter, timeout time.Duration, server, network string, args []string) outcome {
	dir := t.TempDir()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", dir)
	}
	listen := network + "://127.0.0.1:0"
	if strings.HasPrefix(network, "unix") {
		listen = network + "://" + dir + "/socket"
	}
	p := startServer(t, exec.Command(server, "-listen", listen), 1)
	if len(p.addrs) < 1 {
		t.Skipf("the server cannot listen here: %s", p.stderr.String())
	}
	cmd := start(append([]string{"-addr", p.addrs[0], "-timeout", timeout.String(), "-connect-timeout", timeout.String()}, args...)...)
	code, stdout, stderr := run(cmd, "")
	var spent time.Duration
	if cmd.ProcessState != nil {
		spent = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	switch lines := strings.Count(stderr, "\n"); {
	case code < 0:
		return bad("hangs: %s", lastLine(stderr))
	case spent > mostTime:
		return bad("spins: %v of processor time", spent)
	case crashed(stderr):
		return bad("crashes: %s", firstLine(stderr))
	case lines > mostLog:
		return bad("floods: %d lines", lines)
	case code == 0 && slices.Contains(args, "hello") && stdout != "hello\n":
		return bad("wrong: %q", stdout)
	case code == 0 && !drawn(args):
		return bad("wrong: no picture, and exit 0")
	case code == 0:
		return works
	case code == 1:
		return bad("wrong: exit 1: %s", lastLine(stderr))
	case !namesErrno.MatchString(stderr) && !strings.Contains(stderr, "timed out"):
		return bad("unclear: exit %d: %s", code, lastLine(stderr))
	}
	return line
}

// drawn reports whether the picture that a client was to draw, if any, is there.
func drawn(args []string) bool {
	i := slices.Index(args, "-picture")
	if i < 0 {
		return true
	}
	picture, err := os.ReadFile(args[i+1])
	return err == nil && strings.HasSuffix(strings.TrimSpace(string(picture)), "</svg>")
}

var warned = regexp.MustCompile(`level=(WARN|ERROR)`)

// saysWhy matches a line with an errno about the end of a server or of one of its listeners.
var saysWhy = regexp.MustCompile(`(?m)(^echoserver: |level=ERROR).*\bE[A-Z0-9]{3,}\b`)

var namesErrno = regexp.MustCompile(`\bE[A-Z0-9]{3,}\b`)

// build builds both programs, without cgo since the C library makes other calls.
func build(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", dir, "./cmd/echoserver", "./cmd/echoclient")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return map[string]string{"echoserver": filepath.Join(dir, "echoserver"), "echoclient": filepath.Join(dir, "echoclient")}
}
