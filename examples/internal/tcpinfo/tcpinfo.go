// Package tcpinfo tells the lessons what the kernel knows about a TCP socket: TCP_INFO of tcp(7), or what the system has in its
// place. Fields that a system doesn't have stay zero.
package tcpinfo

import "runtime"

// Info is what the lessons show of a socket.
type Info struct {
	State       string // as ss(8) and netstat(1) name it, or "-"
	Retransmits int    // segments sent again, SYNs included
	Queue       int    // of a listener: connections that wait for accept(2)
	QueueLimit  int    // of a listener: its backlog, as the kernel limited it
}

// State returns the state of a socket's connection: ESTABLISHED, for example.
func State(fd int) string { return Of(fd).State }

// AwaitQueue waits until n connections are in a listener's queue. The client's connect(2) returns when its ACK is sent, which
// may be before the ACK arrives. No descriptor reports the arrival, so AwaitQueue asks until it is so.
func AwaitQueue(listener, n int) {
	for hasQueue && Of(listener).Queue < n {
		runtime.Gosched()
	}
}
