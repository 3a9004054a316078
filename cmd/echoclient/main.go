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

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/cmdflag"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

// Exit codes.
const (
	exitOK        = 0
	exitDifferent = 1
	exitTrouble   = 2
	exitUsage     = 64 // EX_USAGE of sysexits.h
)

// differentError is an answer that differs from what was sent.
type differentError struct {
	offset int64
	reason string
	early  bool // whether it ended too early
}

// missing returns the reason for an answer that lacks its last n bytes.
func missing(n int64) string {
	if n == 1 {
		return "the answer ended, 1 byte is missing"
	}
	return fmt.Sprintf("the answer ended, %d bytes are missing", n)
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
	case errors.Is(err, cmdflag.ErrVersion):
		_, err = fmt.Fprint(stdout, cmdflag.Version("echoclient"))
		return exitCode(standard("output", err), stderr)
	case err != nil:
		fmt.Fprintf(stderr, "echoclient: %s (see echoclient -h)\n", callerr.Line(err))
		return exitUsage
	}
	if err := fdutil.StartPoller(); err != nil {
		return exitCode(err, stderr)
	}
	if o.trace {
		sock.SetTrace(func(line string) { fmt.Fprintln(stderr, line) })
	}
	if err := o.checkResults(); err != nil {
		return exitCode(err, stderr)
	}
	switch {
	case o.load:
		err = o.pictured(func() error { return runLoad(o, stdout, stderr) })
	case o.doctor:
		err = runDoctor(o, stdout)
	default:
		err = o.pictured(func() error { return talk(o, stdin, stdout, stderr) })
	}
	return exitCode(err, stderr)
}

// exitCode prints an error, and returns its exit code.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "echoclient: %s\n", callerr.Line(err))
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
	var line bytes.Buffer // the answer to words, which is printed in one piece: lines on standard error don't split it
	r.connected = func(c *conversation) {
		c.input, c.output = stdin, stdout
		if len(o.words) > 0 {
			line.Reset()
			c.input, c.output = strings.NewReader(strings.Join(o.words, " ")), &line
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
	if len(o.words) > 0 {
		if err == nil || line.Len() > 0 && sameFile(stdout, stderr) {
			line.WriteByte('\n')
		}
		if _, printErr := line.WriteTo(stdout); printErr != nil {
			err = standard("output", printErr)
		}
	}
	if o.verbose {
		for _, what := range o.lacks.list() {
			fmt.Fprintf(stderr, "echoclient: not available here: %s\n", what)
		}
		fmt.Fprintf(stderr, "echoclient: %d bytes sent, %d received\n", c.sent.Load(), c.received)
	}
	if different := (*differentError)(nil); errors.As(err, &different) {
		return fmt.Errorf("%s: %w", c.remote, err)
	}
	if err != nil {
		return err
	}
	return c.setReset(false)
}

// sameFile reports whether two outputs are the same terminal, pipe or file, where their lines mix.
func sameFile(a, b io.Writer) bool {
	var infos [2]os.FileInfo
	for i, w := range []io.Writer{a, b} {
		f, ok := w.(*os.File)
		if !ok {
			return false
		}
		var err error
		if infos[i], err = f.Stat(); err != nil {
			return false
		}
	}
	return os.SameFile(infos[0], infos[1])
}
