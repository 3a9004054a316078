//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// questionPause is how long the server waits after it has logged its counters: signals that come meanwhile get one answer.
const questionPause = 50 * time.Millisecond

// catchSignals catches the signals that end the server and those that ask for its counters.
func catchSignals() (ends, questions <-chan os.Signal) {
	// These would end or stop the server because of its log: a pipe without a reader, a file that must not grow, a terminal
	// that has gone or does not take output from the background. SIGHUP is also what a terminal sends before it goes.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ, syscall.SIGHUP, syscall.SIGTTOU)
	e, q := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(e, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(q, syscall.SIGUSR1)
	return e, q
}

// answerQuestions logs the counters when SIGUSR1 comes, but not as often as anybody may send it.
func (s *server) answerQuestions(questions <-chan os.Signal) {
	for range questions {
		s.logCounters()
		for _, l := range s.listeners {
			s.checkFile(l)
		}
		time.Sleep(questionPause)
	}
}
