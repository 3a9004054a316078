//go:build unix

package sock

import (
	"cmp"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// tcpDefaults are the options that Conn's constructors set on TCP sockets, as package net does: TCP_NODELAY, so that a
// short write does not wait for the acknowledgment of the previous one, and keep-alive, so that a lost peer is noticed.
type tcpDefaults struct {
	nagle     bool
	idle      time.Duration
	keepAlive net.KeepAliveConfig
}

// set sets the options. It ignores errors: a protocol that lacks an option, as MPTCP does on
// older kernels, works without it.
func (o tcpDefaults) set(fd int) {
	if !o.nagle {
		Setsockopt(fd, TCP_NODELAY, true)
	}
	if !o.keepAlive.Enable && o.idle >= 0 {
		o.keepAlive = net.KeepAliveConfig{Enable: true, Idle: o.idle}
	}
	if o.keepAlive.Enable {
		setKeepAlive(fd, o.keepAlive)
	}
}

// setKeepAlive sets when a silent peer is probed first, at which interval, and how many times: tcp(7). As in package
// net, zero means 15 s, 15 s and 9 probes, and a negative value leaves the system's default.
func setKeepAlive(fd int, c net.KeepAliveConfig) error {
	return cmp.Or(
		Setsockopt(fd, SO_KEEPALIVE, c.Enable),
		setKeep(fd, keepIdle, c.Idle, keepTime),
		setKeep(fd, keepInterval, c.Interval, keepTime),
		setKeep(fd, keepCount, c.Count, keepProbes))
}

// Package net's values of the keep-alive options.
const (
	keepTime   = 15 * time.Second
	keepProbes = 9
)

// setKeep sets a keep-alive option, unless v is negative. Zero means the standard value.
func setKeep[T int | time.Duration](fd int, opt Option[T], v, standard T) error {
	if v < 0 {
		return nil
	}
	return Setsockopt(fd, opt, cmp.Or(v, standard))
}

// The keep-alive options: TCP_KEEPIDLE (TCP_KEEPALIVE on macOS), TCP_KEEPINTVL and
// TCP_KEEPCNT. OpenBSD has none of them.
var (
	keepNumbers = map[string][3]int{
		"linux": {4, 5, 6}, "darwin": {0x10, 0x101, 0x102}, "netbsd": {3, 5, 6},
		"freebsd": {0x100, 0x200, 0x400}, "dragonfly": {0x100, 0x200, 0x400},
	}[runtime.GOOS]
	keepIdle     = keepTimeOption("TCP_KEEPIDLE", unix.IPPROTO_TCP, keepNumbers[0])
	keepInterval = keepTimeOption("TCP_KEEPINTVL", unix.IPPROTO_TCP, keepNumbers[1])
	keepCount    = IntOption("TCP_KEEPCNT", unix.IPPROTO_TCP, keepNumbers[2])
)

// keepTimeOption makes an option in the unit that the system uses for these times.
func keepTimeOption(name string, level, number int) Option[time.Duration] {
	if runtime.GOOS == "dragonfly" {
		return MillisecondsOption(name, level, number)
	}
	return SecondsOption(name, level, number)
}
