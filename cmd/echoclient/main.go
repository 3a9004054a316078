//go:build unix

// Echoclient sends to an echo server, receives, and compares: see echoclient -h.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// Exit codes.
const (
	exitOK        = 0
	exitDifferent = 1
	exitTrouble   = 2
	exitUsage     = 64 // EX_USAGE of sysexits.h
)

// differentError is an answer that isn't what was sent.
type differentError struct {
	offset int64
	reason string
}

func (e *differentError) Error() string {
	return fmt.Sprintf("wrong answer at byte %d: %s", e.offset, e.reason)
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = fmt.Fprint(stdout, help)
		return exitCode(standard("output", err), stderr)
	case err != nil:
		fmt.Fprintf(stderr, "echoclient: %s (see echoclient -h)\n", endpoint.Line(err))
		return exitUsage
	}
	if o.trace {
		sock.SetTrace(func(line string) { fmt.Fprintln(stderr, line) })
	}
	switch {
	case o.load:
		err = runLoad(o, stdout, stderr)
	case o.doctor:
		err = runDoctor(o, stdout)
	default:
		err = talk(o, stdin, stdout, stderr)
	}
	return exitCode(err, stderr)
}

// exitCode is the exit code for an error, which it prints.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "echoclient: %s\n", endpoint.Line(err))
	if different := (*differentError)(nil); errors.As(err, &different) {
		return exitDifferent
	}
	return exitTrouble
}

// talk has one conversation with the server.
func talk(o *options, stdin io.Reader, stdout, stderr io.Writer) error {
	ctx := context.Background()
	r, err := newRoute(ctx, o)
	if err != nil {
		return err
	}
	r.connected = func(c *conversation) {
		c.input, c.output = stdin, stdout
		if len(o.words) > 0 {
			c.input = strings.NewReader(strings.Join(o.words, " "))
		}
		if o.verbose {
			fmt.Fprintf(stderr, "echoclient: connected from %s to %s\n", c.local, c.remote)
		}
	}
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { c.close() }()
	if o.server.Datagram() {
		c, err = r.talkDatagrams(c)
	} else {
		err = c.exchangeStream()
	}
	if o.verbose {
		for _, what := range o.lacks.list() {
			fmt.Fprintf(stderr, "echoclient: not available here: %s\n", what)
		}
		fmt.Fprintf(stderr, "echoclient: %d bytes sent, %d received\n", c.sent.Load(), c.received)
	}
	if err != nil {
		return err
	}
	if len(o.words) > 0 {
		if _, err := fmt.Fprintln(stdout); err != nil {
			return standard("output", err)
		}
	}
	return c.setReset(false)
}
