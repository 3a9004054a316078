package life

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// conversation are the sockets of one: a listener, and both ends.
func conversation() *Run {
	return &Run{Sockets: []Socket{
		{Side: Server, Kind: TCP, Local: "0.0.0.0:80"},
		{Side: Client, Kind: TCP, Local: alice.String(), Remote: bob.String()},
		{Side: Server, Kind: TCP, Local: bob.String(), Remote: alice.String()},
	}}
}

// labels are the packets of a run, in a few words.
func labels(r *Run) (labels []string) {
	for _, e := range r.Events {
		if p := e.Packet; p != nil {
			label := fmt.Sprintf("%s %s", p.Side, p.label(true))
			if p.Lost {
				label += " lost"
			}
			labels = append(labels, label)
		}
	}
	return labels
}

func TestPacketsAreNumberedFromTheBeginning(t *testing.T) {
	const first, second = 1<<32 - 2, 5000 // the first ones go around
	there := func(flags byte, seq, ack uint32, n int) Captured {
		return Captured{Kind: TCP, From: alice, To: bob, Flags: flags, Seq: first + seq, Ack: second + ack, Len: n}
	}
	back := func(flags byte, seq, ack uint32, n int) Captured {
		return Captured{Kind: TCP, From: bob, To: alice, Flags: flags, Seq: second + seq, Ack: first + ack, Len: n}
	}
	for _, tt := range []struct {
		name     string
		captured []Captured
		want     []string
	}{
		{"a whole life", []Captured{
			there(flagSYN, 0, 0, 0), back(flagSYN|flagACK, 0, 1, 0), there(flagACK, 1, 1, 0),
			there(flagPSH|flagACK, 1, 1, 5), back(flagACK, 1, 6, 0), there(flagFIN|flagACK, 6, 1, 0), back(flagRST, 1, 0, 0),
		}, []string{
			"client SYN", "server SYN, ACK seq 0, ack 1", "client ACK seq 1, ack 1",
			"client 5 bytes seq 1, ack 1", "server ACK seq 1, ack 6", "client FIN seq 6, ack 1", "server RST",
		}},
		{"a capture that began later", []Captured{there(flagACK, 100, 200, 5), back(flagACK, 200, 105, 0)},
			[]string{"client 5 bytes seq 1, ack 1", "server ACK seq 1, ack 6"}},
		{"a segment that is sent again", []Captured{there(flagSYN, 0, 0, 0), back(flagSYN|flagACK, 0, 1, 0), there(flagACK, 1, 1, 5), there(flagACK, 1, 1, 5), there(flagACK, 6, 1, 5)},
			[]string{"client SYN", "server SYN, ACK seq 0, ack 1", "client 5 bytes seq 1, ack 1", "client 5 bytes seq 1, ack 1 again", "client 5 bytes seq 6, ack 1"}},
		{"a SYN that is dropped", []Captured{there(flagSYN, 0, 0, 0), there(flagSYN, 0, 0, 0), back(flagSYN|flagACK, 0, 1, 0)},
			[]string{"client SYN lost", "client SYN again", "server SYN, ACK seq 0, ack 1"}},
		{"a SYN that is refused", []Captured{there(flagSYN, 0, 0, 0), back(flagRST|flagACK, 0, 1, 0)},
			[]string{"client SYN", "server RST seq 1, ack 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := conversation()
			r.AddPackets(tt.captured, time.Time{})
			if got := labels(r); !slices.Equal(got, tt.want) {
				t.Errorf("packets =\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestPacketsAreMatchedByNames(t *testing.T) {
	r := &Run{Sockets: []Socket{
		{Side: Server, Kind: UDP, Local: "[::]:80"},
		{Side: Client, Kind: UDP, Local: "[::ffff:10.0.0.1]:1000", Remote: "[::ffff:10.0.0.2]:80"},
	}}
	stranger := Captured{Kind: UDP, From: alice6, To: alice6, Len: 3}
	otherKind := Captured{Kind: TCP, From: alice, To: bob, Flags: flagSYN}
	r.AddPackets([]Captured{stranger, {Kind: UDP, From: alice, To: bob, Len: 5}, otherKind, {Kind: UDP, From: bob, To: alice, Error: "ICMP port unreachable"}}, time.Time{})
	var ends [][2]int
	for _, e := range r.Events {
		ends = append(ends, [2]int{e.Packet.From, e.Packet.To})
	}
	if want := [][2]int{{1, 0}, {NoSocket, 1}}; !slices.Equal(ends, want) {
		t.Errorf("packets go from and to %v, want %v", ends, want)
	}
}

// A call that waits for its peer has a beginning and a return, with what it waited for between them.
func TestCallsThatWaitAreSplit(t *testing.T) {
	const ms = time.Millisecond
	began := time.Unix(1, 0)
	for _, tt := range []struct {
		name string
		call Call
		want []string
	}{
		{"connect", Call{Name: "connect", Args: []string{"3", "bob"}}, []string{"connect(3, bob) …", "SYN, ACK seq 0, ack 1", "connect(3) = 0"}},
		{"recv", Call{Name: "recv", Args: []string{"3", `"Hello"`}, Result: "= 5", N: 5}, []string{"recv(3) …", "SYN, ACK seq 0, ack 1", `recv(3, "Hello") = 5`}},
		{"a connect that doesn't wait", Call{Name: "connect", Args: []string{"3"}, Result: "EINPROGRESS"}, []string{"connect(3) EINPROGRESS", "SYN, ACK seq 0, ack 1"}},
		{"send", Call{Name: "send", Args: []string{"3"}, Result: "= 1"}, []string{"send(3) = 1", "SYN, ACK seq 0, ack 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := conversation()
			tt.call.Socket, tt.call.Side, tt.call.Took = 1, Client, 2*ms
			r.Events = []Event{{At: ms, Call: &tt.call}}
			r.AddPackets([]Captured{{Time: began.Add(2 * ms), Kind: TCP, From: bob, To: alice, Flags: flagSYN | flagACK, Ack: 1}}, began)
			var got []string
			for _, e := range r.Events {
				if e.Call != nil {
					got = append(got, wrap(e.Call.pieces(), 80)[0])
				} else {
					got = append(got, e.Packet.label(true))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("packets =\n%q, want\n%q", got, tt.want)
			}
		})
	}
}
