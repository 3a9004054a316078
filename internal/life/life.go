// Package life holds what happened to sockets, as one model, and draws it: as text, as an SVG picture, and as an HTML
// page that steps through time.
//
// A Run has sockets and events. An event is a call, a packet, or what the kernel said about sockets at that moment.
// A Recorder makes a Run from the calls of package sock; ReadJSON gets one from a file. Everything is bounded: a Recorder
// keeps the first events, and the drawings fold what repeats itself.
package life

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Side is a side of the picture.
type Side int

// The server's side is left, the client's right.
const (
	Server Side = iota
	Client
)

// Other is the opposite side.
func (s Side) Other() Side { return 1 - s }

func (s Side) String() string { return [...]string{"server", "client"}[s] }

// Run is what happened.
type Run struct {
	Name    string `json:",omitempty"`
	Title   string
	Sockets []Socket
	Events  []Event // in the order of time
	// Inferred means that packets weren't captured. Add them with Infer; Because says why they weren't.
	Inferred bool     `json:",omitempty"`
	Because  string   `json:",omitempty"`
	Remarks  []string `json:",omitempty"` // what a reader must know beside
	// Cut means that more happened than a Recorder keeps.
	Cut bool `json:",omitempty"`
}

// Kind is a kind of socket, as far as it matters to what it sends.
type Kind string

// The kinds of sockets. Those of AF_UNIX send no packets.
const (
	TCP        Kind = "tcp"
	UDP        Kind = "udp"
	UnixStream Kind = "unix"
	UnixPacket Kind = "unixgram"
	Other      Kind = "other"
)

// stream reports whether a kind of socket has connections, and an end.
func (k Kind) stream() bool { return k == TCP || k == UnixStream }

// Socket is a socket of a run. The kernel has it before accept gives it a descriptor, and may have it after close.
type Socket struct {
	Side   Side
	Kind   Kind
	Local  string `json:",omitempty"`
	Remote string `json:",omitempty"` // of the peer that it is connected to
}

// Event is one of its pointers, or States.
type Event struct {
	At     time.Duration // since the run began
	Call   *Call         `json:",omitempty"`
	Packet *Packet       `json:",omitempty"`
	States []State       `json:",omitempty"`
}

// Call is a system call, or the beginning of one that waits. What waits returns in a later event of the same thread.
type Call struct {
	Socket  int // the index in Run.Sockets
	Side    Side
	Thread  int
	Name    string
	Args    []string      `json:",omitempty"`
	Result  string        `json:",omitempty"` // what it returned, if that says anything: "= 5", or the errno's name
	N       int           `json:",omitempty"` // the count that it returned
	Peer    string        `json:",omitempty"` // where bytes went or came from, if not the socket's own peer
	Failed  bool          `json:",omitempty"`
	Waits   bool          `json:",omitempty"`
	Into    bool          `json:",omitempty"` // of splice: the bytes went to the socket, not from it
	Took    time.Duration `json:",omitempty"`
	Watched []int         `json:",omitempty"` // the sockets that a call like poll asks about
	Woken   []int         `json:",omitempty"` // those of them that are ready
	Ready   string        `json:",omitempty"` // in words
	Func    string        `json:",omitempty"` // the function of package sock that the program called, if that was recorded
	Lines   []int         `json:",omitempty"` // the lines of the program's main.go that led to the call, the innermost first
}

// State is what the kernel said about a socket.
type State struct {
	Socket  int
	FD      int    // NoFD before accept and after close
	State   string // as sock.TCPState prints it, or one of the constants below
	Changed bool   `json:",omitempty"`
	// Unread is the receive queue's length: bytes, or of a listener the connections that wait. Unsent is the send queue's:
	// bytes that the peer hasn't acknowledged; of a listener the limit of its queue.
	Unread  int  `json:",omitempty"`
	Unsent  int  `json:",omitempty"`
	Refills bool `json:",omitempty"` // Unread is another than before
}

// NoFD stands for the descriptor of a socket that has none.
const NoFD = -1

// States that aren't TCP's: of other sockets, and of one that the kernel no longer knows.
const (
	Unconnected = "UNCONNECTED"
	Connected   = "CONNECTED"
	Gone        = "gone"
)

// Packet is what went from one socket to another.
type Packet struct {
	From, To int  // indices in Run.Sockets, or NoSocket
	Side     Side // where it comes from
	Kind     string
	Seq, Ack uint32 `json:",omitempty"` // relative to the first of the connection
	Len      int    `json:",omitempty"` // bytes of data
	HasAck   bool   `json:",omitempty"`
	Lost     bool   `json:",omitempty"` // no socket took it
	Again    bool   `json:",omitempty"` // it was sent before
}

// NoSocket stands for a packet's end that belongs to none of the sockets.
const NoSocket = -1

// ReadJSON decodes a Run, and refuses one whose parts don't fit together.
func ReadJSON(p []byte) (*Run, error) {
	r := &Run{}
	if err := json.Unmarshal(p, r); err != nil {
		return nil, err
	}
	return r, r.check()
}

// check finds indices that lead nowhere.
func (r *Run) check() error {
	is := func(socket int) bool { return socket >= 0 && socket < len(r.Sockets) }
	for _, s := range r.Sockets {
		if s.Side != Server && s.Side != Client {
			return fmt.Errorf("no side %d", s.Side)
		}
	}
	for i, e := range r.Events {
		ok := true
		if c := e.Call; c != nil {
			ok = is(c.Socket) && (c.Side == Server || c.Side == Client)
			for _, socket := range slices.Concat(c.Watched, c.Woken) {
				ok = ok && is(socket)
			}
		}
		if p := e.Packet; p != nil {
			ok = ok && (p.From == NoSocket || is(p.From)) && (p.To == NoSocket || is(p.To)) && (p.Side == Server || p.Side == Client)
		}
		for _, s := range e.States {
			ok = ok && is(s.Socket)
		}
		if !ok {
			return fmt.Errorf("event %d is about no socket of this run", i)
		}
	}
	return nil
}

// listening are the sockets that were seen to listen.
func (r *Run) listening() map[int]bool {
	listens := map[int]bool{}
	for _, e := range r.Events {
		for _, s := range e.States {
			listens[s.Socket] = listens[s.Socket] || s.State == "LISTEN"
		}
	}
	return listens
}

// shown are the sockets that calls or states are about: all except those that finish left out.
func (r *Run) shown() map[int]bool {
	shown := map[int]bool{}
	for _, e := range r.Events {
		if e.Call != nil {
			shown[e.Call.Socket] = true
		}
		for _, s := range e.States {
			shown[s.Socket] = true
		}
	}
	return shown
}

// summary says how many sockets it takes, where there is a server with a listener.
func (r *Run) summary() string {
	count, listeners, listening, shown := [2]int{}, 0, r.listening(), r.shown()
	for i, s := range r.Sockets {
		if !shown[i] {
			continue
		}
		count[s.Side]++
		if listening[i] && s.Side == Server {
			listeners++
		}
	}
	if listeners == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d of the server (%s and one per connection), %d of %s",
		plural(count[Server]+count[Client], "socket"), count[Server], plural(listeners, "listener"),
		count[Client], map[bool]string{true: "the client", false: "the clients"}[count[Client] == 1])
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
