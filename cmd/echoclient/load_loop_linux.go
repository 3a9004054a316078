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
	dueAtOnce        = 1024 // messages to begin before looking at answers, at a rate that nobody can keep
	retryPause       = 5 * time.Millisecond
	stopEvent        = -1 // where an event's user data is the index of a connection
)

// loop is an event loop with its share of the connections. One goroutine uses it.
type loop struct {
	*load
	*measurement
	epfd        int
	turn        eventloop.Turn
	batch       batch
	buf         []byte // what was received
	out         []byte // a datagram to be sent
	connections []*connection
	now         time.Duration
	begins      time.Duration // when the first message was due
	started     bool
	stopping    bool
	stopped     time.Duration // when that began
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
		l.interval = float64(time.Second) / l.rate * float64(l.load.connections) / float64(count)
		if l.duration > 0 {
			l.limit = min(l.limit, int64(math.Ceil(float64(l.duration)/l.interval-1e-6)))
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
		if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
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
		timeout := unix.NsecToTimespec(int64(max(0, l.wake()-l.clock())))
		n, err := sock.EpollPwait2(l.epfd, events, &timeout, nil)
		if err != nil && err != sock.EINTR {
			return fmt.Errorf("epoll_pwait2: %s", endpoint.Describe(err))
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

// connectMore connects, and starts when all connections are there or have failed. Where each message has a connection of
// its own there is nothing to wait for.
func (l *loop) connectMore(ready func()) {
	for !l.reconnect && !l.stopping && l.next < len(l.connections) && l.connecting < connectingAtOnce {
		l.connecting++
		l.connections[l.next].connect()
		l.next++
	}
	if l.connecting > 0 {
		return
	}
	ready()
	l.ready.Wait()
	l.begins = l.start()
	l.started = true
	l.now = l.clock()
	for _, c := range l.connections {
		c.moved = l.now
	}
	l.advance()
}

// begin tells whether a connection may begin a message now, and when that was due.
func (l *loop) begin(c *connection) (due time.Duration, ok bool) {
	switch {
	case l.stopping:
		return 0, false
	case l.rate > 0:
		return l.intended(c.begun*int64(len(l.connections)) + int64(c.index)), c.begun < c.due
	case l.begun == l.limit:
		return 0, false
	}
	l.begun++
	return l.now, true
}

// intended is when a message is due, at a rate. They fall to the connections in turn.
func (l *loop) intended(message int64) time.Duration {
	return l.begins + time.Duration(float64(message)*l.interval)
}

// schedule makes messages due, at a rate.
func (l *loop) schedule() {
	if l.rate == 0 || l.stopping {
		return
	}
	for n := 0; n < dueAtOnce && l.begun < l.limit && l.intended(l.begun) <= l.now; n++ {
		c := l.connections[l.begun%int64(len(l.connections))]
		c.due++
		l.begun++
		c.advance()
		if l.begun == l.limit {
			l.advance()
		}
	}
}

// over tells whether a connection will have no more messages to send.
func (l *loop) over(c *connection) bool {
	return l.stopping || l.begun == l.limit && (l.rate == 0 || c.begun == c.due)
}

// wake is when something is to be done though nothing happens.
func (l *loop) wake() time.Duration {
	at := l.tickAt
	if len(l.retry) > 0 {
		at = min(at, l.retryAt)
	}
	if l.started && !l.stopping && l.duration > 0 {
		at = min(at, l.begins+l.duration)
	}
	if l.started && !l.stopping && l.rate > 0 && l.begun < l.limit {
		at = min(at, l.intended(l.begun))
	}
	return at
}

// keepTime does what is due because time went by.
func (l *loop) keepTime() {
	if len(l.retry) > 0 && l.now >= l.retryAt {
		waiting := l.retry
		l.retry = nil
		for _, c := range waiting {
			c.again()
		}
	}
	if l.started && !l.stopping && l.duration > 0 && l.now-l.begins >= l.duration {
		l.halt()
	}
	if l.now < l.tickAt {
		return
	}
	l.tickAt = l.now + l.tick
	for _, c := range l.connections {
		c.expire()
	}
	l.publish()
}

// finish counts what was due, at a rate, and wasn't sent.
func (l *loop) finish() {
	l.publish()
	if l.rate == 0 || !l.started {
		return
	}
	l.unsent = l.begun
	if l.stopped > l.begins {
		l.unsent = min(l.limit, 1+int64(float64(l.stopped-l.begins)/l.interval))
	}
	for _, c := range l.connections {
		l.unsent -= c.begun
	}
}

// halt lets no more messages begin. What was sent is still to be answered.
func (l *loop) halt() {
	switch {
	case l.stopping:
		return
	case l.started:
		l.stopping, l.stopped = true, l.now
		l.end = max(l.end, l.now-l.begins)
		l.advance()
	default:
		l.stopping = true
		for _, c := range l.connections {
			c.drop()
		}
	}
}

// after lets a connection try again in a little while.
func (l *loop) after(c *connection) {
	if c.paused {
		return
	}
	c.paused = true
	if len(l.retry) == 0 {
		l.retryAt = l.now + retryPause
	}
	l.retry = append(l.retry, c)
}

// publish tells the others how it goes.
func (l *loop) publish() {
	l.current.messages.Add(l.measurement.messages - l.published)
	l.published = l.measurement.messages
}
