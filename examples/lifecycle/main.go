//go:build linux

// Lifecycle draws the life of sockets: a server's calls, its clients', the packets that go from one to the other, and the
// state in which the kernel has every socket after each call.
//
//	go run ./examples/lifecycle
//	go run ./examples/lifecycle -scenario half-close
//	go run ./examples/lifecycle -picture FILE.svg
//
// Nothing of the picture is written down beforehand. Scenarios, in scenario.go, are calls alone; what came of them is
// recorded as they happen. The states are the kernel's: TCP_INFO of tcp(7) for a socket with a descriptor, sock_diag(7) or
// /proc/net/tcp for one without, as before accept(2) and after close(2). The packets are those that packet(7) captured.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"example.com/berkeley/internal/life"

	"golang.org/x/sys/unix"
)

const (
	exitTrouble = 1
	exitUsage   = 64 // EX_USAGE of sysexits.h
)

// options is what the command line says.
type options struct {
	scenario int
	file     string
	draw     life.Drawing // nil: print it
	packets  bool
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		help(os.Stdout)
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "lifecycle: %v\n\n", err)
		help(os.Stderr)
		os.Exit(exitUsage)
	}
	prepareNamespace()
	run := o.record()
	if o.draw != nil {
		err = o.write(run)
	} else {
		_, err = os.Stdout.WriteString(run.Text(isTerminal(os.Stdout)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lifecycle:", err)
		os.Exit(exitTrouble)
	}
}

func parse(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("lifecycle", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	name := flags.String("scenario", scenarios[0].name, "")
	svg := flags.String("svg", "", "")
	flags.StringVar(&o.file, "picture", "", "")
	flags.BoolVar(&o.packets, "packets", true, "")
	err := flags.Parse(args)
	o.scenario = slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == *name })
	switch {
	case err != nil:
		return nil, err
	case *name == "list":
		return nil, flag.ErrHelp
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.scenario < 0:
		return nil, fmt.Errorf("no scenario %q", *name)
	case *svg != "" && o.file != "":
		return nil, errors.New("-svg and -picture are the same: give one")
	case *svg != "":
		o.file, o.draw = *svg, life.SVG
	case o.file != "":
		if o.draw, err = life.DrawingFor(o.file); err != nil {
			return nil, fmt.Errorf("-picture: %w", err)
		}
	}
	return o, nil
}

// record runs the scenario, and captures its packets if it may. If it may not, the picture says so.
func (o *options) record() *life.Run {
	s := scenarios[o.scenario]
	if !o.packets {
		return record(s, nil)
	}
	inOwnNamespace() // where nothing else sends packets, and where this takes no rights
	capture, err := life.NewCapture(0)
	if err != nil {
		run := record(s, nil)
		run.Because = "capturing packets needs root or a user namespace"
		return run
	}
	defer capture.Close()
	return record(s, capture)
}

func (o *options) write(run *life.Run) error {
	p, err := o.draw(run)
	if err != nil {
		return err
	}
	return os.WriteFile(o.file, p, 0o644)
}

func help(w io.Writer) {
	fmt.Fprint(w, `Lifecycle draws what happens to sockets: calls, packets, and the kernel's states.

	-scenario NAME
		what is to happen; default `+scenarios[0].name+`
`)
	for _, s := range scenarios {
		fmt.Fprintf(w, "\t\t  %-12s%s\n", s.name, s.title)
	}
	fmt.Fprint(w, `	-picture FILE
		draw it into a file instead of printing it: .svg, .html (steps through time),
		.txt, or .json (the record itself)
	-svg FILE
		the same for an SVG file of any name
	-packets=false
		a simpler view: arrows are worked out from the calls, not captured
`)
}

// isTerminal tells whether colours are welcome: no-color.org has the variable.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
