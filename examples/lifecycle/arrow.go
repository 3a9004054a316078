//go:build linux

package main

import (
	"fmt"

	"example.com/berkeley/sock"
)

// arrow is what went from one side to the other.
type arrow struct {
	label    string
	from     side
	tail     int     // the step that sent it
	heads    []int   // the steps that received it
	src, dst *socket // nil: not known
	lost     bool    // nobody has it
	bytes    int
	left     int // of them, what nobody has received yet
}

// flights are the arrows under way, by the names of both ends: from, to.
type flights map[[2]sock.Sockaddr][]*arrow

// arrows finds out what went over, from the calls and what they returned.
func arrows(steps []*step) (all []*arrow) {
	under := flights{}
	finished := map[*socket]bool{} // has sent its last
	last := map[*socket]string{}   // state
	for i, st := range steps {
		leave := func(label string, bytes int) *arrow {
			a := &arrow{label: label, from: st.actor.side, tail: i, src: st.socket, bytes: bytes, left: bytes}
			all = append(all, a)
			return a
		}
		send := func(label string, bytes int) {
			key := [2]sock.Sockaddr{st.socket.local, st.peer}
			under[key] = append(under[key], leave(label, bytes))
		}
		stream := st.socket.typ == sock.SOCK_STREAM
		words := wordsOf(st.socket)
		switch {
		case st.waits:
		case st.call == "connect" && stream && words == tcpWords && !seenAt(st, st.actor.side.other()):
			leave(words.open, 0).lost = true // the kernel has no other end of it
		case st.call == "connect" && stream:
			send(words.open, 0)
		case (st.call == "send" || st.call == "sendto") && st.err == nil:
			send(fmt.Sprintf("%d bytes", st.n), st.n)
		case (st.call == "shutdown" || st.call == "close") && talks(last[st.socket]) && stream && !finished[st.socket]:
			send(words.end, 0)
			finished[st.socket] = true
		case st.call == "accept" || st.call == "recv" || st.call == "recvfrom":
			under.land(i, st, words)
			if st.err == sock.ECONNREFUSED {
				all = append(all, &arrow{label: "ICMP", from: st.actor.side.other(), tail: i, heads: []int{i}, dst: st.socket})
			}
		}
		for _, seen := range st.states {
			last[seen.socket] = seen.state
			if seen.resent > 0 {
				all = append(all, &arrow{label: words.open, from: seen.socket.side, tail: i, heads: []int{i}, src: seen.socket})
			}
		}
	}
	for _, a := range all {
		a.settle(steps)
	}
	return all
}

// settle has what changes the other side's state arrive when that was seen to change, which is before its next call.
func (a *arrow) settle(steps []*step) {
	if a.bytes > 0 || a.lost || a.src == nil {
		return
	}
	for i := a.tail; i < len(steps) && (len(a.heads) == 0 || i <= a.heads[0]); i++ {
		for _, seen := range steps[i].states {
			s := seen.socket
			if seen.changed && seen.state != gone && s.local == a.src.remote && s.remote == a.src.local {
				a.dst, a.heads = s, []int{i}
				return
			}
		}
	}
}

// words are what a kind of socket says by opening a connection, by ending it, and by breaking it off.
type words struct{ open, end, reset string }

var (
	tcpWords  = words{"SYN", "FIN", "RST"}
	unixWords = words{"connect", "end", "reset"} // it sends no packets
)

func wordsOf(s *socket) words {
	if s.local.Family() == sock.AF_UNIX {
		return unixWords
	}
	return tcpWords
}

// talks tells whether a socket of this state has somebody to send its end to.
func talks(state string) bool {
	return state == "ESTABLISHED" || state == "CLOSE_WAIT" || state == connected
}

func seenAt(st *step, side side) bool {
	for _, seen := range st.states {
		if seen.socket.side == side {
			return true
		}
	}
	return false
}

// land gives a step what it received.
func (f flights) land(i int, st *step, words words) {
	key := [2]sock.Sockaddr{st.peer, st.socket.local}
	n := st.n
	if st.call == "accept" {
		n = 0
	}
	for len(f[key]) > 0 {
		a := f[key][0]
		a.dst = st.socket
		if st.err == nil || len(f[key]) == 1 {
			a.heads = append(a.heads, i)
		}
		taken := min(n, a.left)
		a.left, n = a.left-taken, n-taken
		if st.err == nil && a.left > 0 {
			return
		}
		f[key] = f[key][1:]
		if st.err == sock.ECONNRESET && len(f[key]) == 0 {
			a.label = words.reset
		}
		if st.err == nil && n == 0 {
			return
		}
	}
}
