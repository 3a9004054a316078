package sock

import (
	"sync"

	"example.com/berkeley/internal/strace"

	"golang.org/x/sys/unix"
)

// In strace's lines, data of netlink sockets has its own form. A call doesn't show what kind of socket it uses, and
// asking the kernel each time would double the number of system calls. So the trace asks only if something hints at
// netlink: the address, the bytes, or what it has seen of the descriptor before.

// netlinkSockets holds the descriptors that were netlink sockets when the trace last saw them. It is only a hint,
// since they may have been closed.
var netlinkSockets sync.Map

// sawSocket records whether a descriptor is a netlink socket.
func sawSocket(fd, domain int) {
	if domain == unix.AF_NETLINK {
		netlinkSockets.Store(fd, true)
	} else {
		netlinkSockets.Delete(fd)
	}
}

// payload writes the data sent or received. sa is the peer's address, nil for none.
func (c *tracedCall) payload(p []byte, sa *Sockaddr) {
	if !c.mayBeNetlink(p, sa) {
		c.Buffer(p)
		return
	}
	domain := askSocket(c.call.FD, unix.SO_DOMAIN)
	sawSocket(c.call.FD, domain)
	if domain != unix.AF_NETLINK {
		c.Buffer(p)
		return
	}
	c.IsRoute = c.askRoute()
	c.Netlink(p)
}

func (c *tracedCall) mayBeNetlink(p []byte, sa *Sockaddr) bool {
	if len(p) == 0 {
		return false // both forms look the same
	}
	if sa != nil && sa.length >= familySize {
		return sa.Family() == unix.AF_NETLINK
	}
	_, seen := netlinkSockets.Load(c.call.FD)
	return seen || strace.LooksLikeNetlink(p)
}

// askRoute reports whether the call's socket is a NETLINK_ROUTE socket.
func (c *tracedCall) askRoute() bool {
	return askSocket(c.call.FD, unix.SO_PROTOCOL) == unix.NETLINK_ROUTE
}
