//go:build linux

package main

import "strconv"

// server is a program that echoes. Its commands name programs that build makes; nil is what it can't do.
type server struct {
	name     string
	tcp, udp []string
}

func (s server) Name() string { return s.name }

// reference is the server that the others are compared with.
const reference = "C"

var servers = []server{
	{"C", []string{"epoll"}, []string{"datagram"}},
	{"epoll", engine("epoll", "tcp"), engine("epoll", "udp")},
	{"goroutines", engine("goroutines", "tcp"), engine("goroutines", "udp")},
	{"threads", engine("threads", "tcp"), engine("threads", "udp")},
	{"net", []string{"net"}, []string{"net", "-udp"}},
	{"io.Copy", []string{"net", "-copy"}, nil},
	{"mdlayher", []string{"mdlayher"}, nil},
	{"netpoll", []string{"netpoll"}, nil},
	{"gnet", []string{"gnet"}, nil},
	{"evio", []string{"evio"}, nil},
}

func engine(name, network string) []string {
	return []string{"echoserver", "-engine", name, "-listen", network + "://127.0.0.1:0"}
}

// scenario is a load.
type scenario struct {
	name        string
	title       string
	connections int
	size        int
	depth       int
	reconnect   bool
	udp         bool
	idle        bool // connections that are counted, not measured
}

func (s scenario) Name() string { return s.name }

var scenarios = []scenario{
	{name: "small", title: "64 connections, 64 B", connections: 64, size: 64, depth: 1},
	{name: "depth", title: "64 connections, 64 B, 16 in flight", connections: 64, size: 64, depth: 16},
	{name: "many", title: "1000 connections, 1 KiB", connections: 1000, size: 1 << 10, depth: 1},
	{name: "medium", title: "64 connections, 16 KiB", connections: 64, size: 16 << 10, depth: 1},
	{name: "bulk", title: "4 streams, 64 KiB, 16 in flight", connections: 4, size: 64 << 10, depth: 16},
	{name: "large", title: "4 connections, 1 MiB", connections: 4, size: 1 << 20, depth: 1},
	{name: "connect", title: "connect, 12 B, half-close, close", connections: 8, size: 12, depth: 1, reconnect: true},
	{name: "one", title: "1 connection, 64 B", connections: 1, size: 64, depth: 1},
	{name: "udp", title: "UDP, 16 peers, 64 B", connections: 16, size: 64, depth: 1, udp: true},
	{name: "idle", title: "10,000 idle connections", connections: 10000, size: 64 << 10, idle: true},
}

// arguments are what echoclient takes for the scenario.
func (s scenario) arguments() []string {
	args := []string{"-json", "-c", strconv.Itoa(s.connections), "-size", strconv.Itoa(s.size), "-depth", strconv.Itoa(s.depth)}
	if s.reconnect {
		args = append(args, "-reconnect")
	}
	return args
}

// floor tells whether the floor program can do the scenario.
func (s scenario) floor() bool {
	return s.depth == 1 && s.size <= 16<<10 && !s.reconnect && !s.udp
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
