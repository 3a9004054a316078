//go:build unix

package main

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
)

// deadlySignals are the signals by which users and terminals end a program, and more. SIGHUP and SIGINT stay ignored if they
// were when the program began, as under nohup(1); Go's runtime takes over the others.
func deadlySignals(more ...os.Signal) []os.Signal {
	return slices.DeleteFunc(append([]os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}, more...), signal.Ignored)
}

// guard calls remove if a signal ends the process before release is called.
func guard(remove func() error) (release func()) {
	signals := deadlySignals(syscall.SIGQUIT, syscall.SIGABRT)
	if len(signals) == 0 {
		return func() {}
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
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
