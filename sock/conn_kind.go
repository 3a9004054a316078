//go:build unix

package sock

import (
	"cmp"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// connKind is the kind of a socket, the arguments of socket(2). The domain and the protocol are 0 if
// the kernel doesn't report them.
type connKind struct{ domain, typ, protocol int }

// newKind returns the kind of socket that these arguments make, with the default protocol in place of 0.
func newKind(sa Sockaddr, typ, protocol int) connKind {
	k := connKind{sa.Family(), cmp.Or(typ&typeMask, unix.SOCK_STREAM), protocol}
	switch {
	case !k.isInet() || protocol != 0:
	case k.typ == unix.SOCK_STREAM:
		k.protocol = unix.IPPROTO_TCP
	case k.typ == unix.SOCK_DGRAM:
		k.protocol = unix.IPPROTO_UDP
	}
	return k
}

func (k connKind) isInet() bool { return k.domain == unix.AF_INET || k.domain == unix.AF_INET6 }

// callMode is rawCall for sockets on which a transfer with MSG_DONTWAIT never takes long: see TrySend.
func (k connKind) callMode() callMode {
	stream, datagram := k.typ == unix.SOCK_STREAM, k.typ == unix.SOCK_DGRAM
	return callMode(k.isInet() && (stream && k.protocol == unix.IPPROTO_TCP || datagram && k.protocol == unix.IPPROTO_UDP))
}

// trust returns how often in a row a send may find no space where the poller reported some. Some sends wait for the queue
// of their receiver, which others fill too: no poller reports when a netlink queue has room, and for AF_UNIX each
// attempt itself causes a report, unless the socket is connected to that receiver.
func (k connKind) trust() int {
	switch {
	case k.domain == netlinkFamily:
		return 0
	case k.domain == unix.AF_UNIX && k.typ == unix.SOCK_DGRAM:
		return 4
	}
	return math.MaxInt
}

// setDefaults sets package net's options on a TCP socket.
func (k connKind) setDefaults(fd int, o tcpDefaults) {
	if k.isInet() && k.typ == unix.SOCK_STREAM && k.isTCP() {
		o.set(fd)
	}
}

// explain adds the addresses to the error of a call, as package net does. An error of the caller's
// Control is returned unchanged.
func (k connKind) explain(op string, local, sa Sockaddr, err error) error {
	if _, isCall := err.(*os.SyscallError); !isCall {
		return err
	}
	addr := k.addr(sa)
	if local.IsZero() {
		return opError(op, addr.Network(), nil, addr, err)
	}
	return opError(op, addr.Network(), k.addr(local), addr, err)
}
