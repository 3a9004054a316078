package main

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/internal/sockdiag"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// kernel lists the sockets of listeners by sock_diag(7).
type kernel struct {
	conn  *sockdiag.Conn
	seen  observation
	lists int  // so far
	v6    bool // whether the last look at IPv6 connections found one
}

// v6Every is how many lists of sockets are made for one that asks for IPv6 connections too, as long as the last such list found
// none.
const v6Every = 8

func openKernel() (*kernel, error) {
	conn, err := sockdiag.Open()
	if err != nil {
		return nil, fmt.Errorf("sock_diag: %s", callerr.Describe(err))
	}
	return &kernel{conn: conn}, nil
}

func (k *kernel) close() { k.conn.Close() }

// processorTime is the time of a processor that f takes. It does not grow when other programs keep the processors busy.
func processorTime(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.Timespec
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &before)
	f()
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &after)
	return time.Duration(after.Nano() - before.Nano())
}

// list calls visit with each socket at the listeners' addresses, or with the listeners alone. What visit gets is valid until it
// returns. The kernel picks them by port.
func (k *kernel) list(listeners []*listener, alone bool, visit func(*observation)) error {
	var failed []string // a reason for each family
	for _, q := range queries(listeners, alone) {
		isV6 := q.Family == sock.AF_INET6 && q.Info
		if isV6 && !k.v6 && k.lists%v6Every != 0 {
			continue
		}
		found := false
		err := k.conn.Each(q, func(s *sockdiag.Socket) {
			if k.observe(s, listeners) {
				found = true
				visit(&k.seen)
			}
		})
		if isV6 {
			k.v6 = found
		}
		if err != nil {
			failed = append(failed, notListed(q, err))
		}
	}
	k.lists++
	if len(failed) > 0 {
		return errors.New(strings.Join(slices.Compact(failed), "\n"))
	}
	return nil
}

// notListed tells why the sockets of a query are not on the page.
func notListed(q sockdiag.Query, err error) string {
	if err == sock.ENOENT {
		return fmt.Sprintf("the kernel does not list %s sockets here", families[q.Family])
	}
	return fmt.Sprintf("%s sockets: sock_diag: %s", families[q.Family], callerr.Describe(err))
}

var families = map[int]string{sock.AF_INET: "IPv4", sock.AF_INET6: "IPv6", sock.AF_UNIX: "unix", sock.AF_VSOCK: "vsock"}

// queries are what to ask the kernel: once for the connections of each family, since each time it looks at all sockets of that
// kind. The listeners of TCP are apart, for they alone have drops. A client's end of a connection can be an IPv6 socket even if
// the listener is an IPv4 socket.
func queries(listeners []*listener, alone bool) (all []sockdiag.Query) {
	var tcp, udp []uint16    // ports
	others := map[int]bool{} // families
	for _, l := range listeners {
		family, port := l.addr.Family(), l.addr.AddrPort().Port()
		switch {
		case family != sock.AF_INET && family != sock.AF_INET6:
			others[family] = true
		case l.Datagram():
			udp = append(udp, port)
		default:
			tcp = append(tcp, port)
		}
	}
	for _, family := range []int{sock.AF_INET, sock.AF_INET6} {
		if len(tcp) > 0 {
			all = append(all, sockdiag.Query{Family: family, Protocol: sock.IPPROTO_TCP, EitherPorts: tcp, Memory: true, States: sockdiag.In(sock.TCP_LISTEN)})
		}
		if len(tcp) > 0 && !alone {
			all = append(all, sockdiag.Query{Family: family, Protocol: sock.IPPROTO_TCP, EitherPorts: tcp, Info: true, States: connectionStates})
		}
		if len(udp) > 0 {
			all = append(all, sockdiag.Query{Family: family, Protocol: sock.IPPROTO_UDP, EitherPorts: udp, Memory: true, States: sockdiag.In(sock.TCP_CLOSE)})
		}
	}
	for _, family := range []int{sock.AF_UNIX, sock.AF_VSOCK} {
		if others[family] {
			all = append(all, sockdiag.Query{Family: family}) // datagram sockets are in TCP_CLOSE
		}
	}
	return all
}

// boundInactive is TCP_BOUND_INACTIVE of <net/tcp_states.h>, with which the kernel lists sockets that are only bound.
const boundInactive = 13

// connectionStates are those of connections.
var connectionStates = ^sockdiag.In(sock.TCP_CLOSE, sock.TCP_LISTEN, boundInactive)

