//go:build unix

package main

import (
	"net/netip"
	"time"
)

// end identifies the socket of a conversation that an observation is about.
type end int

const (
	listening end = iota // the listener itself
	nearEnd              // the server's socket of a connection
	farEnd               // the client's socket, if it is on this host
)

// connKey identifies a connection by both addresses, as the server sees them. For a unix socket it has an inode
// instead, and for a vsock socket the server's port and the client's CID and port.
type connKey struct {
	local, remote  netip.AddrPort
	inode          uint32
	port, cid, far uint32
}

// observation is what the kernel reports about one socket, at one time.
type observation struct {
	listener         *listener
	end              end
	key              connKey
	peer             string // the client's name, if the socket is not an IP socket
	cookie           uint64
	inode            uint32 // 0 if no descriptor refers to the socket
	state            string
	received, queued uint32 // bytes, or for a listener the waiting clients and the limit
	drops            uint32
	timer            string
	expires          time.Duration

	// Only for TCP, except in TIME_WAIT.
	counts        bool
	in, out       uint64 // bytes received from the client, and acknowledged by it
	rtt           time.Duration
	cwnd, retrans uint32
	idle          time.Duration
}
