//go:build unix && !linux

package sock

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// macOS and the BSDs have lines of the same form, for the calls that this package has there; their names are C's own. What
// is one line can be two system calls: see sys_unix.go.

func (t *traceLine) protocol(domain, proto int) {
	if domain == unix.AF_INET || domain == unix.AF_INET6 {
		t.cname(protocolNames, proto, "IPPROTO_???")
		return
	}
	t.cint(proto)
}

func (t *traceLine) payload(p []byte) { t.buffer("", p) }

func (t *traceLine) sockaddrFieldsHere(*Sockaddr) (ok bool) { return false }

// traceOption is the line of getsockopt(2) or setsockopt(2), with the value as text.
func traceOption(call string, fd, level, name int, value string, e Errno) {
	t := traceCall(call, fd)
	t.text("", levelText(level))
	t.text("", optionText(level, name))
	t.text("", value)
	t.end(0, e)
}

func levelText(level int) string {
	if level == unix.SOL_SOCKET {
		return "SOL_SOCKET"
	}
	if s := protocolNames.of(uint64(level)); s != "" {
		return s
	}
	return strconv.Itoa(level)
}

func optionText(level, name int) string {
	for _, o := range catalogue {
		if o.Level() == level && o.Name() == name {
			return o.Label()
		}
	}
	return strconv.Itoa(name)
}

func traceSelect(nfd, n int, e Errno) {
	t := traceNew("select")
	t.cint(nfd)
	t.text("", "...")
	t.end(n, e)
}

func traceSockatmark(fd, v int, e Errno) {
	t := traceCall("ioctl", fd)
	t.text("", "SIOCATMARK")
	t.indirect(int32(v))
	t.end(0, e)
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
