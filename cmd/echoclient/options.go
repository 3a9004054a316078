//go:build unix

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.com/berkeley/internal/cmdflag"
	"example.com/berkeley/internal/life"
	"example.com/berkeley/sock"
)

const defaultAddr = "tcp://127.0.0.1:6543"

// options is the parsed command line.
type options struct {
	addr           string // of the server, as the user wrote it
	server         sock.Endpoint
	connectTimeout time.Duration
	timeout        time.Duration
	source         sock.Sockaddr
	family         int // of the addresses to try: AF_INET, AF_INET6 or 0 for all
	verbose        bool
	trace          bool
	words          []string
	doctor         bool
	load           bool
	json           bool
	picture        string
	recorder       *life.Recorder // for -picture, else nil
	drawn          func() error   // draws the picture, once
	lacks          lacks
	loadOptions
}

// loadOptions is the part of the command line that describes a load.
type loadOptions struct {
	total       int64 // messages, 0 for no limit
	duration    time.Duration
	connections int
	size        int
	depth       int
	rate        float64 // messages per second, 0 for a closed loop
	reconnect   bool
	threads     int
	plot        string
	hdr         string
}

// loadFlags are the flags that request a load.
var loadFlags = []string{"n", "d", "c", "size", "depth", "rate", "reconnect", "threads", "plot", "hdr"}

