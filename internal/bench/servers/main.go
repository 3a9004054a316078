//go:build linux

// Command servers measures echo servers side by side: this project's engines, peers in Go, and a plain C server.
//
//	go -C internal/bench run ./servers
//
// README.md tells how, and what the numbers mean.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

type options struct {
	rounds    int
	time      time.Duration
	scenarios []string
	servers   []string
	peers     []server
	loads     []string
	places    []string
	json      string
	svg       string
	from      string
}

func main() {
	o, err := parse(os.Args[1:])
	if err == flag.ErrHelp {
		return
	}
	if err != nil {
		os.Exit(64)
	}
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		os.Exit(1)
	}
}

func parse(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("servers", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 3, "how often each server is measured in each scenario; the servers take turns")
	flags.DurationVar(&o.time, "time", time.Second, "how long each measurement takes")
	flags.Func("scenario", "measure only these `scenarios`: "+strings.Join(names(scenarios), ","), among(&o.scenarios, names(scenarios)))
	flags.Func("server", "build and measure only these `servers`: "+strings.Join(names(servers), ","), among(&o.servers, names(servers)))
	flags.Func("peer", "measure this server too: `NAME=COMMAND`, which takes LISTEN for its address and prints \"listening on URL\"", o.addPeer)
	flags.Func("load", "measure only with these `loads`: "+strings.Join(names(loads), ","), among(&o.loads, names(loads)))
	flags.Func("placement", "measure only in these `placements`: "+strings.Join(names(placements), ","), among(&o.places, names(placements)))
	flags.StringVar(&o.json, "json", "", "write every sample to this `file`")
	flags.StringVar(&o.svg, "svg", "", "draw the ratios to C into this `file`")
	flags.StringVar(&o.from, "from", "", "measure nothing: print and draw what -json wrote to this `file`")
	err := flags.Parse(args)
	if err == nil && (flags.NArg() > 0 || o.rounds < 1 || o.time <= 0) {
		flags.Usage()
		err = fmt.Errorf("usage")
	}
	return o, err
}

func (o *options) addPeer(text string) error {
	s, ok := peer(text)
	if !ok {
		return fmt.Errorf("%q isn't NAME=COMMAND", text)
	}
	o.peers = append(o.peers, s)
	return nil
}

// among reads a list of names, all of which must be known.
func among(list *[]string, known []string) func(string) error {
	return func(s string) error {
		*list = strings.Split(s, ",")
		for _, name := range *list {
			if !slices.Contains(known, name) {
				return fmt.Errorf("%q isn't among %s", name, strings.Join(known, ", "))
			}
		}
		return nil
	}
}

type named interface{ Name() string }

func names[T named](things []T) []string {
	var list []string
	for _, thing := range things {
		list = append(list, thing.Name())
	}
	return list
}

// chosen is those that the user wants: all, if he named none.
func chosen[T named](things []T, wanted []string) []T {
	if wanted == nil {
		return things
	}
	return slices.DeleteFunc(slices.Clone(things), func(thing T) bool { return !slices.Contains(wanted, thing.Name()) })
}

func run(o *options, stdout io.Writer) error {
	found, err := gather(o, stdout)
	if err != nil {
		return err
	}
	found.Results.summary(stdout)
	if o.json != "" {
		text, err := json.MarshalIndent(found, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, text, 0o666); err != nil {
			return err
		}
	}
	if o.svg != "" {
		return os.WriteFile(o.svg, found.Results.svg(), 0o666)
	}
	return nil
}

func gather(o *options, stdout io.Writer) (found findings, err error) {
	if o.from != "" {
		text, err := os.ReadFile(o.from)
		if err == nil {
			err = json.Unmarshal(text, &found)
		}
		found.Machine.print(stdout)
		found.Results.tables(stdout)
		return found, err
	}
	dir, err := os.MkdirTemp("", "servers")
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, dir: dir}
	if err := b.build(); err != nil {
		return found, err
	}
	// The network namespace and the cores are this thread's, and what it starts inherits them.
	runtime.LockOSThread()
	if err := b.prepare(); err != nil {
		return found, err
	}
	found.Machine = thisMachine(len(b.cores))
	found.Machine.print(stdout)
	found.Results, err = b.measureAll(stdout)
	return found, err
}