// observe makes an observation of a socket. It returns false if the socket belongs to none of the listeners.
func (k *kernel) observe(s *sockdiag.Socket, listeners []*listener) bool {
	k.seen = observation{
		cookie: s.Cookie, state: s.State.String(), inode: s.Inode,
		received: s.Received, queued: s.Queued, drops: s.Drops, timer: timers[s.Timer], expires: s.Expires,
	}
	switch s.Family {
	case sock.AF_UNIX:
		return k.observeUnix(s, listeners)
	case sock.AF_VSOCK:
		return k.observeVsock(s, listeners)
	}
	local, remote := unmapped(s.Local), unmapped(s.Remote)
	for _, l := range listeners {
		if l.Datagram() != (s.Protocol == sock.IPPROTO_UDP) {
			continue
		}
		switch {
		case s.State == sock.TCP_LISTEN || l.Datagram():
			if l.addr != s.Local {
				continue
			}
			k.seen.end = listening
		case serves(l, local) && (s.Family == l.addr.Family() || local == unmapped(l.addr)):
			k.seen.end, k.seen.key = nearEnd, connKey{local: local, remote: remote}
			if info, ok := s.Info(); ok {
				k.seen.count(&info)
			}
		case serves(l, remote) && (remote.Addr() == local.Addr() || remote.Addr().IsLoopback() || remote == unmapped(l.addr)):
			// Sockets on other hosts may have the port of a wildcard listener, too.
			k.seen.end, k.seen.key = farEnd, connKey{local: remote, remote: local}
		default:
			continue
		}
		k.seen.listener = l
		return true
	}
	return false
}

// serves reports whether a listener serves an address: its own, or any address with its port
// if it listens on the wildcard.
func serves(l *listener, address netip.AddrPort) bool {
	at := unmapped(l.addr)
	return at == address || at.Port() == address.Port() && at.Addr().IsUnspecified()
}

// observeUnix is observe for a unix socket, which has its listener's name.
func (k *kernel) observeUnix(s *sockdiag.Socket, listeners []*listener) bool {
	for _, l := range listeners {
		if l.addr != s.Local || l.Type != s.Type {
			continue
		}
		k.seen.listener, k.seen.end = l, nearEnd
		if s.State == sock.TCP_LISTEN || l.Datagram() {
			k.seen.end = listening
		}
		k.seen.key = connKey{inode: s.Inode}
		k.seen.peer = fmt.Sprintf("inode %d", s.Peer)
		return true
	}
	return false
}

// observeVsock is observe for a vsock socket, which has its listener's port.
func (k *kernel) observeVsock(s *sockdiag.Socket, listeners []*listener) bool {
	localCID, localPort, _ := s.Local.VM()
	remoteCID, remotePort, _ := s.Remote.VM()
	for _, l := range listeners {
		_, port, _ := l.addr.VM()
		switch {
		case l.addr.Family() != sock.AF_VSOCK:
			continue
		case s.State == sock.TCP_LISTEN && localPort == port:
			k.seen.end = listening
		case s.State != sock.TCP_LISTEN && localPort == port:
			k.seen.end, k.seen.peer = nearEnd, s.Remote.String()
			k.seen.key = connKey{port: port, cid: remoteCID, far: remotePort}
		case remotePort == port && remoteCID == sock.VMADDR_CID_LOCAL:
			k.seen.end, k.seen.peer = farEnd, s.Local.String()
			k.seen.key = connKey{port: port, cid: localCID, far: localPort}
		default:
			continue
		}
		k.seen.listener = l
		return true
	}
	return false
}

var timers = [256]string{
	sockdiag.Retransmit: "retransmission", sockdiag.Keepalive: "keep-alive probe", sockdiag.TimeWait: "ends",
	sockdiag.Probe: "window probe",
}

// count takes over what TCP_INFO has. The client's end of the stream counts as a byte there.
func (o *observation) count(info *sockdiag.Info) {
	o.counts = true
	o.in, o.out = info.Received, info.Acked
	switch info.State {
	case sock.TCP_CLOSE_WAIT, sock.TCP_LAST_ACK, sock.TCP_CLOSING:
		o.in = max(o.in, 1) - 1
	}
	o.rtt, o.cwnd, o.retrans = info.RoundTrip, info.Cwnd, info.Retransmits
	o.idle = min(info.SinceReceived, info.SinceSent)
}

// unmapped returns the address and port of a socket, with an IPv4-mapped address as IPv4.
func unmapped(sa sock.Sockaddr) netip.AddrPort {
	ap := sa.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
