package sock

import (
	"cmp"
	"io"
	"io/fs"
	"math"
	"os"
	"reflect"
	"syscall"
)

// ReadFrom sends everything from r up to its end: io.ReaderFrom. It uses splice(2) for a stream socket, a Conn or one
// of package net's, and sendfile(2) for a file, both without a copy; otherwise it uses Read and Write. An
// *io.LimitedReader sets a limit.
func (c *Conn) ReadFrom(r io.Reader) (n int64, err error) {
	source, limit := r, int64(math.MaxInt64)
	if l, ok := r.(*io.LimitedReader); ok {
		source, limit = l.R, l.N
		defer func() { l.N = limit - n }()
	}
	if raw, isFile := rawOf(source); raw != nil && c.copiesInKernel() {
		if isFile {
			n, err = c.sendfile(raw, limit)
		} else {
			n, err = c.splice(rawConn{c}, raw, limit)
		}
		if !isUnavailable(err) {
			return n, c.opError("readfrom", err)
		}
	}
	rest, err := io.Copy(struct{ io.Writer }{c}, io.LimitReader(source, limit-n))
	return n + rest, err
}

// WriteTo receives up to the end of the stream and writes everything to w: io.WriterTo. It uses splice(2), without a
// copy, if w is a file or a stream socket of package net.
func (c *Conn) WriteTo(w io.Writer) (n int64, err error) {
	if raw, _ := rawOf(w); raw != nil && c.copiesInKernel() {
		n, err = c.splice(raw, rawConn{c}, math.MaxInt64)
		if !isUnavailable(err) {
			return n, c.opError("writeto", err)
		}
	}
	rest, err := io.Copy(w, struct{ io.Reader }{c})
	return n + rest, err
}

// copiesInKernel reports whether splice(2) and sendfile(2) can be used: on a blocking socket they would wait.
func (c *Conn) copiesInKernel() bool { return c.isStream() && !c.blocking.Load() }

// rawOf returns the regular file or stream socket behind a reader or writer, nil if it is neither.
func rawOf(v any) (raw syscall.RawConn, isFile bool) {
	conn, ok := v.(syscall.Conn)
	if c, isConn := v.(*Conn); !ok || !isPlain(v) || isConn && !c.copiesInKernel() {
		return nil, false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, false
	}
	if file, ok := v.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			return raw, true
		}
		return nil, false
	}
	typ := 0
	if err := raw.Control(func(fd uintptr) { typ, _ = Getsockopt(int(fd), SO_TYPE) }); err != nil || typ != SOCK_STREAM {
		return nil, false
	}
	return raw, false
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

// splice moves bytes from src to dst, one of which is c's own, through a pipe.
func (c *Conn) splice(dst, src syscall.RawConn, limit int64) (n int64, err error) {
	r, w, e := pipe2(0)
	if e != 0 {
		return 0, ENOSYS // Read and Write work without a pipe's descriptors
	}
	defer closefd(r)
	defer closefd(w)
	for n < limit {
		var held int
		waited := src.Read(func(fd uintptr) bool {
			held, err = spliceFrom(int(fd), w, limit-n)
			return err != EAGAIN
		})
		if waited == nil && err == EINTR {
			continue
		}
		if err = c.moved("splice", waited, err); err != nil || held == 0 {
			return n, err
		}
		end := n + int64(held)
		err = EINTR
		for waited == nil && err == EINTR {
			waited = dst.Write(func(fd uintptr) bool {
				var m int64
				m, err = emptyOn(int(fd), r, end-n)
				n += m
				return err != EAGAIN
			})
		}
		if err = c.moved("splice", waited, err); err != nil {
			return n, err
		}
	}
	return n, nil
}

// spliceFrom moves a socket's data into a pipe. ENOSYS means that splice(2) does not take the socket's bytes, such as
// those after an urgent byte, and reports no error.
func spliceFrom(fd, pipe int, limit int64) (held int, err error) {
	splice := func() (int, error) { return Splice(fd, nil, pipe, nil, int(min(limit, relaySize)), 0) }
	if held, err = splice(); held > 0 || err != nil && err != EAGAIN {
		return held, err
	}
	var b [1]byte
	switch there, peekErr := Recv(fd, b[:], MSG_PEEK|MSG_DONTWAIT); {
	case peekErr == EINTR:
		return 0, EINTR
	case there == 0:
		return held, err
	}
	if held, err = splice(); held > 0 || err != nil && err != EAGAIN { // data may have arrived meanwhile
		return held, err
	}
	return 0, ENOSYS
}

// sendfile sends a file from its current offset.
func (c *Conn) sendfile(src syscall.RawConn, limit int64) (n int64, err error) {
	for n < limit {
		var m int
		var waited error
		held := src.Control(func(file uintptr) {
			waited = c.awaitWrite(func(fd uintptr) bool {
				m, err = Sendfile(int(fd), int(file), nil, int(min(limit-n, math.MaxInt32)))
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

// moved returns the error of waiting for a step, or of the step. It leaves an errno that
// means "not available" as it is.
func (c *Conn) moved(call string, waited, err error) error {
	switch {
	case waited != nil:
		return c.ended(waited)
	case isUnavailable(err):
		return err
	}
	return os.NewSyscallError(call, err)
}
