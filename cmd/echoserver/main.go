//go:build unix

// Echoserver sends back what it receives, over raw file descriptors: see echoserver -h.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/cmdflag"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 64 // EX_USAGE of sysexits.h
)

// engine prepares to serve the listeners and returns a function that serves their clients until s.stop is set. The function
// then accepts the clients that wait in the listeners' queues, closes the listeners, and returns when it has served the last
// client. It returns earlier only with an error, or without listeners.
type engine func(s *server) (serve func() error, err error)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return printAnswer(help(), stdout, stderr)
	case errors.Is(err, cmdflag.ErrVersion):
		return printAnswer(cmdflag.Version("echoserver"), stdout, stderr)
	case err != nil:
		fmt.Fprintf(stderr, "echoserver: %s (see echoserver -h)\n", callerr.Line(err))
		return exitUsage
	}
	// At the descriptor limit it would be too late to open the runtime's poller, and the file with the time zone.
	if err := fdutil.StartPoller(); err != nil {
		logFailure(stderr, o, err)
		return exitFailure
	}
	_ = time.Local.String()
	logs := newLogWriter(stderr, o)
	defer logs.close()
	if o.trace {
		sock.SetTrace(func(line string) { fmt.Fprintln(logs, line) })
		defer sock.SetTrace(nil)
	}
	if err := runServer(o, stdout, logs); err != nil {
		logFailure(logs, o, err)
		return exitFailure
	}
	return exitOK
}

// printAnswer prints text that the user asked for, and returns the exit code.
func printAnswer(text string, stdout, stderr io.Writer) int {
	if _, err := io.WriteString(stdout, text); err != nil {
		fmt.Fprintf(stderr, "echoserver: %s\n", callerr.Line(callerr.OnFile(err)))
		return exitFailure
	}
	return exitOK
}

// runServer runs the server until a signal ends it, or until it has no listener any more.
func runServer(o *options, stdout, logs io.Writer) error {
	signals, questions := catchSignals()
	s, err := newServer(o, logs)
	if err != nil {
		return err
	}
	serve, err := s.start(signals)
	if serve == nil {
		return err
	}
	defer s.close()
	go s.announce(stdout)
	s.watch.start()
	defer s.logCounters(true)
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	go s.answerQuestions(questions)
	select {
	case err := <-ended:
		return s.outcome(err)
	case sig := <-signals:
		takeCopies(signals)
		s.log.Info("stopping", "signal", sig.String(), "grace", o.grace.String())
	case <-s.orphaned:
		s.log.Info("stopping", "reason", errNoListener, "grace", o.grace.String())
	}
	return s.stopGracefully(ended, signals)
}

// stopGracefully has the engine serve the clients that are left, for -grace or until another signal.
func (s *server) stopGracefully(ended <-chan error, signals <-chan os.Signal) error {
	for _, l := range s.listeners {
		s.retire(l)
	}
	s.stop.Set()
	select {
	case err := <-ended:
		return s.outcome(err)
	case <-time.After(s.options.grace):
		if left := s.active.Load(); left > 0 {
			s.log.Warn("grace period over: resetting the remaining clients", "clients", left)
		}
		return s.outcome(nil)
	case sig := <-signals:
		return fmt.Errorf("second signal (%v): resetting the remaining clients, %d", sig, s.active.Load())
	}
}

// outcome returns how the server ends if its engine returned err.
func (s *server) outcome(err error) error {
	if err == nil && s.serving.Load() == 0 {
		return errNoListener
	}
	return err
}

// announce prints the listeners' addresses. The server doesn't wait for it: standard output may be a pipe that isn't
// read, or a stopped terminal.
func (s *server) announce(stdout io.Writer) {
	var urls []string
	var lines strings.Builder
	for _, l := range s.listeners {
		urls = append(urls, l.url)
		fmt.Fprintf(&lines, "echoserver: listening on %s\n", l.url)
	}
	printed := make(chan error, 1)
	go func() {
		_, err := io.WriteString(stdout, lines.String())
		printed <- callerr.OnFile(err)
	}()
	var err error
	select {
	case err = <-printed:
	case <-time.After(time.Second):
		err = errors.New("standard output is blocked")
	}
	if err != nil {
		s.log.Warn("cannot print the addresses", "listening", strings.Join(urls, " "), "err", err)
	}
}
