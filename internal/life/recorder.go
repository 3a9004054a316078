package life

import (
	"slices"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

// Bounds of a Recorder.
const (
	mostSockets = 4    // of the program, the peers' not counted; four times as many if it plays both sides
	mostEvents  = 1500 // calls and states
)

// Recorder records the calls of this process, the states of its sockets, and their packets if it may capture them.
type Recorder struct {
	mu      sync.Mutex
	run     Run
	side    Side
	began   time.Time
	port    uint16 // whose packets are to be captured, or 0
	asker   *Asker
	capture *Capture
	sockets []*recorded
	stopped bool
	most    int // sockets of the program, the peers' not counted
	both    bool
	log     *recorderLog // nil: there is only the Run in the end

	interest map[int][]int // the descriptors that each epoll instance watches
	copies   map[int]int   // the sockets of further descriptors, made by dup
}

// recorded is a socket of the run: one of the program, or its peer.
type recorded struct {
	Socket
	local, remote sock.Sockaddr
	own           bool // of the program
	used          bool // connected as a stream, or data went over
	last          State
}

// NewRecorder makes a Recorder of the calls of a side. It begins with sock.SetTracer and its Call.
func NewRecorder(title string, side Side) *Recorder {
	return &Recorder{run: Run{Title: title}, side: side, most: mostSockets, began: time.Now()}
}

// Capture has the packets from or to a port captured from the next call on. Where that isn't allowed, the picture says so.
func (r *Recorder) Capture(port uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.port = port
}

// prepare opens what the Recorder asks by, when it is needed first: the tracer's own calls are not traced.
func (r *Recorder) prepare() {
	if r.asker == nil {
		r.asker = NewAsker()
	}
	if r.port == 0 {
		return
	}
	capture, err := NewCapture(r.port)
	r.port = 0
	if err != nil {
		r.run.Because = NoCapture(err)
		return
	}
	capture.Keep(r.isOurs)
	r.capture = capture
}

// isOurs reports whether a packet belongs to a recorded connection, as far as ports tell.
func (r *Recorder) isOurs(c Captured) bool {
	return slices.ContainsFunc(r.sockets, func(s *recorded) bool {
		from, to := s.local.AddrPort().Port(), s.remote.AddrPort().Port()
		return s.own && !s.remote.IsZero() && (c.From.Port() == from && c.To.Port() == to || c.From.Port() == to && c.To.Port() == from)
	})
}

// Call records a call, and what the kernel says about the sockets after it. It may be used by several goroutines at once.
func (r *Recorder) Call(c sock.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped || isQuiet(c) && !(r.both && (hasWaited(c) || isCopy(c))) {
		return
	}
	r.prepare()
	call := r.newCall(c)
	if call == nil {
		return
	}
	i := call.Socket
	if r.log != nil {
		call.Func, call.Lines = caller()
	}
	r.run.Events = append(r.run.Events, Event{At: c.Begin.Sub(r.began), Call: call})
	s := r.sockets[i]
	if c.Name == "close" {
		s.last.FD = r.fdAfterClose(i, c.FD)
	}
	r.takeSide(c, s)
	s.used = s.used || uses(c.Name, s.Kind)
	r.name(i)
	r.look(i)
	if r.capture != nil {
		r.capture.Drain()
	}
	if len(r.run.Events) >= mostEvents || r.capture != nil && r.capture.full() {
		r.run.Cut = true
		r.stop()
	}
	r.log.write(r)
}

// newCall makes a call of the model; nil if it is about no socket that is recorded.
func (r *Recorder) newCall(c sock.Call) *Call {
	if r.both && slices.Contains(polling, c.Name) {
		return r.wait(c)
	}
	i := r.socketOf(c)
	if i < 0 {
		return nil
	}
	if isCopy(c) {
		return r.copy(c, i)
	}
	fd := c.FD // which may be any of the socket's descriptors
	if r.withFD(fd) != i {
		fd = SpliceTarget(c)
	}
	return newCall(c, fd, i, r.side)
}

// socketOf is the socket that a call is about, a new one if it makes one; -1 if it isn't recorded.
func (r *Recorder) socketOf(c sock.Call) int {
	if c.Err == nil && slices.Contains([]string{"socket", "accept", "accept4"}, c.Name) {
		return r.add(c)
	}
	if c.Err == nil && c.Name == "socketpair" && r.both {
		return r.addPair(c)
	}
	if c.Name == "epoll_ctl" && r.both {
		return r.withFD(r.control(c))
	}
	if c.Name == "epoll_create1" && c.Err == nil {
		delete(r.interest, c.Result)
	}
	if i := r.withFD(c.FD); i >= 0 {
		return i
	}
	return r.withFD(SpliceTarget(c))
}

func (r *Recorder) add(c sock.Call) int {
	own := 0
	for _, s := range r.sockets {
		if s.own && !s.idle() {
			own++
		}
	}
	kind := kindOf(c.Result)
	if own >= r.most || kind == Other && !r.both {
		return -1
	}
	if i := r.adopt(c); i >= 0 {
		return i
	}
	r.sockets = append(r.sockets, &recorded{Socket: Socket{Side: r.side, Kind: kind}, own: true, last: State{FD: c.Result}})
	return len(r.sockets) - 1
}

// kindOf asks what kind of socket a descriptor is.
func kindOf(fd int) Kind {
	local, err := sock.Getsockname(fd)
	if err != nil {
		return Other
	}
	typ, err := sock.Getsockopt(fd, sock.SO_TYPE)
	if err != nil {
		return Other
	}
	unix, stream := local.Family() == sock.AF_UNIX, typ == sock.SOCK_STREAM
	switch {
	case unix && typ == sock.SOCK_DGRAM:
		return UnixPacket
	case unix:
		return UnixStream
	case local.Family() != sock.AF_INET && local.Family() != sock.AF_INET6:
		return Other
	case stream:
		return TCP
	case typ == sock.SOCK_DGRAM:
		return UDP
	}
	return Other
}

// name learns a socket's names, and makes its peer known when it has one.
func (r *Recorder) name(i int) {
	s := r.sockets[i]
	if s.last.FD == NoFD || !s.remote.IsZero() {
		return
	}
	if local, err := sock.Getsockname(s.last.FD); err == nil {
		s.local, s.Local = local, local.String()
	}
	remote, err := sock.Getpeername(s.last.FD)
	if err != nil {
		return
	}
	s.remote, s.Remote = remote, remote.String()
	if r.both && r.hasPeer(s) {
		return
	}
	peer := &recorded{Socket: Socket{Side: s.Side.Other(), Kind: s.Kind, Local: s.Remote, Remote: s.Local}, local: remote, remote: s.local}
	peer.last.FD = NoFD
	r.sockets = append(r.sockets, peer)
}

// uses reports whether a call is what sockets are made for.
func uses(call string, kind Kind) bool {
	return call == "listen" || call == "socketpair" || call == "accept" || call == "accept4" || call == "connect" && kind.stream() || slices.Contains(transferring, call) || slices.Contains(polling, call)
}

// idle reports whether a socket was closed without having been of use, as looking up addresses does.
func (s *recorded) idle() bool { return s.last.FD == NoFD && !s.used }

// look asks the kernel about all sockets, and records what is new, and the state of own.
func (r *Recorder) look(own int) {
	var seen []State
	for i, s := range r.sockets {
		now := State{Socket: i, FD: s.last.FD}
		if !r.asker.Ask(&now, s.local, s.remote) && s.last.State != "" {
			now.State = Gone
		}
		now.Changed = now.State != s.last.State
		now.Refills = now.Unread != s.last.Unread
		if now.State != "" && (now.Changed || now.Refills || i == own) {
			seen = append(seen, now)
		}
		s.last = now
	}
	if len(seen) > 0 {
		r.run.Events = append(r.run.Events, Event{At: time.Since(r.began), States: seen})
	}
}

// stop ends the recording.
func (r *Recorder) stop() {
	if r.stopped {
		return
	}
	r.stopped = true
	sock.SetTracer(nil)
	if r.asker != nil {
		r.asker.Close()
	}
}

// Run ends the recording, and is what happened.
func (r *Recorder) Run() *Run {
	sock.Untraced(r.end)
	return &r.run
}

func (r *Recorder) end() {
	sock.SetTracer(nil) // before the lock, which Call takes
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.look(-1)
		r.stop()
	}
	r.run.Sockets = r.known()
	r.run.finish(r.capture, r.began)
}

// known are the sockets so far.
func (r *Recorder) known() (sockets []Socket) {
	for _, s := range r.sockets {
		sockets = append(sockets, s.Socket)
	}
	return sockets
}
