//go:build unix

// Echoclient sends to an echo server, receives, and compares: see echoclient -h.
package main

import (
	"bytes"
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
		fmt.Fprint(stdout, help)
		return exitOK
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
	var different *differentError
	switch {
	case errors.As(err, &different):
		fmt.Fprintf(stderr, "echoclient: %s\n", endpoint.Line(err))
		return exitDifferent
	case err != nil:
		fmt.Fprintf(stderr, "echoclient: %s\n", endpoint.Line(err))
		return exitTrouble
	}
	return exitOK
}

// talk has one conversation with the server.
func talk(o *options, stdin io.Reader, stdout, stderr io.Writer) error {
	c, err := connect(context.Background(), o)
	if err != nil {
		return err
	}
	defer c.close()
	c.input, c.output = stdin, stdout
	if len(o.words) > 0 {
		c.input = bytes.NewReader([]byte(strings.Join(o.words, " ")))
	}
	if o.verbose {
		fmt.Fprintf(stderr, "echoclient: connected from %s to %s\n", c.local, c.remote)
	}
	if o.server.Datagram() {
		err = c.exchangeDatagrams()
	} else {
		err = c.exchangeStream()
	}
	if o.verbose {
		fmt.Fprintf(stderr, "echoclient: %d bytes sent, %d received\n", c.sent.Load(), c.received)
	}
	if err != nil {
		return err
	}
	if len(o.words) > 0 {
		if _, err := fmt.Fprintln(stdout); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	return c.setReset(false)
}
