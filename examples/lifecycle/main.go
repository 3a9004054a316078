//go:build linux

// Lifecycle draws the life of sockets: a server's calls, its clients', what goes from one to the other, and the state in
// which the kernel has every socket after each call.
//
//	go run ./examples/lifecycle
//	go run ./examples/lifecycle -scenario half-close
//	go run ./examples/lifecycle -svg FILE.svg
//
// Nothing of the picture is written down beforehand. Scenarios, in scenario.go, are calls alone; what came of them is
// recorded as they happen, and the states are the kernel's: TCP_INFO of tcp(7) for a socket with a descriptor, sock_diag(7)
// for one without, as before accept(2) and after close(2).
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	exitTrouble = 1
	exitUsage   = 64 // EX_USAGE of sysexits.h
)

func main() {
	flags := flag.NewFlagSet("lifecycle", flag.ContinueOnError)
	name := flags.String("scenario", scenarios[0].name, "")
	svg := flags.String("svg", "", "")
	flags.SetOutput(io.Discard)
	err := flags.Parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) || err == nil && *name == "list" {
		help(os.Stdout)
		return
	}
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == *name })
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case i < 0:
		err = fmt.Errorf("no scenario %q", *name)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "lifecycle: %v\n\n", err)
		help(os.Stderr)
		os.Exit(exitUsage)
	}

	d := newDiagram(scenarios[i], record(scenarios[i]))
	if *svg != "" {
		err = os.WriteFile(*svg, d.svg(), 0o644)
	} else {
		_, err = os.Stdout.WriteString(d.text(isTerminal(os.Stdout)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lifecycle:", err)
		os.Exit(exitTrouble)
	}
}

func help(w io.Writer) {
	fmt.Fprint(w, `Lifecycle draws what happens to sockets: calls, what they send, and the kernel's states.

	-scenario NAME
		what is to happen; default `+scenarios[0].name+`
`)
	for _, s := range scenarios {
		fmt.Fprintf(w, "\t\t  %-12s%s\n", s.name, s.title)
	}
	fmt.Fprint(w, `	-svg FILE
		draw it into a file, instead of printing it
`)
}

// isTerminal tells whether colours are welcome: no-color.org has the variable.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
