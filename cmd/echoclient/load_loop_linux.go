package main

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const (
	tickInterval     = 100 * time.Millisecond
	connectingAtOnce = 128  // attempts to connect at a time, so that a server's queue holds them
	dueAtOnce        = 1024 // messages to begin before looking at answers, at a rate that can't be kept
	retryPause       = 5 * time.Millisecond
	stopEvent        = -1 // where an event's user data is the index of a connection

	// grace is how much longer than -d it may take until the first message is sent, and again how long the last answers
	// may take after the last message was.
	grace = time.Second
)

// loop is an event loop with its share of the connections. One goroutine uses it.
type loop struct {
	*load
	*measurement
	epfd        int
	coarse      bool // whether waits are of whole milliseconds
	turn        eventloop.Turn
	batch       batch
	buf         []byte // what was received
	out         []byte // a datagram to be sent
	connections []*connection
	now         time.Duration
	begins      time.Duration // when the first message was due
	ends        time.Duration // when the last one may be, with -d
	started     bool
	stopping    bool
	stopped     time.Duration // when that began
	connectedAt time.Duration // when a connection was last made
	hopeless    bool          // whether the connections that are not made are given up
	live        int           // connections that aren't closed
	connecting  int           // of these, those that aren't connected
	next        int           // which connection is the next to connect
	begun       int64         // messages that were begun, or with -rate were due
	limit       int64         // how many there are to be
	interval    float64
	retry       []*connection // what couldn't connect for want of room, or is to pause
	retryAt     time.Duration
	tickAt      time.Duration
	tick        time.Duration
	published   int64 // messages that the others know of
}

func newLoop(shared *load, index int) (*loop, error) {
	l := &loop{load: shared, measurement: newMeasurement(), buf: make([]byte, pieceSize)}
	if l.server.Records() {
		l.buf, l.out = make([]byte, max(longest, l.size+1)), make([]byte, l.size)
	}
	l.limit = l.share(l.total, index)
	count := int(l.share(int64(l.load.connections), index))
	if l.rate > 0 {
		l.interval = min(float64(time.Second)/l.rate*float64(l.load.connections)/float64(count), float64(never))
		if l.duration > 0 {
			l.limit = min(l.limit, max(1, int64(math.Ceil(float64(l.duration)/l.interval-1e-6))))
		}
	}
	for i := range count {
		l.connections = append(l.connections, newConnection(l, i, i*l.threads+index))
	}
	l.live = count
	l.tick = tickInterval
	if l.timeout > 0 {
		l.tick = max(time.Millisecond, min(tickInterval, l.timeout/4))
	}
	var err error
	if l.epfd, err = sock.EpollCreate1(0); err != nil {
		return nil, fmt.Errorf("epoll_create1: %s", endpoint.Describe(err))
	}
	l.batch = newBatch(l.options)
	err = l.watch(sock.EPOLL_CTL_ADD, l.stop.Fd(), sock.EPOLLIN|sock.EPOLLET, stopEvent)
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	l.batch.Close()
	sock.Close(l.epfd)
}

func (l *loop) watch(op, fd int, events uint32, index int) error {
	if err := sock.EpollCtl(l.epfd, op, fd, &sock.EpollEvent{Events: events, Fd: int32(index)}); err != nil {
		return fmt.Errorf("epoll_ctl: %s", endpoint.Describe(err))
	}
	return nil
}

// run connects, waits for the other loops to be connected too, and goes on until all messages are answered.
func (l *loop) run() error {
	if l.rate > 0 {
		// A message is to be sent when it is due, not when it suits the kernel's timers. The thread ends with the goroutine.
		runtime.LockOSThread()
		err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
		if err := l.lacks.tolerate("PR_SET_TIMERSLACK", err); err != nil {
			return fmt.Errorf("prctl: %s", endpoint.Describe(err))
		}
	}
	ready := sync.OnceFunc(l.ready.Done)
	defer ready()
	l.now = l.clock()
	l.tickAt = l.now + l.tick
	events := make([]sock.EpollEvent, 256)
	for {
		if !l.started {
			l.connectMore(ready)
		}
		if l.started {
			l.schedule()
		}
		if l.live == 0 {
			l.finish()
			return nil
		}
		n, err := l.wait(events, max(0, l.wake()-l.clock()))
		if err != nil {
			return err
		}
		l.now = l.clock()
		l.turn.Yield(l.now)
		halted := false
		for _, event := range events[:n] {
			if event.Fd == stopEvent {
				halted = true
			} else {
				l.serve(l.connections[event.Fd], event.Events)
			}
		}
		if len(l.batch.connections) > 0 {
			l.serveBatch()
		}
		if halted {
			l.halt()
		}
		l.keepTime()
	}
}

// wait waits for events, for some time at most. Where epoll_pwait2(2) isn't available, as before Linux 5.11, the time is
// of whole milliseconds.
func (l *loop) wait(events []sock.EpollEvent, longest time.Duration) (n int, err error) {
	call := "epoll_pwait2"
	if !l.coarse {
		timeout := unix.NsecToTimespec(int64(longest))
		n, err = sock.EpollPwait2(l.epfd, events, &timeout, nil)
		l.coarse = endpoint.Unavailable(err)
	}
	if l.coarse {
		call = "epoll_wait"
		n, err = sock.EpollWait(l.epfd, events, int((longest+time.Millisecond-1)/time.Millisecond))
	}
	if err != nil && err != sock.EINTR {
		return 0, fmt.Errorf("%s: %s", call, endpoint.Describe(err))
	}
	return n, nil
}

// connectMore connects, and starts when all connections are made or have failed. Where each message has a connection of
// its own there is nothing to wait for.
func (l *loop) connectMore(ready func()) {
	for !l.reconnect && !l.stopping && l.next < len(l.connections) && l.connecting < connectingAtOnce {
		c := l.connections[l.next]
		l.connecting++
		l.next++
		if l.hopeless {
			c.state = connecting
			c.fail("connect", errTimeout)
		} else {
			c.connect()
		}
	}
	if l.connecting > 0 {
		return
	}
	ready()
	l.ready.Wait()
	l.begins = l.start()
	l.ends = never
	if l.duration > 0 {
		l.ends = min(l.begins, grace) + l.duration
	}
	l.started = true
	l.now = l.clock()
	for _, c := range l.connections {
		c.moved = l.now
	}
	l.advance()
}
