package main

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

const haveLoad = true

// load is shared by the event loops of a load.
type load struct {
	options *options
	sa      sock.Sockaddr
	pattern []byte
	base    time.Time // all other times are relative to this one
	stop    *fdutil.Event
	ready   sync.WaitGroup       // loops that still connect
	start   func() time.Duration // when the first message was sent
	current progress
}

// progress is the progress of a load. The loops update it from time to time; any goroutine may read it.
type progress struct {
	messages, connections, troubles atomic.Int64
}

// copyPause is how long after a signal another one counts as its copy: timeout(1) signals its child, and then its process
// group, which the child is in.
const copyPause = 20 * time.Millisecond

// runLoad runs a load against the server, and prints the report.
func runLoad(o *options, stdout, stderr io.Writer) error {
	l, err := newLoad(o)
	if err != nil {
		return err
	}
	defer l.stop.Close()
	interrupted, cancel := interruptible()
	defer cancel()
	defer context.AfterFunc(interrupted, func() {
		l.stop.Set()
		<-time.After(copyPause)
		cancel() // a second signal ends the process
	})()
	m, err := l.run(stderr)
	if err != nil {
		return err
	}
	r := newReport(o, m)
	r.Server = o.server.URL(l.sa)
	r.Interrupted = interrupted.Err() != nil
	r.CPUSeconds, r.WallSeconds = processorTime().Seconds(), l.clock().Seconds()
	if !r.Interrupted { // otherwise the function above does it, once no copies of the signal can come
		cancel() // from now on a signal ends the process, even if standard output blocks
	}
	return r.deliver(stdout)
}

// interruptible returns a context that ends with the first signal that would end the process, until cancel is called.
func interruptible() (ctx context.Context, cancel context.CancelFunc) {
	signals := deadlySignals()
	if len(signals) == 0 {
		return context.WithCancel(context.Background()) // package signal takes an empty list as all signals
	}
	return signal.NotifyContext(context.Background(), signals...)
}

func newLoad(o *options) (*load, error) {
	limit, err := fdutil.Limit()
	if err := o.lacks.tolerate("getrlimit", err); err != nil {
		return nil, err
	}
	// Besides the connections: two descriptors per loop, the standard ones, and those of Go's runtime.
	if needed := o.connections + 2*o.threads + 16; err == nil && needed > limit {
		return nil, fmt.Errorf("-c %d needs %d descriptors, and this process may have %d (ulimit -n)", o.connections, needed, limit)
	}
	o.duration = min(o.duration, never)
	l := &load{options: o, pattern: pattern(), base: time.Now()}
	if l.sa, err = l.reachable(); err != nil {
		return nil, err
	}
	if l.stop, err = fdutil.NewEvent(); err != nil {
		return nil, err
	}
	l.start = sync.OnceValue(l.clock)
	return l, nil
}

// reachable returns the first address of the server that answers. A single address isn't tried.
func (l *load) reachable() (sock.Sockaddr, error) {
	ctx := context.Background()
	if l.options.duration > 0 {
		timed, cancel := context.WithTimeout(ctx, l.longestConnect())
		defer cancel()
		ctx = timed
	}
	r, err := newRoute(ctx, l.options)
	if err != nil {
		return sock.Sockaddr{}, err
	}
	if len(r.addrs) == 1 {
		return r.addrs[0], nil
	}
	r.connected = func(c *conversation) { c.output = io.Discard }
	c, err := r.connect(ctx)
	if err != nil {
		return sock.Sockaddr{}, err
	}
	defer func() { c.close() }()
	if c.options.server.Datagram() {
		if c, err = r.exchange(ctx, c, piece(l.pattern, 0, pingSize)); err != nil {
			return sock.Sockaddr{}, err
		}
	}
	return c.sa, c.setReset(false) // a reset would be a failure to the server
}

// longestConnect returns how long connecting may take with -d, including everything before it.
func (l *load) longestConnect() time.Duration { return max(l.options.duration/2, grace) }

// clock returns the time since base.
func (l *load) clock() time.Duration { return time.Since(l.base) }

// run runs the loops to their end, and returns their merged measurements.
func (l *load) run(stderr io.Writer) (*measurement, error) {
	loops := make([]*loop, l.options.threads)
	for i := range loops {
		loop, err := newLoop(l, i)
		if err != nil {
			return nil, err
		}
		defer loop.close()
		loops[i] = loop
	}
	eventloop.Reserve(len(loops))
	l.ready.Add(len(loops))
	errs := make(chan error, len(loops))
	for _, loop := range loops {
		go func() { errs <- loop.run() }()
	}
	defer l.live(stderr)()
	var failure error
	for range loops {
		if err := <-errs; err != nil {
			failure = err
			l.stop.Set()
		}
	}
	sum := newMeasurement(l.options)
	for _, loop := range loops {
		sum.merge(loop.results)
	}
	return sum, failure
}

// processorTime returns the processor time that this process has used, in user and kernel mode.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
