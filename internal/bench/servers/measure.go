//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/berkeley/sock"
)

// patience is how long the tool waits for a server.
const patience = 10 * time.Second

// sample is one measurement of one server.
type sample struct {
	Messages  int64   `json:"messages,omitempty"`
	PerSecond float64 `json:"messages_per_second,omitempty"`
	CPU       float64 `json:"server_cpu_us_per_message,omitempty"`
	LoadCPU   float64 `json:"load_cpu_us_per_message,omitempty"`
	P50       float64 `json:"p50_us,omitempty"`
	P99       float64 `json:"p99_us,omitempty"`
	Memory    float64 `json:"resident_mb,omitempty"` // the most there was; of idle connections, while nothing came
	Used      float64 `json:"resident_mb_after_use,omitempty"`
	Error     string  `json:"error,omitempty"`
}

// report is what a load prints, as much of it as is needed here.
type report struct {
	Messages          int64   `json:"messages"`
	MessagesPerSecond float64 `json:"messages_per_second"`
	CPUSeconds        float64 `json:"cpu_seconds"`
	Latency           struct {
		P50 float64 `json:"p50"`
		P99 float64 `json:"p99"`
	} `json:"latency_ns"`
}

// measure starts a server and puts the load on it. What goes wrong is the result, and doesn't end the run.
func (b *bench) measure(at setting, command []string) sample {
	found, err := b.try(at, command)
	if err != nil {
		return sample{Error: err.Error()}
	}
	return found
}

func (b *bench) try(at setting, command []string) (found sample, err error) {
	p, err := b.start(command, at.placement().server)
	if err != nil {
		return found, err
	}
	defer p.stop()
	if what := at.scenario(); what.idle {
		return b.hold(p, what)
	}
	before, err := p.cpu()
	if err != nil {
		return found, err
	}
	r, err := b.load(at, p, b.time)
	if err != nil {
		return found, err
	}
	after, err := p.cpu()
	if err != nil {
		return found, err
	}
	messages := float64(r.Messages)
	found = sample{
		Messages: r.Messages, PerSecond: r.MessagesPerSecond,
		CPU: (after - before) / 1e3 / messages, LoadCPU: r.CPUSeconds * 1e6 / messages,
		P50: r.Latency.P50 / 1e3, P99: r.Latency.P99 / 1e3,
	}
	found.Memory, err = p.memory("VmHWM")
	return found, err
}

// load runs a load, under the command given, if any.
func (b *bench) load(at setting, p *process, d time.Duration, under ...string) (*report, error) {
	if err := b.pin(at.placement().load); err != nil {
		return nil, err
	}
	l := at.load()
	args := append(under, b.path(l.program))
	args = append(args, l.arguments(at.scenario(), p.url, d.Seconds())...)
	text, err := output(exec.Command(args[0], args[1:]...))
	if err != nil {
		return nil, err
	}
	r := &report{}
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, err
	}
	if r.Messages == 0 {
		return nil, fmt.Errorf("no message came back")
	}
	return r, nil
}

// calls counts the server's system calls a message, in a run of its own: counting costs time. It is 0 if that failed.
func (b *bench) calls(at setting, command []string) float64 {
	p, err := b.start(command, at.placement().server)
	if err != nil {
		return 0
	}
	defer p.stop()
	file := filepath.Join(b.dir, "calls")
	r, err := b.load(at, p, b.time/2,
		"perf", "stat", "-x,", "-o", file, "-e", "raw_syscalls:sys_enter", "-p", strconv.Itoa(p.Process.Pid), "--")
	if err != nil {
		return 0
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if count, err := strconv.ParseFloat(strings.Split(line, ",")[0], 64); err == nil {
			return count / float64(r.Messages)
		}
	}
	return 0
}

// floor measures what the echoes alone cost.
func (b *bench) floor(at setting) (*series, error) {
	if err := b.pin(at.placement().server); err != nil {
		return nil, err
	}
	what := at.scenario()
	s := &series{setting: at, Server: floor}
	rounds := int(max(1, b.time/(20*time.Microsecond)/time.Duration(what.connections)))
	for range b.rounds {
		text, err := output(exec.Command(b.path(floor), strconv.Itoa(what.connections), strconv.Itoa(what.size), strconv.Itoa(rounds)))
		if err != nil {
			return nil, err
		}
		cpu, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return nil, err
		}
		s.Samples = append(s.Samples, sample{CPU: cpu})
	}
	return s, nil
}

// hold opens idle connections, and looks at the server's memory; then again, when each was used once.
func (b *bench) hold(p *process, what scenario) (found sample, err error) {
	sa, err := sock.ParseSockaddr(strings.TrimPrefix(p.url, "tcp://"))
	if err != nil {
		return found, err
	}
	var fds []int
	defer func() {
		for _, fd := range fds {
			sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true}) // no TIME_WAIT
			sock.Close(fd)
		}
	}()
	for range what.connections {
		fd, err := dial(sa)
		if err != nil {
			return found, fmt.Errorf("after %d connections: %w", len(fds), err)
		}
		fds = append(fds, fd)
	}
	if err := p.awaitDescriptors(len(fds)); err != nil {
		return found, err
	}
	if found.Memory, err = p.memory("VmRSS"); err != nil {
		return found, err
	}
	sent, got := bytes.Repeat([]byte("0123456789abcdef"), what.size/16), make([]byte, what.size)
	for _, fd := range fds {
		clear(got)
		if _, err := sock.SendAll(fd, sent, 0); err != nil {
			return found, fmt.Errorf("send: %w", err)
		}
		if _, err := sock.RecvFull(fd, got); err != nil {
			return found, fmt.Errorf("recv: %w", err)
		}
		if !bytes.Equal(got, sent) {
			return found, fmt.Errorf("wrong answer")
		}
	}
	found.Used, err = p.memory("VmRSS")
	return found, err
}

// dial connects a socket whose calls give up after a while.
func dial(sa sock.Sockaddr) (fd int, err error) {
	if fd, err = sock.Socket(sa.Family(), sock.SOCK_STREAM, 0); err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	for _, o := range []sock.Option[time.Duration]{sock.SO_SNDTIMEO, sock.SO_RCVTIMEO} {
		if err == nil {
			err = sock.Setsockopt(fd, o, patience)
		}
	}
	if err == nil {
		// Linux goes on with a connect(2) that was interrupted.
		_, err = sock.Retry(func() (int, error) { return 0, sock.Connect(fd, sa) })
	}
	if err != nil {
		sock.Close(fd)
		return -1, fmt.Errorf("connect: %w", err)
	}
	return fd, nil
}
