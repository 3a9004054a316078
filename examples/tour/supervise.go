//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"example.com/berkeley/internal/life"
)

// superviseVariable is in the environment of a supervisor: this program, started again to run a lesson's program in a network
// of its own where it may, to capture the packets there, and to draw what happened, however the program ended. It names the
// directory of the run.
const superviseVariable = "TOUR_SUPERVISES"

// probe stands for that directory when there is nothing to run: the supervisor only tells whether it could capture packets.
const probe = "nothing"

// Descriptors that a supervisor alone holds: the end of held tells the tour that the supervisor has ended, and heard comes to
// its end when the run is to end, or the tour has ended.
const (
	held  = 3
	heard = 4
)

// signalled plus a signal's number is the exit code for a program that a signal ended.
const signalled = 128

// drainTime is how often captured packets are taken from the kernel.
const drainTime = 2 * time.Millisecond

func supervise(dir string) int {
	os.Unsetenv(superviseVariable)
	syscall.CloseOnExec(held)
	syscall.CloseOnExec(heard)
	if err := prepareNetwork(); err != nil {
		fmt.Println(err)
		return exitTrouble
	}
	capture, unavailable := life.NewCapture(0)
	if dir == probe {
		if unavailable != nil {
			return exitTrouble
		}
		return 0
	}
	run := &run{dir: dir, capture: capture, because: unavailable}
	stop := make(chan struct{}, 1)
	go func() {
		os.NewFile(heard, "").Read(make([]byte, 1))
		stop <- struct{}{}
	}()
	code, err := run.oversee(stop)
	if err != nil {
		fmt.Println(err)
		return exitTrouble
	}
	return code
}

// run is what a supervisor looks after.
type run struct {
	dir     string
	capture *life.Capture // nil: packets can't be captured
	because error         // of that
}

// oversee runs the program until it ends or stop has a value, and writes the record of its run.
func (r *run) oversee(stop <-chan struct{}) (code int, err error) {
	cmd := exec.Command(filepath.Join(r.dir, "lesson"))
	cmd.Dir = filepath.Join(r.dir, "tmp")
	cmd.Env = append(os.Environ(), life.LogVariable+"="+r.log(), "TMPDIR="+cmd.Dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	adoptOrphans()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	err = r.await(cmd, stop)
	endOrphans()
	if err != nil {
		return 0, err
	}
	if code = cmd.ProcessState.ExitCode(); code < 0 {
		code = signalled + int(cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
	}
	return code, r.record()
}

func (r *run) log() string { return filepath.Join(r.dir, "log") }

// await waits until the program ends, or ends it, and takes the packets meanwhile.
func (r *run) await(cmd *exec.Cmd, stop <-chan struct{}) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(drainTime)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				return nil
			}
			return err
		case <-stop:
			cmd.Process.Kill()
		case <-tick.C:
			if r.capture != nil {
				r.capture.Drain()
			}
		}
	}
}

// record writes the run's record, if the program made calls.
func (r *run) record() error {
	p, err := os.ReadFile(r.log())
	if err != nil {
		return nil
	}
	record, err := life.ReadLog("", p, r.capture)
	if err != nil {
		return err
	}
	if r.capture == nil {
		record.Because = life.NoCapture(r.because)
	}
	p, err = json.Marshal(record)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, "run.json"), p, 0o600)
}
