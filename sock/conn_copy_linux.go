package sock

import (
	"cmp"
	"io"
	"io/fs"
	"math"
	"net"
	"os"
	"reflect"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReadFrom sends everything from r up to its end: io.ReaderFrom. It uses splice(2) for a stream socket, a Conn or one
// of package net's, and sendfile(2) for a file, both without a copy; otherwise it uses Read and Write. An
// *io.LimitedReader sets a limit. A file is sent in one turn; other sends may come between parts of another source.
// After an error of c, such as its deadline, up to 64 KiB that were taken from r and not sent are lost.
func (c *Conn) ReadFrom(r io.Reader) (n int64, err error) {
	source, limit := r, int64(math.MaxInt64)
	if l, ok := r.(*io.LimitedReader); ok {
		source, limit = l.R, l.N
		defer func() { l.N = limit - n }()
	}
	if src, ok := copyEndOf(source); ok && c.isStream() {
		if src.isFile {
			n, err = c.sendfile(src, limit)
		} else {
			n, err = c.splice(c.copyEnd(), src, limit)
		}
		if err != errUnavailable {
			return n, c.opError("readfrom", err)
		}
	}
	rest, err := io.Copy(struct{ io.Writer }{c}, io.LimitReader(source, limit-n))
	return n + rest, c.copyError("readfrom", err)
}

// WriteTo receives up to the end of the stream and writes everything to w: io.WriterTo. It uses splice(2), without a
// copy, if w is a regular file or a stream socket, a Conn or one of package net's. After an error of w, such as its
// deadline, up to 64 KiB that were received and not written are lost.
func (c *Conn) WriteTo(w io.Writer) (n int64, err error) {
	if dst, ok := copyEndOf(w); ok && c.isStream() {
		n, err = c.splice(dst, c.copyEnd(), math.MaxInt64)
		if err != errUnavailable {
			return n, c.opError("writeto", err)
		}
	}
	rest, err := io.Copy(w, struct{ io.Reader }{c})
	return n + rest, c.copyError("writeto", err)
}

// copyError is opError for an error of Read, Write or the other end.
func (c *Conn) copyError(op string, err error) error {
	if _, named := err.(*net.OpError); named {
		return err
	}
	return c.opError(op, err)
}

func (c *Conn) copyEnd() copyEnd { return copyEnd{RawConn: rawConn{c}} }

// copyEndOf returns the regular file or stream socket behind a reader or writer, if it is one.
func copyEndOf(v any) (e copyEnd, ok bool) {
	conn, ok := v.(syscall.Conn)
	if !ok || !isPlain(v) {
		return e, false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return e, false
	}
	e.RawConn = raw
	if file, ok := v.(interface{ Stat() (fs.FileInfo, error) }); ok {
		info, err := file.Stat()
		e.isFile = true
		return e, err == nil && info.Mode().IsRegular()
	}
	typ := 0
	err = raw.Control(func(fd uintptr) { typ, _ = Getsockopt(int(fd), SO_TYPE) })
	return e, err == nil && typ == SOCK_STREAM
}

// isPlain reports whether a type's Read and Write act directly on its descriptor, as those of Conn, net and os do. A
// type of another package may embed one of these and add a buffer.
func isPlain(v any) bool {
	typ := reflect.TypeOf(v)
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	pkg := typ.PkgPath()
	return typ == reflect.TypeFor[Conn]() || pkg == "net" || pkg == "os"
}

// copyEnd is the socket or regular file at one end of a copy in the kernel.
type copyEnd struct {
	syscall.RawConn
	isFile bool
}

// try makes a call that would wait on a blocking socket. If File, or another process that has it too, made it one, the
// error is errUnavailable: Read and Write don't rely on the mode.
func (e copyEnd) try(fd int, call func() (int, error)) (n int, err error) {
	if e.isFile {
		return confirm(call)
	}
	copySteps.RLock()
	defer copySteps.RUnlock()
	if flags, err := readFlags(fd); err == nil && flags&unix.O_NONBLOCK == 0 {
		return 0, errUnavailable
	}
	return confirm(call)
}

// splice moves bytes from src to dst, one of which is c, through a pipe.
func (c *Conn) splice(dst, src copyEnd, limit int64) (n int64, err error) {
	r, w, e := pipe2(0)
	if e != 0 {
		return 0, errUnavailable // Read and Write work without a pipe's descriptors
	}
	defer closefd(r)
	defer closefd(w)
	for n < limit {
		var held int
		waited := src.Read(func(fd uintptr) bool {
			held, err = src.try(int(fd), func() (int, error) { return spliceFrom(int(fd), w, limit-n) })
			return err != EAGAIN
		})
		if waited == nil && err == EINTR {
			continue
		}
		if err = c.moved("splice", waited, err); err != nil || held == 0 {
			return n, err
		}
		m, err := c.emptyInto(dst, r, held)
		if n += int64(m); err != nil {
			return n, err
		}
	}
	return n, nil
}

// emptyInto moves the bytes held in a pipe to dst. Where splice(2) can't, it copies them, so that the pipe is empty even if the
// error says that splice is unavailable.
func (c *Conn) emptyInto(dst copyEnd, pipe, held int) (n int, err error) {
	for n < held {
		var m int
		waited := dst.Write(func(fd uintptr) bool {
			m, err = dst.try(int(fd), func() (int, error) { return Splice(pipe, nil, int(fd), nil, held-n, 0) })
			return err != EAGAIN
		})
		n += m
		switch {
		case waited == nil && (err == EINTR || err == nil && m > 0):
		case waited == nil && err == nil:
			return n, os.NewSyscallError("splice", EIO) // the pipe lost bytes, or the kernel takes none and reports no error
		case waited == nil && err == errUnavailable:
			m, copyErr := c.copyInto(dst, pipe, held-n)
			return n + m, cmp.Or(copyErr, err)
		default:
			return n, c.moved("splice", waited, err)
		}
	}
	return n, nil
}

// copyInto copies the bytes held in a pipe to dst. Its error is never errUnavailable, since the caller would go on without them.
func (c *Conn) copyInto(dst copyEnd, pipe, held int) (n int, err error) {
	p := make([]byte, held)
	for taken := 0; taken < held; {
		m, e := read(pipe, p[taken:])
		switch {
		case e == EINTR:
		case e != 0:
			return 0, os.NewSyscallError("read", e)
		case m == 0:
			return 0, os.NewSyscallError("read", EIO) // the pipe lost bytes
		}
		taken += m
	}
	for n < held {
		waited := dst.Write(func(fd uintptr) bool {
			var m int
			if dst.isFile {
				m, err = writeAll(int(fd), p[n:])
			} else {
				m, err = sendOn(int(fd), p[n:], MSG_DONTWAIT, plainCall)
			}
			n += m
			return err != EAGAIN
		})
		if waited == nil && err == EINTR {
			continue
		}
		if waited != nil {
			return n, c.ended(waited)
		}
		if err != nil {
			return n, os.NewSyscallError("write", err)
		}
	}
	return n, nil
}

// spliceFrom moves a socket's data into a pipe. The error is errUnavailable if splice(2) does not take the socket's bytes, such
// as those after an urgent byte, and reports no error.
func spliceFrom(fd, pipe int, limit int64) (held int, err error) {
	splice := func() (int, error) { return Splice(fd, nil, pipe, nil, int(min(limit, relaySize)), 0) }
	if held, err = splice(); held > 0 || err != nil && err != EAGAIN {
		return held, err
	}
	var b [1]byte
	switch there, peekErr := Recv(fd, b[:], MSG_PEEK|MSG_DONTWAIT); {
	case peekErr == EINTR:
		return 0, EINTR
	case peekErr != nil && peekErr != EAGAIN:
		return 0, os.NewSyscallError("recv", peekErr) // the connection's error, which is reported only here
	case there == 0:
		return held, err
	}
	if held, err = splice(); held > 0 || err != nil && err != EAGAIN { // data may have arrived meanwhile
		return held, err
	}
	return 0, errUnavailable
}

// sendfileStep is how much sendfile sends with one call, since File waits for the call.
const sendfileStep = 4 << 20

// sendfile sends a file from its current offset. Other sends wait for their turn until all of it is sent.
func (c *Conn) sendfile(src copyEnd, limit int64) (n int64, err error) {
	c.writer.Lock()
	defer c.writer.release()
	dst := c.copyEnd()
	for n < limit {
		var m int
		var waited error
		held := src.Control(func(file uintptr) {
			waited = c.awaitWrite(func(fd uintptr) bool {
				m, err = dst.try(int(fd), func() (int, error) {
					return Sendfile(int(fd), int(file), nil, int(min(limit-n, sendfileStep)))
				})
				return err != EAGAIN
			})
		})
		n += int64(m)
		if held == nil && waited == nil && err == EINTR {
			continue
		}
		if err = c.moved("sendfile", cmp.Or(held, waited), err); err != nil || m == 0 {
			return n, err
		}
	}
	return n, nil
}

// moved returns the error of waiting for a step, or of the step.
func (c *Conn) moved(call string, waited, err error) error {
	switch {
	case waited != nil:
		return c.ended(waited)
	case err == errUnavailable:
		return err
	}
	if _, named := err.(*os.SyscallError); named {
		return err
	}
	return os.NewSyscallError(call, err)
}
