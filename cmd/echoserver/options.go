//go:build unix

package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/berkeley/internal/cmdflag"
	"example.com/berkeley/sock"
)

// options is the parsed command line.
type options struct {
	listen          []sock.Endpoint
	engine          engine
	message         bool
	backlog         int
	maxConns        int64
	maxMessage      int64
	buffer          int
	spoolMemory     int64 // negative for the default
	spoolDisk       int64 // -1 means half of the free space
	spoolDir        string
	idleTimeout     time.Duration
	busyPoll        time.Duration
	coalesce        time.Duration
	maxRepeats      int64
	keepalive       keepalive
	grace           time.Duration
	unixMode        fs.FileMode // 0 leaves it to the umask
	unixOwner       owner
	json            bool
	verbose         bool
	answerBroadcast bool
	trace           bool
	watchAddress    string // HOST:PORT of the watch page; "" for no page
	watchPublic     bool
}

// keepalive is the value of -keepalive; the zero value is off.
type keepalive struct {
	idle, interval time.Duration
	count          int
}

// owner is the owner and group of a socket's file: -1 keeps the current one, as for chown(2).
type owner struct{ uid, gid int }

// words are the flags whose values are names, and -version.
type words struct {
	engine, mode, logFormat *string
	version                 *bool
}

func parseOptions(args []string) (*options, error) {
	flags := flag.NewFlagSet("echoserver", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o, given := defineOptions(flags)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *given.version {
		return nil, cmdflag.ErrVersion
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.engine = engines[*given.engine]
	o.message = *given.mode == "message"
	o.json = *given.logFormat == "json"
	switch {
	case o.engine == nil:
		return nil, fmt.Errorf("unknown engine %q: want %s", *given.engine, oneOf(engineNames()))
	case !o.message && *given.mode != "stream":
		return nil, fmt.Errorf("unknown mode %q: want stream or message", *given.mode)
	case !o.json && *given.logFormat != "text":
		return nil, fmt.Errorf("unknown log format %q: want text or json", *given.logFormat)
	}
	if err := o.check(*given.engine); err != nil {
		return nil, err
	}
	return o, nil
}

// defineOptions defines the flags, which set the options that it returns.
func defineOptions(flags *flag.FlagSet) (o *options, w words) {
	o = &options{unixOwner: owner{-1, -1}}
	flags.Func("listen", "", func(s string) error {
		e, err := sock.ParseEndpoint(s)
		o.listen = append(o.listen, e)
		return bare(err)
	})
	w.engine = flags.String("engine", defaultEngine, "")
	w.mode = flags.String("mode", "stream", "")
	w.logFormat = flags.String("log-format", "text", "")
	w.version = flags.Bool("version", false, "")
	flags.IntVar(&o.backlog, "backlog", 4096, "")
	flags.Int64Var(&o.maxConns, "max-conns", 0, "")
	flags.Var(cmdflag.NewDuration(&o.idleTimeout, 5*time.Minute), "idle-timeout", "")
	flags.Var(cmdflag.NewDuration(&o.busyPoll, 0), "busy-poll", "")
	flags.Var(cmdflag.NewDuration(&o.coalesce, 0), "coalesce", "")
	flags.Var(cmdflag.NewDuration(&o.grace, 5*time.Second), "grace", "")
	flags.StringVar(&o.spoolDir, "spool-dir", cmp.Or(os.Getenv("TMPDIR"), "/var/tmp"), "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.trace, "trace", false, "")
	flags.Int64Var(&o.maxRepeats, "max-repeats", 5000, "")
	flags.BoolVar(&o.answerBroadcast, "answer-broadcast", false, "")
	flags.StringVar(&o.watchAddress, "watch", "", "")
	flags.BoolVar(&o.watchPublic, "watch-public", false, "")
	o.maxMessage, o.spoolMemory, o.spoolDisk, o.buffer = 1<<30, -1, -1, 64<<10
	flags.Func("max-message", "", parser(&o.maxMessage, cmdflag.ParseSize))
	flags.Func("spool-memory", "", parser(&o.spoolMemory, cmdflag.ParseSize))
	flags.Func("spool-disk", "", parser(&o.spoolDisk, cmdflag.ParseSize))
	flags.Func("buffer", "", parser(&o.buffer, cmdflag.ParseLength))
	flags.Func("keepalive", "", parser(&o.keepalive, parseKeepalive))
	flags.Func("unix-mode", "", parser(&o.unixMode, parseMode))
	flags.Func("unix-owner", "", parser(&o.unixOwner, parseOwner))
	return o, w
}

// check refuses values out of range, and options that exclude each other.
func (o *options) check(engine string) error {
	switch {
	case o.backlog < 0:
		return fmt.Errorf("-backlog %d: must not be negative", o.backlog)
	case o.maxConns < 0:
		return fmt.Errorf("-max-conns %d: must not be negative", o.maxConns)
	case o.maxRepeats < 0:
		return fmt.Errorf("-max-repeats %d: must not be negative", o.maxRepeats)
	case o.spoolDir == "":
		return errors.New("-spool-dir: the path is missing")
	case o.idleTimeout < 0 || o.grace < 0 || o.busyPoll < 0:
		return errors.New("-idle-timeout, -grace and -busy-poll must not be negative")
	case o.coalesce < 0 || o.coalesce > time.Millisecond:
		return fmt.Errorf("-coalesce %s: must be between 0 and 1ms", o.coalesce)
	case o.busyPoll > 0 && engine != "epoll":
		return fmt.Errorf("-busy-poll needs -engine epoll: %s does not poll", engine)
	case o.coalesce > 0 && engine != "epoll":
		return fmt.Errorf("-coalesce needs -engine epoll: %s serves each client by itself", engine)
	case o.coalesce > 0 && o.busyPoll > 0:
		return errors.New("-coalesce and -busy-poll exclude each other: one sleeps where the other polls")
	}
	if (o.unixMode != 0 || o.unixOwner != owner{-1, -1}) && !slices.ContainsFunc(o.listen, hasFile) {
		return errors.New("-unix-mode and -unix-owner are for the files of unix sockets, and no -listen has such a path")
	}
	if err := o.checkWatch(); err != nil {
		return err
	}
	for _, e := range o.listen {
		if err := o.serves(e); err != nil {
			return err
		}
	}
	return nil
}

// hasFile reports whether a listener's address is a path.
func hasFile(e sock.Endpoint) bool {
	if e.Family != sock.AF_UNIX {
		return false
	}
	addrs, err := e.Resolve(context.Background()) // without a look-up
	return err == nil && addrs[0].Path() != ""
}

// serves returns an error if the options do not fit a transport.
func (o *options) serves(e sock.Endpoint) error {
	if o.message && e.Datagram() {
		return fmt.Errorf("-mode message: %s has no connections, so that a message would never end", e.Network)
	}
	return nil
}

// oneOf lists names: a, b or c.
func oneOf(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// parser makes a flag's function from a function that parses a value.
func parser[T any](value *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := parse(s)
		if err == nil {
			*value = v
		}
		return err
	}
}

// bare removes the address that an endpoint's error begins with, since package flag prints it too.
func bare(err error) error {
	if err == nil {
		return nil
	}
	return errors.Unwrap(err)
}

// parseKeepalive reads IDLE[,INTERVAL[,COUNT]]; INTERVAL defaults to 10s and COUNT to 3.
func parseKeepalive(s string) (keepalive, error) {
	k := keepalive{interval: 10 * time.Second, count: 3}
	fields := strings.Split(s, ",")
	var err error
	k.idle, err = time.ParseDuration(fields[0])
	if err == nil && len(fields) > 1 {
		k.interval, err = time.ParseDuration(fields[1])
	}
	if err == nil && len(fields) > 2 {
		k.count, err = strconv.Atoi(fields[2])
	}
	if err != nil || len(fields) > 3 || k.idle < 0 || k.interval <= 0 || k.count < 1 {
		return keepalive{}, errors.New("want IDLE,INTERVAL,COUNT such as 60s,10s,3, or 0")
	}
	if longest := 32767 * time.Second; k.idle > longest || k.interval > longest || k.count > 127 {
		return keepalive{}, errors.New("IDLE and INTERVAL must be at most 32767s, COUNT at most 127")
	}
	return k, nil
}

func parseMode(s string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(s, 8, 32)
	if err != nil || mode == 0 || mode > 0o777 {
		return 0, errors.New("not a mode such as 0660")
	}
	return fs.FileMode(mode), nil
}

// parseOwner reads USER, USER:GROUP or :GROUP, names or numbers.
func parseOwner(s string) (owner, error) {
	o := owner{-1, -1}
	name, group, hasGroup := strings.Cut(s, ":")
	if name == "" && group == "" || hasGroup && group == "" {
		return o, errors.New("want USER, USER:GROUP or :GROUP")
	}
	var err error
	if name != "" {
		o.uid, err = id(name, func() (string, error) {
			u, err := user.Lookup(name)
			if err != nil {
				return "", err
			}
			return u.Uid, nil
		})
	}
	if group != "" && err == nil {
		o.gid, err = id(group, func() (string, error) {
			g, err := user.LookupGroup(group)
			if err != nil {
				return "", err
			}
			return g.Gid, nil
		})
	}
	return o, err
}

// id returns the number that name is, or that lookup finds for it.
func id(name string, lookup func() (string, error)) (int, error) {
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	number, err := lookup()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(number)
}
