//go:build unix && !linux

package sock

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// On macOS and the BSDs, lines have the same form and use C's names for the calls that this package has there. One line
// may be two system calls: see sys_unix.go.

// Only Linux has netlink.

func sawSocket(fd, domain int) {}

func (c *tracedCall) payload(p []byte, _ *Sockaddr) { c.Buffer(p) }

func askIfname(index uint32) string {
	name, _ := IfIndextoname(int(index))
	return name
}

// option writes the line of getsockopt(2) or setsockopt(2), with the value as text.
func (c *tracedCall) option(call string, fd, level, number int, value string, e Errno) {
	c.on(fd, call)
	c.Option(level, number, optionName(level, number), value)
	c.end(0, e)
}

func (c *tracedCall) selectfds(nfd, n int, e Errno) {
	c.start("select")
	c.CInt(cInt(nfd))
	c.Text("...")
	c.end(n, e)
}

func (c *tracedCall) sockatmark(fd, v int, e Errno) {
	c.on(fd, "ioctl")
	c.Text("SIOCATMARK")
	c.Indirect(int32(v))
	c.end(0, e)
}

func timevalText(tv *unix.Timeval) string {
	if tv == nil {
		return "NULL"
	}
	return fmt.Sprintf("{tv_sec=%d, tv_usec=%d}", tv.Sec, tv.Usec)
}

func lingerText(l *unix.Linger) string {
	if l == nil {
		return "NULL"
	}
	return fmt.Sprintf("{l_onoff=%d, l_linger=%d}", l.Onoff, l.Linger)
}
