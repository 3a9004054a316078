//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// questionPause is how long the server waits after it has logged its counters: it logs them once for all signals
// meanwhile.
const questionPause = 50 * time.Millisecond

// copyPause is how long after a signal another one counts as its copy: timeout(1) signals its child, and then its process
// group, which the child is in.
const copyPause = 20 * time.Millisecond

// catchSignals catches the signals that end the server and those that ask for its counters.
func catchSignals() (ends, questions <-chan os.Signal) {
	// These would end or stop the server because of its log: a pipe without a reader, a file that may not grow, a
	// terminal that has gone or stops background programs when they write. SIGHUP also comes from a terminal that hangs
	// up.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ, syscall.SIGHUP, syscall.SIGTTOU)
	e, q := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(e, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(q, syscall.SIGUSR1)
	return e, q
}

// takeCopies discards the signals that arrive within copyPause.
func takeCopies(signals <-chan os.Signal) {
	time.Sleep(copyPause)
	for len(signals) > 0 {
		<-signals
	}
}

// answerQuestions logs the counters at SIGUSR1, at a limited rate.
func (s *server) answerQuestions(questions <-chan os.Signal) {
	for range questions {
		s.logCounters(false)
		for _, l := range s.listeners {
			s.checkFile(l)
		}
		time.Sleep(questionPause)
	}
}
