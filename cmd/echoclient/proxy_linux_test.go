package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// proxies are what people put before their servers, and whether half-close survives them.
var proxies = []struct {
	name, config string
	args         []string
	survives     bool
}{
	{"nginx as it comes", strings.ReplaceAll(nginxConf, "{half}", "off"), []string{"nginx", "-c", "{dir}/conf"}, false},
	{"nginx with half-close", strings.ReplaceAll(nginxConf, "{half}", "on"), []string{"nginx", "-c", "{dir}/conf"}, true},
	{"haproxy", haproxyConf, []string{"haproxy", "-f", "{dir}/conf"}, true},
	{"socat", "", []string{"socat", "-t10", "UNIX-LISTEN:{dir}/front,fork", "UNIX-CONNECT:{dir}/back"}, true},
}

func TestDoctorFindsWhatProxiesDo(t *testing.T) {
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			need(t, p.args[0])
			dir := t.TempDir()
			cmdtest.Start(t, "-listen", "unix://"+dir+"/back")
			inDir := strings.NewReplacer("{dir}", dir)
			check(t, os.WriteFile(filepath.Join(dir, "conf"), []byte(inDir.Replace(p.config)), 0o600))
			args := make([]string, len(p.args))
			for i, arg := range p.args {
				args[i] = inDir.Replace(arg)
			}
			startProxy(t, filepath.Join(dir, "front"), args)
			d, got := diagnose(t, "unix://"+dir+"/front")
			if half := d.checks()["half-close"]; !d.checks()["echo"].OK || half.OK != p.survives || (got.Code == exitOK) != p.survives {
				t.Errorf("exit code %d, %s, %+v", got.Code, got.Stderr, d.Checks)
			}
		})
	}
}

// startProxy runs a proxy until the test's end, and waits until it takes connections.
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
	t.Fatalf("the proxy doesn't listen: %s %v", log, err)
}
