//go:build linux

package main

import (
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What wasn't named isn't built, so that it needs no modules of its own.
func TestOnlyWhatIsNamedIsBuilt(t *testing.T) {
	for args, want := range map[string][]string{
		"-server C,net -load plain":                 {"datagram", "epoll", "load", "net"},
		"-server floor,epoll -load echoclient":      {"echoclient", "echoserver", "floor"},
		"-server gnet,raw -load plain":              {"gnet", "load", "raw"},
		"-server splice -load plain -peer x=/bin/x": {"load", "splice"},
	} {
		o, err := parse(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{options: o}
		if got := slices.Sorted(maps.Keys(b.programs())); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

// Both loads fail where a byte that comes back is another one than was sent.
func TestLoadsFindWrongAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	b := &bench{options: &options{servers: []string{floor}}, dir: t.TempDir()}
	if err := b.build(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go corrupt(l)
	what := find(scenarios, "one")
	for _, load := range loads {
		if !b.has(load.program) {
			t.Logf("%s wasn't built", load.program)
			continue
		}
		command := exec.Command(b.path(load.program), load.arguments(what, "tcp://"+l.Addr().String(), 60)...)
		if text, err := command.CombinedOutput(); err == nil || !strings.Contains(string(text), "wrong answer") && !strings.Contains(string(text), "at byte") {
			t.Errorf("%s: %v, output %q, want it to find the wrong answer", load.name, err, text)
		}
	}
}

// corrupt echoes what it receives, except for the last byte of each receive.
func corrupt(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p := make([]byte, 1<<16)
		for n, err := c.Read(p); err == nil; n, err = c.Read(p) {
			p[n-1] ^= 1
			c.Write(p[:n])
		}
		c.Close()
	}
}

// The processor's name doesn't tell its kind where a virtual machine hides it: family and model do.
func TestMachine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cpuinfo := write("cpuinfo", "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel\t\t: 3\n")
	if got, want := processor(cpuinfo), "AMD EPYC (family 26, model 2)"; got != want {
		t.Errorf("processor %q, want %q", got, want)
	}
	if got := processor(write("arm", "processor\t: 0\nCPU part\t: 0xd0c\n")); got != "unknown" {
		t.Errorf("processor %q, want unknown", got)
	}
	write("faults/meltdown", "Mitigation: PTI\n")
	write("faults/mds", "Not affected\n")
	write("faults/spectre_v1", "Vulnerable\n")
	if got, want := mitigations(filepath.Join(dir, "faults")), "meltdown: PTI; spectre_v1: Vulnerable"; got != want {
		t.Errorf("mitigations %q, want %q", got, want)
	}
	if got := mitigations(filepath.Join(dir, "none")); got != "none" {
		t.Errorf("mitigations %q, want none", got)
	}
	if cost := systemCall(); cost <= 0 || cost > 1000 {
		t.Errorf("systemCall = %v µs, want between 0 and 1000", cost)
	}
}