func parseOptions(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("echoclient", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", defaultAddr, "")
	flags.Var(cmdflag.NewDuration(&o.connectTimeout, 10*time.Second), "connect-timeout", "")
	flags.Var(cmdflag.NewDuration(&o.timeout, 10*time.Second), "timeout", "")
	source := flags.String("source", "", "")
	four := flags.Bool("4", false, "")
	six := flags.Bool("6", false, "")
	version := flags.Bool("version", false, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.trace, "trace", false, "")
	flags.StringVar(&o.picture, "picture", "", "")
	flags.BoolVar(&o.doctor, "doctor", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.Int64Var(&o.total, "n", 0, "")
	flags.Var(cmdflag.NewDuration(&o.duration, 0), "d", "")
	flags.IntVar(&o.connections, "c", 1, "")
	o.size = 64
	flags.Func("size", "", func(text string) (err error) {
		o.size, err = cmdflag.ParseLength(text)
		return err
	})
	flags.IntVar(&o.depth, "depth", 1, "")
	flags.Float64Var(&o.rate, "rate", 0, "")
	flags.BoolVar(&o.reconnect, "reconnect", false, "")
	flags.IntVar(&o.threads, "threads", 1, "")
	flags.StringVar(&o.plot, "plot", "", "")
	flags.StringVar(&o.hdr, "hdr", "", "")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *version {
		return nil, cmdflag.ErrVersion
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	o.load = slices.ContainsFunc(loadFlags, func(name string) bool { return given[name] })
	o.words = flags.Args()
	if o.doctor && len(o.words) == 1 && !given["addr"] {
		*addr, o.words = o.words[0], nil
	}
	var err error
	o.addr = *addr
	if o.server, err = sock.ParseEndpoint(o.addr); err != nil {
		return nil, fmt.Errorf("-addr %w", err)
	}
	if err := o.setSource(*source, *four, *six); err != nil {
		return nil, err
	}
	o.setDefaults(given)
	return o, o.check(given)
}

// setSource sets the local address, and the family that goes with it.
func (o *options) setSource(source string, four, six bool) error {
	switch {
	case four && six:
		return errors.New("-4 and -6 leave no address")
	case four:
		o.family = sock.AF_INET
	case six:
		o.family = sock.AF_INET6
	}
	if source == "" {
		return nil
	}
	var err error
	addr, ok := sock.InetAton(source)
	if !ok {
		addr, _ = netip.ParseAddr(source)
	}
	switch {
	case addr.IsValid():
		o.source = sock.Inet(netip.AddrPortFrom(addr, 0))
	case !strings.ContainsAny(source, ":/@"):
		return fmt.Errorf("-source %s: want an IP address of this machine, alone or with a port, /PATH or @NAME", source)
	default:
		if o.source, err = sock.ParseSockaddr(source); err != nil {
			return fmt.Errorf("-source %w", err)
		}
	}
	if o.family != 0 && o.family != o.source.Family() {
		return fmt.Errorf("-source %s: not of the family that -4 or -6 asks for", source)
	}
	o.family = o.source.Family()
	return nil
}

// setDefaults sets defaults that depend on other flags.
func (o *options) setDefaults(given map[string]bool) {
	if o.doctor && !given["timeout"] {
		o.timeout = 2 * time.Second
	}
	if !o.load {
		return
	}
	if !given["n"] && !given["d"] {
		o.duration = 10 * time.Second
	}
	if o.server.Datagram() && !given["timeout"] {
		o.timeout = time.Second
	}
}

// check refuses flags that contradict each other, and values out of range.
func (o *options) check(given map[string]bool) error {
	switch {
	case o.connectTimeout < 0 || o.timeout < 0:
		return errors.New("-connect-timeout and -timeout can't be negative")
	case o.json && !o.load && !o.doctor:
		return errors.New("-json is for -doctor and for a load")
	case o.doctor && o.load:
		return errors.New("-doctor is no load: it goes without -" + strings.Join(loadFlags, ", -"))
	case o.doctor && len(o.words) > 1 && strings.HasPrefix(o.words[1], "-"):
		return fmt.Errorf("%q: flags come before the address", o.words[1])
	case (o.doctor || o.load) && len(o.words) > 0:
		return fmt.Errorf("%q: -doctor and a load send bytes of their own, no words", o.words[0])
	case (o.doctor || o.load) && o.verbose:
		return errors.New("-v is for neither -doctor nor a load")
	case o.doctor && given["picture"]:
		return errors.New("-picture is for a conversation or a load, not for -doctor")
	}
	if given["picture"] {
		if _, err := life.DrawingFor(o.picture); err != nil {
			return fmt.Errorf("-picture %w", err)
		}
	}
	if one, other := o.sameResult(); one != "" {
		return fmt.Errorf("%s and %s are the same file", one, other)
	}
	if o.load {
		return o.checkLoad(given)
	}
	return nil
}

func (o *options) checkLoad(given map[string]bool) error {
	switch datagram := o.server.Datagram(); {
	case !haveLoad:
		return errors.New("a load needs epoll(7), which only Linux has")
	case o.total < 0 || o.duration < 0 || !(o.rate >= 0 && o.rate <= 1e9):
		return errors.New("-n, -d and -rate can't be negative, nor -rate above 1e9")
	case given["n"] && o.total == 0 || given["d"] && o.duration == 0:
		return errors.New("-n must be at least 1, and -d more than 0")
	case o.connections < 1 || o.depth < 1 || o.threads < 1:
		return errors.New("-c, -depth and -threads must be at least 1")
	case o.connections > 1<<20 || o.depth > 1<<20 || o.threads > 1<<10:
		return errors.New("-c and -depth must be at most 1048576, -threads at most 1024")
	case int64(o.connections)*int64(o.depth) > 1<<22:
		return errors.New("-c times -depth, the messages in flight, must be at most 4194304")
	case o.threads > o.connections:
		return errors.New("-threads can't be more than -c")
	case o.reconnect && o.depth > 1:
		return errors.New("-reconnect sends one message on each connection: -depth must be 1")
	case o.reconnect && datagram:
		return fmt.Errorf("-reconnect: %s has no connections", o.server.Network)
	case datagram && o.size < numberSize:
		return fmt.Errorf("-size %d: a datagram begins with its number, of %d bytes", o.size, numberSize)
	case o.server.Records() && o.size > pieceSize:
		return fmt.Errorf("-size %d: a record of %s has at most %d bytes", o.size, o.server.Network, pieceSize)
	case o.source.Path() != "":
		return errors.New("-source: connections of a load can't share a path")
	}
	return nil
}
