package life

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"example.com/berkeley/sock"
)

// NewCall makes a call of the model of one that was traced, on the descriptor fd of a socket, without the bytes that it moved. ok
// is false for one that tells nothing: that only asks, or found nothing to do.
func NewCall(c sock.Call, fd, socket int, side Side) (call *Call, ok bool) {
	if isQuiet(c) {
		return nil, false
	}
	call = newCall(c, fd, socket, side)
	if len(call.Args) > 1 && slices.Contains(payloads, c.Name) {
		call.Args = slices.Delete(call.Args, 1, 2)
	}
	return call, true
}

// payloads are the calls whose second argument is what they send or receive.
var payloads = []string{"send", "sendto", "write", "recv", "recvfrom", "read", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg"}

// newCall makes a call of the model of one that was traced.
func newCall(c sock.Call, fd, socket int, side Side) *Call {
	call := &Call{Socket: socket, Side: side, Thread: 2 * socket, Name: c.Name, Args: arguments(c.Name, c.Line), Took: c.Duration}
	call.Into = c.Name == "splice" && c.FD != fd
	if call.receives() {
		call.Thread++ // a goroutine of its own may receive
	}
	failed := socketError(c)
	switch {
	case failed != "":
		call.Args, call.Result, call.Failed = []string{call.Args[0], "SO_ERROR"}, failed, true
	case c.Err != nil:
		call.Result, call.Failed = sock.ErrnoName(c.Err), c.Err != sock.EINPROGRESS
	case slices.Contains(counting, c.Name):
		call.N, call.Result = c.Result, fmt.Sprintf("= %d", c.Result)
	}
	return call
}

var (
	// transferring are the calls that transfer data.
	transferring = slices.Concat([]string{"sendmmsg", "recvmmsg", "splice"}, sending, receiving)
	// counting are the calls whose result is a count or a descriptor.
	counting = append([]string{"socket", "accept", "accept4"}, transferring...)
)

var (
	sending   = []string{"send", "sendto", "sendmsg", "sendfile", "write"}
	receiving = []string{"recv", "recvfrom", "recvmsg", "read"}
)

// sends reports whether a call sends what its result counts.
func (c *Call) sends() bool { return c.Into || slices.Contains(sending, c.Name) }

// receives reports whether a call receives what its result counts.
func (c *Call) receives() bool {
	return c.Name == "splice" && !c.Into || slices.Contains(receiving, c.Name)
}

// accepts reports whether a call returned a connection.
func (c *Call) accepts() bool {
	return (c.Name == "accept" || c.Name == "accept4") && !c.Failed && !c.Waits
}

var targetOfSplice = lazily(`^splice\(\d+, \S+, (\d+),`)

// SpliceTarget is the descriptor that a splice moves bytes to, whose socket the call is about if the other is a pipe's, or -1.
func SpliceTarget(c sock.Call) int {
	if m := targetOfSplice().FindStringSubmatch(c.Line); m != nil && c.Name == "splice" {
		if fd, err := strconv.Atoi(m[1]); err == nil {
			return fd
		}
	}
	return -1
}

// isQuiet reports whether a call tells nothing.
func isQuiet(c sock.Call) bool {
	return c.Err == sock.EAGAIN || c.Err == sock.EINTR || slices.Contains(asking, c.Name) && socketError(c) == ""
}

// asking are the calls that only ask.
var asking = []string{"getsockname", "getpeername", "getsockopt", "ioctl", "fcntl"}

// socketError is the errno that a call has asked for: that of a connect that the kernel went on with.
func socketError(c sock.Call) string {
	if c.Name != "getsockopt" {
		return ""
	}
	if m := errorValue().FindStringSubmatch(c.Line); m != nil {
		return m[1]
	}
	return ""
}

var errorValue = lazily(`^getsockopt\(\d+, SOL_SOCKET, SO_ERROR, \[(E[A-Z0-9]+)\]`)

// NoCapture says why packets can't be captured, after an error of NewCapture.
func NoCapture(err error) string {
	switch err {
	case sock.EPERM, sock.EACCES:
		return "capturing packets needs root or CAP_NET_RAW"
	}
	return "packets can't be captured here (" + cmp.Or(sock.ErrnoName(err), err.Error()) + ")"
}
