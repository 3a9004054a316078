//go:build linux

package main

import (
	"strconv"
	"strings"
)

// server is a program that echoes. Its commands name programs that build makes; nil is what it can't do.
type server struct {
	name     string
	tcp, udp []string
	bulk     bool // made for bulk alone
}

func (s server) Name() string { return s.name }

// command is how the server is started for a scenario, nil if it can't serve that.
func (s server) command(what scenario) []string {
	switch {
	case what.udp:
		return s.udp
	case s.bulk && !what.bulk:
		return nil
	}
	return s.tcp
}

const (
	reference = "C"     // the server that the others are compared with
	floor     = "floor" // no server: what receiving and sending alone cost
)

var servers = []server{
	{name: reference, tcp: []string{"epoll"}, udp: []string{"datagram"}},
	{name: "again", tcp: []string{"epoll"}, udp: []string{"datagram"}},
	{name: "raw", tcp: []string{"raw"}, udp: []string{"raw", "-udp"}},
	{name: "splice", tcp: []string{"splice"}, bulk: true},
	{name: "epoll", tcp: engine("epoll", "tcp"), udp: engine("epoll", "udp")},
	{name: "goroutines", tcp: engine("goroutines", "tcp"), udp: engine("goroutines", "udp")},
	{name: "threads", tcp: engine("threads", "tcp"), udp: engine("threads", "udp")},
	{name: "net", tcp: []string{"net"}, udp: []string{"net", "-udp"}},
	{name: "io.Copy", tcp: []string{"net", "-copy"}},
	{name: "mdlayher", tcp: []string{"mdlayher"}},
	{name: "netpoll", tcp: []string{"netpoll"}},
	{name: "gnet", tcp: []string{"gnet"}},
	{name: "evio", tcp: []string{"evio"}},
	{name: floor},
}

func engine(name, network string) []string {
	return []string{"echoserver", "-engine", name, "-listen", network + "://127.0.0.1:0"}
}

// peer makes a server of what -peer takes, NAME=COMMAND, where LISTEN stands for the address to listen on.
func peer(text string) (s server, ok bool) {
	name, command, ok := strings.Cut(text, "=")
	on := func(network string) []string {
		return strings.Fields(strings.ReplaceAll(command, "LISTEN", network+"://127.0.0.1:0"))
	}
	s = server{name: name, tcp: on("tcp"), udp: on("udp")}
	return s, ok && name != "" && len(s.tcp) > 0
}

// scenario is what a load does.
type scenario struct {
	name        string
	title       string
	connections int
	size        int
	depth       int
	reconnect   bool
	udp         bool
	bulk        bool
	idle        bool // connections that are counted, not measured
}

func (s scenario) Name() string { return s.name }

var scenarios = []scenario{
	{name: "small", title: "64 connections, 64 B", connections: 64, size: 64, depth: 1},
	{name: "depth", title: "64 connections, 64 B, 16 in flight", connections: 64, size: 64, depth: 16},
	{name: "many", title: "1000 connections, 1 KiB", connections: 1000, size: 1 << 10, depth: 1},
	{name: "medium", title: "64 connections, 16 KiB", connections: 64, size: 16 << 10, depth: 1},
	{name: "bulk", title: "4 streams, 64 KiB, 16 in flight", connections: 4, size: 64 << 10, depth: 16, bulk: true},
	{name: "large", title: "4 connections, 1 MiB", connections: 4, size: 1 << 20, depth: 1, bulk: true},
	{name: "connect", title: "connect, 12 B, half-close, close", connections: 8, size: 12, depth: 1, reconnect: true},
	{name: "one", title: "1 connection, 64 B", connections: 1, size: 64, depth: 1},
	{name: "udp", title: "UDP, 16 peers, 64 B", connections: 16, size: 64, depth: 1, udp: true},
	{name: "udpone", title: "UDP, 1 peer, 64 B", connections: 1, size: 64, depth: 1, udp: true},
	{name: "udp1k", title: "UDP, 16 peers, 1 KiB", connections: 16, size: 1 << 10, depth: 1, udp: true},
	{name: "idle", title: "10,000 idle connections", connections: 10000, size: 64 << 10, idle: true},
}

// floor reports whether the floor program can do the scenario.
func (s scenario) floor() bool {
	return s.depth == 1 && s.size <= 16<<10 && !s.reconnect && !s.udp && !s.idle
}

// load is a program that sends messages and measures what comes back.
type load struct {
	name      string
	title     string
	program   string
	arguments func(what scenario, url string, seconds float64) []string
}

func (l load) Name() string { return l.name }

var loads = []load{
	{"plain", "a receive and a send call per message", "load", plainArguments},
	{"echoclient", "echoclient, which batches its calls", "echoclient", echoclientArguments},
}

func plainArguments(what scenario, url string, seconds float64) []string {
	args := []string{url, strconv.Itoa(what.connections), strconv.Itoa(what.size), strconv.Itoa(what.depth), strconv.FormatFloat(seconds, 'f', 3, 64)}
	if what.reconnect {
		args = append(args, "reconnect")
	}
	return args
}

func echoclientArguments(what scenario, url string, seconds float64) []string {
	args := []string{"-addr", url, "-d", strconv.FormatFloat(seconds, 'f', 3, 64) + "s", "-json",
		"-c", strconv.Itoa(what.connections), "-size", strconv.Itoa(what.size), "-depth", strconv.Itoa(what.depth)}
	if what.reconnect {
		args = append(args, "-reconnect")
	}
	return args
}

// placement tells which of the cores at hand, by index, the server and the load get.
type placement struct {
	name         string
	title        string
	server, load int
}

func (p placement) Name() string { return p.name }

var placements = []placement{
	{"shared", "server and load on one core", 0, 0},
	{"pinned", "server and load on a core each", 0, 1},
}
