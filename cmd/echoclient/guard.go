//go:build unix

package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// deadlySignals are the signals by which users and terminals end a program. A signal that was ignored when the program
// began, as under nohup(1), stays ignored.
func deadlySignals() (signals []os.Signal) {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) {
			signals = append(signals, sig)
		}
	}
	return signals
}

// guard calls remove if a signal ends the process before release is called.
func guard(remove func() error) (release func()) {
	came := make(chan os.Signal, 1)
	signal.Notify(came, append(deadlySignals(), syscall.SIGQUIT, syscall.SIGABRT)...)
	go func() {
		sig, ok := <-came
		if !ok {
			return
		}
		remove()
		signal.Reset(sig)
		syscall.Kill(os.Getpid(), sig.(syscall.Signal)) // ends the process as it would have without this guard: SIGQUIT prints its stacks
	}()
	return sync.OnceFunc(func() {
		signal.Stop(came)
		close(came)
	})
}
