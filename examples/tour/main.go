//go:build unix

// Tour shows the course in a browser: each lesson's text and program, which can be changed and run, and the picture of what
// that run did: its calls, its packets and the states of its sockets.
//
//	go run ./examples/tour
//
// It prints the address to open. The address has a secret, and only requests that send it can run a program. The tour needs
// the go command and the module's directory but no network, and writes only temporary files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
)

const (
	exitTrouble = 1
	exitUsage   = 64 // EX_USAGE of sysexits.h
)

func main() {
	if dir := os.Getenv(superviseVariable); dir != "" {
		os.Exit(supervise(dir))
	}
	addr, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		help(os.Stdout)
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "tour: %v\n\n", err)
		help(os.Stderr)
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := tour(ctx, addr, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tour:", err)
		os.Exit(exitTrouble)
	}
}

// tour serves the course until the context ends.
func tour(ctx context.Context, addr string, out io.Writer) error {
	listener, err := listen(addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	runner := newRunner(ctx)
	server, err := newServer(runner, listener.Addr().String())
	if err != nil {
		return err
	}
	if runner.missing != "" {
		fmt.Fprintf(out, "Lessons can be read, and not run: %s\n", runner.missing)
	}
	if _, err := fmt.Fprintf(out, "The tour is at http://%s/#token=%s\nIt runs programs as you, while this one runs: ^C ends it.\n", listener.Addr(), server.token); err != nil {
		return err // without the token, the page can't be used
	}
	return server.serve(ctx, listener)
}

// usualAddr is where the tour is unless it is told otherwise: a browser keeps a reader's progress for one port alone.
const usualAddr = "127.0.0.1:6544"

// listen listens at an address, or at the usual one. If another program is there, the kernel picks the port.
func listen(addr string) (net.Listener, error) {
	if addr != "" {
		return net.Listen("tcp", addr)
	}
	l, err := net.Listen("tcp", usualAddr)
	if err != nil {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return l, nil
}

func parse(args []string) (addr string, err error) {
	flags := flag.NewFlagSet("tour", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&addr, "addr", "", "")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if addr == "" {
		return "", nil
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().Unmap().IsLoopback() {
		return "", fmt.Errorf("-addr %s: want a loopback address with a port, such as 127.0.0.1:8080", addr)
	}
	return addr, nil
}

func help(w io.Writer) {
	fmt.Fprint(w, `Tour shows the course in a browser, where its programs can be changed and run.

	-addr HOST:PORT
		a loopback address; port 0 is any that is free. Default: `+usualAddr+`, or any port
		if that is taken. The browser keeps your progress for each port.
`)
}
