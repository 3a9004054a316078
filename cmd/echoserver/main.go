//go:build unix

// Echoserver sends back what it receives, over raw file descriptors: see echoserver -h.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
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

// options is what the command line says.
type options struct {
	listen      []sock.Endpoint
	engine      engine
	message     bool
	backlog     int
	maxMessage  int
	idleTimeout time.Duration
	grace       time.Duration
	verbose     bool
	trace       bool
}

// engine serves the listeners' clients until s.stop is set; then it closes the listeners, once all who wait in their
// queues are in, and returns when the last client is served. It returns early only with an error.
type engine func(s *server) error

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
	logs := newLogWriter(stderr)
	defer logs.close()
	if o.trace {
		sock.SetTrace(func(line string) { fmt.Fprintln(logs, line) })
		defer sock.SetTrace(nil)
	}
	if err := serve(o, stdout, logs); err != nil {
		fmt.Fprintf(logs, "echoserver: %s\n", endpoint.Line(err))
		return exitFailure
	}
	return exitOK
}

func parseOptions(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("echoserver", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("listen", "", func(s string) error {
		e, err := sock.ParseEndpoint(s)
		o.listen = append(o.listen, e)
		return bare(err)
	})
	engineName := flags.String("engine", defaultEngine, "")
	mode := flags.String("mode", "stream", "")
	flags.IntVar(&o.backlog, "backlog", 4096, "")
	maxMessage := flags.String("max-message", "16MiB", "")
	flags.DurationVar(&o.idleTimeout, "idle-timeout", 5*time.Minute, "")
	flags.DurationVar(&o.grace, "grace", 5*time.Second, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.trace, "trace", false, "")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if len(o.listen) == 0 {
		e, err := sock.ParseEndpoint(defaultListen)
		if err != nil {
			return nil, err
		}
		o.listen = append(o.listen, e)
	}
	var err error
	if o.maxMessage, err = parseSize(*maxMessage); err != nil {
		return nil, fmt.Errorf("-max-message: %w", err)
	}
	o.engine = engines[*engineName]
	o.message = *mode == "message"
	switch {
	case o.engine == nil:
		return nil, fmt.Errorf("-engine %q: there are %s", *engineName, strings.Join(engineNames(), ", "))
	case !o.message && *mode != "stream":
		return nil, fmt.Errorf("-mode %q: there are stream and message", *mode)
	case o.backlog < 0:
		return nil, fmt.Errorf("-backlog %d: it can't be negative", o.backlog)
	case o.idleTimeout < 0 || o.grace < 0:
		return nil, errors.New("-idle-timeout and -grace can't be negative")
	}
	return o, nil
}

// bare takes away the address that an endpoint's error begins with: package flag says it too.
func bare(err error) error {
	if err == nil {
		return nil
	}
	return errors.Unwrap(err)
}

// serve runs the server until a signal ends it.
func serve(o *options, stdout, logs io.Writer) error {
	// A log that nobody reads must not end the server.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	// At the descriptor limit it would be too late.
	if err := fdutil.StartPoller(); err != nil {
		return err
	}
	s, err := newServer(o, logs)
	if err != nil {
		return err
	}
	defer s.close()
	for _, e := range o.listen {
		if err := s.listen(context.Background(), e); err != nil {
			return err
		}
	}
	for _, l := range s.listeners {
		fmt.Fprintf(stdout, "echoserver: listening on %s\n", l.url)
	}
	ended := make(chan error, 1)
	go func() { ended <- o.engine(s) }()
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
		s.log.Warn("the grace is over: what is still connected gets a reset")
		return nil
	case sig := <-signals:
		return fmt.Errorf("%v a second time: what is still connected gets a reset", sig)
	}
}
