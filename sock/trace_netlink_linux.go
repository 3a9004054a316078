package sock

import "golang.org/x/sys/unix"

// payload is what is sent or received: bytes, and netlink's messages where the socket is one of AF_NETLINK.
func (t *traceLine) payload(p []byte) {
	if p != nil && t.socketOption(unix.SO_DOMAIN) == unix.AF_NETLINK {
		t.netlink("", p)
		return
	}
	t.buffer("", p)
}

func (t *traceLine) netlink(name string, p []byte) { t.buffer(name, p) }
