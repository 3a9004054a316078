package sockdiag

import (
	"encoding/binary"
	"errors"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// ErrMalformed means that the kernel's answer is not what sock_diag(7) says.
var ErrMalformed = errors.New("malformed answer from sock_diag")

// patience limits the wait for an answer. The kernel answers at once.
const patience = 5 * time.Second

// bufferSize is how much of an answer the kernel sends at a time.
const bufferSize = 32 << 10

// Conn is a socket to the kernel's sock_diag(7). One goroutine at a time may use it.
type Conn struct {
	fd     int
	number uint32 // of the last request
	buf    []byte
}

// Open makes a Conn. Its errors are a sock.Errno.
func Open() (*Conn, error) {
	fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_DGRAM, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	c := &Conn{fd: fd, buf: make([]byte, bufferSize)}
	if err := c.prepare(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// prepare connects the socket to the kernel, so that it receives from nothing else.
func (c *Conn) prepare() error {
	if err := sock.Setsockopt(c.fd, sock.SO_RCVTIMEO, patience); err != nil {
		return err
	}
	return sock.Connect(c.fd, sock.Netlink(0, 0))
}

// Close closes the socket.
func (c *Conn) Close() error { return sock.Close(c.fd) }

// ask sends a request, and calls visit with what each message of the answer has: many with the flag NLM_F_DUMP, else one. It
// reads the answer to its end even if visit fails: until then the kernel takes no other request.
func (c *Conn) ask(request []byte, flags uint16, visit func(data []byte) error) (failed error) {
	c.number++
	if _, err := sock.Retry(func() (int, error) { return sock.Send(c.fd, message(request, flags, c.number), 0) }); err != nil {
		return err
	}
	for last := false; !last; {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(c.fd, c.buf, sock.MSG_TRUNC) })
		if err != nil {
			return err
		}
		if n > len(c.buf) {
			return ErrMalformed
		}
		one := false
		last, err = eachMessage(c.buf[:n], c.number, func(data []byte) {
			one = flags&unix.NLM_F_DUMP == 0
			if failed == nil {
				failed = visit(data)
			}
		})
		if err != nil {
			return err
		}
		last = last || one
	}
	return failed
}

// message puts struct nlmsghdr in front of a request.
func message(request []byte, flags uint16, number uint32) []byte {
	p := make([]byte, 0, unix.SizeofNlMsghdr+len(request))
	p = binary.NativeEndian.AppendUint32(p, uint32(cap(p)))
	p = binary.NativeEndian.AppendUint16(p, unix.SOCK_DIAG_BY_FAMILY)
	p = binary.NativeEndian.AppendUint16(p, unix.NLM_F_REQUEST|flags)
	p = binary.NativeEndian.AppendUint32(p, number)
	p = binary.NativeEndian.AppendUint32(p, 0)
	return append(p, request...)
}

// eachMessage calls visit with the data of each message of a datagram that answers the request of that number. last is true
// if no other datagram follows. An answer that is an error is returned.
func eachMessage(p []byte, number uint32, visit func(data []byte)) (last bool, err error) {
	for len(p) > 0 {
		if len(p) < unix.SizeofNlMsghdr {
			return false, ErrMalformed
		}
		kind, its := binary.NativeEndian.Uint16(p[4:]), binary.NativeEndian.Uint32(p[8:])
		data, rest, ok := cut(p, uint64(binary.NativeEndian.Uint32(p)), unix.SizeofNlMsghdr)
		if !ok {
			return false, ErrMalformed
		}
		p = rest
		switch {
		case its != number: // what is left of an answer that was given up
		case kind == unix.NLMSG_DONE:
			return true, failure(data)
		case kind == unix.NLMSG_ERROR:
			if err := failure(data); err != nil {
				return true, err
			}
		case kind == unix.SOCK_DIAG_BY_FAMILY:
			visit(data)
		}
	}
	return false, nil
}

// failure is the error that NLMSG_ERROR and NLMSG_DONE begin with.
func failure(data []byte) error {
	if len(data) < 4 {
		return nil // of NLMSG_DONE: some kernels leave it out
	}
	if n := int32(binary.NativeEndian.Uint32(data)); n < 0 {
		return sock.Errno(-n)
	}
	return nil
}

// eachAttribute calls visit with each struct nlattr, until one is malformed.
func eachAttribute(p []byte, visit func(kind uint16, value []byte)) (ok bool) {
	for len(p) >= unix.SizeofNlAttr {
		length, kind := binary.NativeEndian.Uint16(p), binary.NativeEndian.Uint16(p[2:])
		value, rest, ok := cut(p, uint64(length), unix.SizeofNlAttr)
		if !ok {
			return false
		}
		visit(kind, value)
		p = rest
	}
	return true
}

// cut takes what begins p: length bytes, with a header, and padding to a multiple of 4.
func cut(p []byte, length uint64, header int) (value, rest []byte, ok bool) {
	if length < uint64(header) || length > uint64(len(p)) {
		return nil, nil, false
	}
	padded := min((length+3)&^3, uint64(len(p)))
	return p[header:length], p[padded:], true
}
