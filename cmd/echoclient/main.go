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
	"time"

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

const defaultAddr = "tcp://127.0.0.1:6543"

const help = `Echoclient sends words, or its standard input, to an echo server, receives the answer,
compares it with what was sent, and prints it.

	echoclient Hello, world                send "Hello, world" to 127.0.0.1, port 6543
	echoclient -addr unix:@echo < FILE     send a file of any size, receiving while sending

	-addr ADDRESS
		the server. Default ` + defaultAddr + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone is TCP, /PATH and @NAME alone are unix streams. All addresses of a
		host are tried in turn.
	-connect-timeout DURATION
		how long each address may take to connect; 0 is for ever. Default 10s
	-timeout DURATION
		give up when it is the server's turn and nothing moves for so long; 0 is never. Default 10s
	-v	tell the addresses of both ends and the number of bytes
	-trace
		show every call of a socket on standard error, as strace does

On a stream it shuts down its writing side after the last byte and receives to the end. To a
datagram socket it sends words as one datagram and standard input in pieces of 1200 bytes, and
waits for the answer to each. What is sent and not yet back is kept in memory up to 24 MiB, and
beyond that in a temporary file: for a server that answers only when it has everything.

Exit codes: 0 all came back, 1 something else or too little did, 2 a call failed or time ran
out, 64 wrong usage.
`

// options is what the command line says.
type options struct {
	server         sock.Endpoint
	connectTimeout time.Duration
	timeout        time.Duration
	verbose        bool
	trace          bool
	words          []string
}

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
	err = talk(o, stdin, stdout, stderr)
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

func parseOptions(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("echoclient", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", defaultAddr, "")
	flags.DurationVar(&o.connectTimeout, "connect-timeout", 10*time.Second, "")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.trace, "trace", false, "")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if o.connectTimeout < 0 || o.timeout < 0 {
		return nil, errors.New("-connect-timeout and -timeout can't be negative")
	}
	var err error
	if o.server, err = sock.ParseEndpoint(*addr); err != nil {
		return nil, fmt.Errorf("-addr %w", err)
	}
	o.words = flags.Args()
	return o, nil
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
