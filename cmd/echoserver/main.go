//go:build unix

// Echoserver sends back what it receives, over raw file descriptors: see echoserver -h.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 64 // EX_USAGE of sysexits.h
)

// engine prepares to serve the listeners. What it returns serves their clients until s.stop is set; then it closes the
// listeners, once all who wait in their queues are in, and returns when the last client is served. It returns early only
// with an error.
type engine func(s *server) (serve func() error, err error)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "echoserver: %s (see echoserver -h)\n", endpoint.Line(err))
		return exitUsage
	}
	logs := newLogWriter(stderr, o)
	defer logs.close()
	if o.trace {
		sock.SetTrace(func(line string) { fmt.Fprintln(logs, line) })
		defer sock.SetTrace(nil)
	}
	if err := serve(o, stdout, logs); err != nil {
		logFailure(logs, o, err)
		return exitFailure
	}
	return exitOK
}

// patience is how long the server may take to start: looking up names, waiting for a lock.
const patience = 10 * time.Second

// serve runs the server until a signal ends it.
func serve(o *options, stdout, logs io.Writer) error {
	// A log that nobody reads, a file that can't grow and a terminal that goes away must not end the server.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ, syscall.SIGHUP)
	signals, questions := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(questions, syscall.SIGUSR1)
	// At the descriptor limit it would be too late.
	if err := fdutil.StartPoller(); err != nil {
		return err
	}
	s, err := newServer(o, logs)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.space.check(); err != nil {
		s.log.Warn("who is owed more than -spool-memory holds will get a reset", "err", err)
	}
	if err := s.open(); err != nil {
		return err
	}
	engine, err := o.engine(s)
	if err != nil {
		return err
	}
	for _, l := range s.listeners {
		fmt.Fprintf(stdout, "echoserver: listening on %s\n", l.url)
	}
	defer s.logCounters()
	ended := make(chan error, 1)
	go func() { ended <- engine() }()
	go func() {
		for range questions {
			s.logCounters()
		}
	}()
	select {
	case err := <-ended:
		return err
	case sig := <-signals:
		s.log.Info("stopping", "signal", sig.String(), "grace", o.grace)
	}
	for _, l := range s.listeners {
		l.retire()
	}
	s.stop.Set()
	select {
	case err := <-ended:
		return err
	case <-time.After(o.grace):
		s.log.Warn("the grace is over: what is still connected gets a reset", "clients", s.active.Load())
		return nil
	case sig := <-signals:
		return fmt.Errorf("%v a second time: what is still connected gets a reset, %d clients", sig, s.active.Load())
	}
}
