package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"
)

const haveLoad = true

// load is what the event loops of a load have in common.
type load struct {
	*options
	sa      sock.Sockaddr
	pattern []byte
	base    time.Time // all other times are since this one
	stop    *fdutil.Event
	ready   sync.WaitGroup       // loops that still connect
	start   func() time.Duration // when the first message was sent
	current progress
}

// progress is how a load goes. The loops write it now and then, and whoever wants reads it.
type progress struct {
	messages, connections, troubles atomic.Int64
}

// runLoad puts a load on the server, and reports what it found out.
func runLoad(o *options, stdout, stderr io.Writer) error {
	l, err := newLoad(o)
	if err != nil {
		return err
	}
	defer l.stop.Close()
	interrupted, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	defer context.AfterFunc(interrupted, func() {
		cancel() // a second signal ends the process
		l.stop.Set()
	})()
	m, err := l.run(stderr)
	if err != nil {
		return err
	}
	r := newReport(o, m)
	r.Server = o.server.URL(l.sa)
	r.Interrupted = interrupted.Err() != nil
	r.CPUSeconds, r.WallSeconds = processorTime().Seconds(), l.clock().Seconds()
	return r.deliver(stdout)
}

func newLoad(o *options) (*load, error) {
	limit, err := fdutil.Limit()
	if err != nil {
		return nil, err
	}
	// Beside the connections: two descriptors of each loop, the standard ones, and Go's.
	if most := limit - 2*o.threads - 16; o.connections > most {
		return nil, fmt.Errorf("-c %d: with at most %d descriptors (ulimit -n) there can be %d connections", o.connections, limit, most)
	}
	sa, err := reachable(o)
	if err != nil {
		return nil, err
	}
	l := &load{options: o, sa: sa, pattern: pattern(), base: time.Now()}
	if l.stop, err = fdutil.NewEvent(); err != nil {
		return nil, err
	}
	l.start = sync.OnceValue(l.clock)
	return l, nil
}

// reachable is the first address of the server that answers. A single one isn't tried.
func reachable(o *options) (sock.Sockaddr, error) {
	addrs, err := o.resolve(context.Background())
	if err != nil {
		return sock.Sockaddr{}, err
	}
	if len(addrs) == 1 {
		return addrs[0], nil
	}
	c, err := connectAny(context.Background(), o, addrs)
	if err != nil {
		return sock.Sockaddr{}, err
	}
	defer c.close()
	return c.sa, nil
}

// clock is the time since base.
func (l *load) clock() time.Duration { return time.Since(l.base) }

// run runs the loops to their end, and gives what they measured together.
func (l *load) run(stderr io.Writer) (*measurement, error) {
	loops := make([]*loop, l.threads)
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
	sum := newMeasurement()
	for _, loop := range loops {
		sum.merge(loop.measurement)
	}
	return sum, failure
}

// share is how many of a number of things fall to one of the loops.
func (l *load) share(total int64, index int) int64 {
	if total == 0 {
		return math.MaxInt64
	}
	share := total / int64(l.threads)
	if int64(index) < total%int64(l.threads) {
		share++
	}
	return share
}

// processorTime is how long this process has computed so far, for itself and in the kernel.
func processorTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
