package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/eventloop"
	"example.com/berkeley/sock"
)

const (
	tickInterval     = 100 * time.Millisecond
	connectingAtOnce = 128  // attempts to connect at a time, so that a server's queue holds them
	dueAtOnce        = 1024 // messages to begin before looking at answers, at a rate that can't be sustained
	retryPause       = 5 * time.Millisecond
	stopEvent        = -1 // in an event's user data, instead of the index of a connection

	// grace limits how much longer than -d it may take until the first message is sent, and again how long the last
	// answers may take after the last message.
	grace = time.Second
)

// loop is an event loop with its share of the connections. One goroutine uses it.
type loop struct {
	load        *load
	options     *options
	results     *measurement
	epfd        int
	coarse      bool // whether timeouts are in whole milliseconds
	turn        eventloop.Turn
	group       group
	buf         []byte // received bytes
	out         []byte // a datagram to be sent
	connections []*connection
	now         time.Duration
	pace        pacer
	ends        time.Duration // when the last message may begin, with -d
	started     bool
	stopping    bool
	stopped     time.Duration // when that began
	connectedAt time.Duration // when a connection was last made
	hopeless    bool          // whether connections that haven't been made are given up
	live        int           // connections that aren't closed
	connecting  int           // of these, those that are connecting
	next        int           // the next connection to connect
	retry       []*connection // connections that couldn't connect because a queue was full, or that pause
	retryAt     time.Duration
	tickAt      time.Duration
	tick        time.Duration
	published   int64 // messages that are included in the published progress
}

func newLoop(shared *load, index int) (*loop, error) {
	l := &loop{load: shared, options: shared.options, results: newMeasurement(shared.options), buf: make([]byte, pieceSize)}
	if l.options.server.Records() {
		l.buf, l.out = make([]byte, max(longest, l.options.size+1)), make([]byte, l.options.size)
	}
	l.pace = newPacer(l.options, index)
	count := int(l.pace.count)
	for i := range count {
		l.connections = append(l.connections, newConnection(l, i, i*l.options.threads+index))
	}
	l.live = count
	l.tick = tickInterval
	if l.options.timeout > 0 {
		l.tick = max(time.Millisecond, min(tickInterval, l.options.timeout/4))
	}
	var err error
	if l.epfd, err = sock.EpollCreate1(0); err != nil {
		return nil, fmt.Errorf("epoll_create1: %s", callerr.Describe(err))
	}
	l.group = newGroup(l.options)
	err = l.control(sock.EPOLL_CTL_ADD, l.load.stop.Fd(), sock.EPOLLIN|sock.EPOLLET, stopEvent)
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *loop) close() {
	l.group.transfers.Close()
	sock.Close(l.epfd)
}

func (l *loop) control(op, fd int, events uint32, index int) error {
	if err := sock.EpollCtl(l.epfd, op, fd, &sock.EpollEvent{Events: events, Fd: int32(index)}); err != nil {
		return fmt.Errorf("epoll_ctl: %s", callerr.Describe(err))
	}
	return nil
}

// run connects, waits until the other loops have connected too, and runs until all messages are answered.
func (l *loop) run() error {
	if l.options.rate > 0 {
		if err := l.dropTimerSlack(); err != nil {
			return err
		}
	}
	ready := sync.OnceFunc(l.load.ready.Done)
	defer ready()
	l.now = l.load.clock()
	l.tickAt = l.now + l.tick
	events := make([]sock.EpollEvent, 256)
	for {
		if !l.started {
			l.connectMore()
		}
		if !l.started && l.connecting == 0 {
			ready()
			l.start()
		}
		if l.started {
			l.schedule()
		}
		if l.live == 0 {
			l.finish()
			return nil
		}
		n, err := l.wait(events, max(0, l.wake()-l.load.clock()))
		if err != nil {
			return err
		}
		l.now = l.load.clock()
		l.turn.Yield(l.now)
		if l.dispatch(events[:n]) {
			l.halt()
		}
		l.keepTime()
	}
}

// dropTimerSlack makes this thread wake up when a message is due, without the slack of the kernel's timers. The thread ends
// with the goroutine.
func (l *loop) dropTimerSlack() error {
	runtime.LockOSThread()
	err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	if err := l.options.lacks.tolerate("PR_SET_TIMERSLACK", err); err != nil {
		return fmt.Errorf("prctl: %s", callerr.Describe(err))
	}
	return nil
}

// dispatch handles events, and reports whether one of them tells the load to stop.
func (l *loop) dispatch(events []sock.EpollEvent) (stop bool) {
	for _, event := range events {
		if event.Fd == stopEvent {
			stop = true
		} else {
			l.serve(l.connections[event.Fd], event.Events)
		}
	}
	if len(l.group.connections) > 0 {
		l.serveGroup()
	}
	return stop
}

// elapsed returns the time since the first message was due.
func (l *loop) elapsed() time.Duration { return l.now - l.pace.begins }

// wait waits for events, with a timeout. Without epoll_pwait2(2), as before Linux 5.11, the timeout is in whole
// milliseconds.
func (l *loop) wait(events []sock.EpollEvent, longest time.Duration) (n int, err error) {
	call := "epoll_pwait2"
	if !l.coarse {
		timeout := unix.NsecToTimespec(int64(longest))
		n, err = sock.EpollPwait2(l.epfd, events, &timeout, nil)
		l.coarse = callerr.Unavailable(err)
	}
	if l.coarse {
		call = "epoll_wait"
		n, err = sock.EpollWait(l.epfd, events, int((longest+time.Millisecond-1)/time.Millisecond))
	}
	if err != nil && err != sock.EINTR {
		return 0, fmt.Errorf("%s: %s", call, callerr.Describe(err))
	}
	return n, nil
}

// connectMore begins to connect, unless the load reconnects for each message: then connecting is a part of it.
func (l *loop) connectMore() {
	for !l.options.reconnect && !l.stopping && l.next < len(l.connections) && l.connecting < connectingAtOnce {
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
}

// start starts the load when the other loops have connected, too.
func (l *loop) start() {
	l.load.ready.Wait()
	l.pace.begins = l.load.start()
	l.ends = never
	if l.options.duration > 0 {
		l.ends = min(l.pace.begins, grace) + l.options.duration
	}
	l.started = true
	l.now = l.load.clock()
	for _, c := range l.connections {
		c.moved = l.now
	}
	l.advance()
}
