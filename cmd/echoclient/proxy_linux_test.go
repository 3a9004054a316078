package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

const nginxConf = `
daemon off;
master_process off;
pid {dir}/pid;
error_log stderr;
include /etc/nginx/modules-enabled/*.conf;
events {}
stream {
	server {
		listen unix:{dir}/front;
		proxy_pass unix:{dir}/back;
		proxy_half_close {half};
	}
}
`

const haproxyConf = `
defaults
	mode tcp
	timeout connect 10s
	timeout client 30s
	timeout server 30s
listen echo
	bind unix@{dir}/front
	server back unix@{dir}/back
`

// proxies are common proxies, and whether they pass on a half-close.
var proxies = []struct {
	name, config string
	args         []string
	survives     bool
}{
	{"nginx by default", strings.ReplaceAll(nginxConf, "{half}", "off"), []string{"nginx", "-c", "{dir}/conf"}, false},
	{"nginx with half-close", strings.ReplaceAll(nginxConf, "{half}", "on"), []string{"nginx", "-c", "{dir}/conf"}, true},
	{"haproxy", haproxyConf, []string{"haproxy", "-f", "{dir}/conf"}, true},
	{"socat", "", []string{"socat", "-t10", "UNIX-LISTEN:{dir}/front,fork", "UNIX-CONNECT:{dir}/back"}, true},
}

func TestDoctorFindsWhatProxiesDo(t *testing.T) {
	t.Parallel()
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			need(t, p.args[0])
			dir := t.TempDir()
			server := cmdtest.Start(t, "-listen", "unix://"+dir+"/back")
			inDir := strings.NewReplacer("{dir}", dir)
			check(t, os.WriteFile(filepath.Join(dir, "conf"), []byte(inDir.Replace(p.config)), 0o600))
			args := make([]string, len(p.args))
			for i, arg := range p.args {
				args[i] = inDir.Replace(arg)
			}
			startProxy(t, filepath.Join(dir, "front"), args)
			d, got := diagnose(t, "unix://"+dir+"/front")
			half := d.checks()["half-close"]
			survives := p.survives
			if survives && !half.OK {
				survives = !lostBytes(t, server, doctorBytes)
			}
			if !d.checks()["echo"].OK || half.OK != survives || (got.Code == exitOK) != survives {
				t.Errorf("exit code %d, standard error %q, checks %+v; want echo ok, half-close ok: %t", got.Code, got.Stderr, d.Checks, survives)
			}
		})
	}
}

// doctorBytes is how much the check of half-close sends.
const doctorBytes = 8 << 20

// lostBytes reports whether bytes were lost outside the server: it saw the client's end before it had received the given
// number of bytes, or it sent as many back. On a busy machine, haproxy sometimes passes on an end too early.
func lostBytes(t *testing.T, server *cmdtest.Server, bytes int) bool {
	t.Helper()
	server.Stop(syscall.SIGTERM)
	counters := serverCounters.FindAllStringSubmatch(server.Stderr(), -1)
	if len(counters) != 1 {
		t.Fatalf("the server logged its counters %d times, want once: %s", len(counters), server.Stderr())
	}
	received, err := strconv.Atoi(counters[0][1])
	check(t, err)
	sent, err := strconv.Atoi(counters[0][2])
	check(t, err)
	return received < bytes || sent >= bytes
}

var serverCounters = regexp.MustCompile(`msg=counters .* received=(\d+) sent=(\d+) `)

// startProxy runs a proxy until the test ends, and waits until it accepts connections.
func startProxy(t *testing.T, front string, args []string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	output, err := os.Create(filepath.Join(t.TempDir(), "log"))
	check(t, err)
	cmd.Stdout, cmd.Stderr = output, output
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		output.Close()
	})
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(cmdtest.Patience); time.Now().Before(deadline); <-poll.C {
		if conn, err := net.Dial("unix", front); err == nil {
			conn.Close()
			return
		}
	}
	log, err := os.ReadFile(output.Name())
	t.Fatalf("the proxy does not accept connections: %s %v", log, err)
}
