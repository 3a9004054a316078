//go:build unix && !linux

package sock

import (
	"bytes"
	"net"
)

const netlinkFamily = -1 // none: FreeBSD's, which it has too, was not tried

// messages holds the arguments of the message calls, which exist only on Linux so far.
type messages struct{}

// WriteBuffers joins the buffers and sends them: send(2). Like the WriteTo of net.Buffers,
// it removes what was sent from v.
func (c *Conn) WriteBuffers(v *net.Buffers) (n int64, err error) {
	if v == nil {
		return 0, c.opError("write", EFAULT)
	}
	sent, err := c.Write(bytes.Join(*v, nil))
	consume(v, sent)
	return int64(sent), err
}

// pollError is for Linux: kqueue has no limit of its own.
func pollError(int) error { return nil }
