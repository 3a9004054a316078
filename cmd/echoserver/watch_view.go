//go:build unix

package main

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// maxRows is how many connections the page shows. It only counts the others.
const maxRows = 200

// listenerView is a row of the page's table of listeners.
type listenerView struct {
	URL      string `json:"url"`
	Datagram bool   `json:"datagram"`
	State    string `json:"state"`   // "" if the kernel reported nothing
	Waiting  uint32 `json:"waiting"` // clients, or bytes of datagrams
	Limit    uint32 `json:"limit"`
	Drops    uint32 `json:"drops"`
	Accepted int64  `json:"accepted"`
	Active   int64  `json:"active"`
	Received int64  `json:"received"`
	Sent     int64  `json:"sent"`
	Failed   int64  `json:"failed"`
	Refused  int64  `json:"refused"`
	Spooled  int64  `json:"spooled"`
}

func newListenerView(l *listener) listenerView {
	return listenerView{
		URL: l.url, Datagram: l.Datagram(),
		Accepted: l.counters.accepted.Load(), Active: l.counters.active.Load(), Received: l.counters.received.Load(), Sent: l.counters.sent.Load(),
		Failed: l.counters.failed.Load(), Refused: l.counters.refused.Load(), Spooled: l.counters.spooled.Load(),
	}
}

func (v *listenerView) observe(o *observation) {
	v.State, v.Waiting, v.Limit, v.Drops = o.state, o.received, o.queued, o.drops
	if v.Datagram {
		v.State, v.Limit = "bound", 0
	}
}

// connectionView is a row of the page's table of clients. Times are in seconds.
type connectionView struct {
	ID       string  `json:"id"`
	Listener string  `json:"listener"`
	Client   string  `json:"client"`
	Server   string  `json:"server"`
	State    string  `json:"state"` // of the server's socket; "" if the kernel no longer has one
	Far      string  `json:"far"`   // of the client's socket, if it is on this host
	Timer    string  `json:"timer"` // of the client's socket
	Expires  float64 `json:"expires"`

	HasDescriptor bool `json:"fd"`
	Subflow       bool `json:"subflow"` // one of the TCP connections of an MPTCP client

	Unread  uint32 `json:"unread"`  // bytes in the receive queue
	Unacked uint32 `json:"unacked"` // bytes in the send queue

	Counts  bool    `json:"counts"` // whether the following are known
	In      uint64  `json:"in"`
	Out     uint64  `json:"out"`
	Rate    float64 `json:"rate"` // bytes per second in both directions
	Held    uint64  `json:"held"` // bytes that the server received and has not sent
	RTT     float64 `json:"rtt"`
	Cwnd    uint32  `json:"cwnd"`
	Retrans uint32  `json:"retrans"`
	Idle    float64 `json:"idle"`

	Since float64 `json:"since"` // when it was first seen, on the page's clock
	Older bool    `json:"older"` // it may have existed before
}

func newConnectionView(o *observation) connectionView {
	v := connectionView{Listener: o.listener.url, Client: o.peer, Server: o.listener.url, Subflow: o.listener.Network == "mptcp"}
	if o.key.local.IsValid() {
		v.Client, v.Server = o.key.remote.String(), o.key.local.String()
	}
	return v
}

// update copies what the kernel reports about the server's end.
func (l *connLife) update(o *observation, at time.Duration) {
	passed := (at - l.lastAt).Seconds()
	if o.counts && l.Counts && passed > 0 {
		l.Rate = max(0, float64(o.in+o.out)-float64(l.In+l.Out)) / passed
	}
	l.lastAt, l.inode = at, o.inode
	l.State, l.HasDescriptor, l.Unread, l.Unacked = o.state, o.inode != 0, o.received, o.queued
	if !o.counts {
		return
	}
	l.Counts, l.In, l.Out = true, o.in, o.out
	// The bytes received less those sent are in the server's memory, pipes and files.
	l.Held = max(o.in, uint64(o.received)+o.out+uint64(o.queued)) - uint64(o.received) - o.out - uint64(o.queued)
	l.RTT, l.Cwnd, l.Retrans, l.Idle = o.rtt.Seconds(), o.cwnd, o.retrans, o.idle.Seconds()
}

// orders are the columns by which clients can be sorted, each in the most useful direction: the largest numbers first.
var orders = map[string]func(a, b *connectionView) int{
	"rate": func(a, b *connectionView) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(b.In+b.Out, a.In+a.Out))
	},
	"state": func(a, b *connectionView) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Far, b.Far))
	},
	"far": func(a, b *connectionView) int {
		return cmp.Or(cmp.Compare(a.Far, b.Far), cmp.Compare(a.State, b.State))
	},
	"client":  func(a, b *connectionView) int { return cmp.Compare(a.Client, b.Client) },
	"in":      func(a, b *connectionView) int { return cmp.Compare(b.In, a.In) },
	"out":     func(a, b *connectionView) int { return cmp.Compare(b.Out, a.Out) },
	"unread":  func(a, b *connectionView) int { return cmp.Compare(b.Unread, a.Unread) },
	"unacked": func(a, b *connectionView) int { return cmp.Compare(b.Unacked, a.Unacked) },
	"held":    func(a, b *connectionView) int { return cmp.Compare(b.Held, a.Held) },
	"rtt":     func(a, b *connectionView) int { return cmp.Compare(b.RTT, a.RTT) },
	"cwnd":    func(a, b *connectionView) int { return cmp.Compare(b.Cwnd, a.Cwnd) },
	"age":     func(a, b *connectionView) int { return cmp.Compare(a.Since, b.Since) },
	"idle":    func(a, b *connectionView) int { return cmp.Compare(b.Idle, a.Idle) },
}

// wish is a viewer's choice of rows and their order.
type wish struct {
	words    []string // a row must contain all of them; in lower case
	order    func(a, b *connectionView) int
	reversed bool
}

// rows selects and sorts the connections for a wish. matching is how many there are, including those beyond maxRows.
func (w wish) rows(all []connectionView) (rows []connectionView, matching int) {
	picked := make([]*connectionView, 0, len(all))
	for i := range all {
		if w.matches(&all[i]) {
			picked = append(picked, &all[i])
		}
	}
	slices.SortFunc(picked, func(a, b *connectionView) int {
		order := w.order(a, b)
		if w.reversed {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.Since, b.Since), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	rows = []connectionView{}
	for _, v := range picked[:min(len(picked), maxRows)] {
		rows = append(rows, *v)
	}
	return rows, len(picked)
}

func (w wish) matches(v *connectionView) bool {
	for _, word := range w.words {
		if !contains(v.State, word) && !contains(v.Far, word) && !contains(v.Client, word) && !contains(v.Listener, word) {
			return false
		}
	}
	return true
}

func contains(text, lower string) bool { return strings.Contains(strings.ToLower(text), lower) }
