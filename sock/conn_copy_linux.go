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

// ReadFrom sends what r has, to its end: io.ReaderFrom. From a stream socket, a Conn's or one of package net's, bytes go
// by splice(2), from a file by sendfile(2), both without a copy; else by Read and Write. A *io.LimitedReader sets a limit.
func (c *Conn) ReadFrom(r io.Reader) (n int64, err error) {
	source, limit := r, int64(math.MaxInt64)
	if l, ok := r.(*io.LimitedReader); ok {
		source, limit = l.R, l.N
		defer func() { l.N = limit - n }()
	}
	if raw, isFile := rawOf(source); raw != nil && c.isStream() {
		if isFile {
			n, err = c.sendfile(raw, limit)
		} else {
			n, err = c.splice(rawConn{c}, raw, limit)
		}
		if !isImpossible(err) {
			return n, c.opError("readfrom", err)
		}
	}
	rest, err := io.Copy(struct{ io.Writer }{c}, io.LimitReader(source, limit-n))
	return n + rest, err
}

// WriteTo receives to the end of the stream and writes it all to w: io.WriterTo. To a stream socket of package net, or to
// a file, bytes go by splice(2), without a copy.
func (c *Conn) WriteTo(w io.Writer) (n int64, err error) {
	if raw, _ := rawOf(w); raw != nil && c.isStream() {
		n, err = c.splice(raw, rawConn{c}, math.MaxInt64)
		if !isImpossible(err) {
			return n, c.opError("writeto", err)
		}
	}
	rest, err := io.Copy(w, struct{ io.Reader }{c})
	return n + rest, err
}

// rawOf is the regular file or the stream socket behind a reader or writer, nil if it is neither.
func rawOf(v any) (raw syscall.RawConn, isFile bool) {
	conn, ok := v.(syscall.Conn)
	if !ok || !isPlain(v) {
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

// isPlain tells whether the Read and Write of a type are its descriptor's own: they are a Conn's, and those of net and os.
// Types of other packages may have a descriptor too, by embedding one of these, but a buffer before it.
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
		return 0, ENOSYS // without descriptors left, Read and Write do it
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

// spliceFrom moves what a socket has into a pipe. ENOSYS means that there is something that splice(2) doesn't take, after
// an urgent byte for example, where it says that there is nothing.
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
	if held, err = splice(); held > 0 || err != nil && err != EAGAIN { // it may have come meanwhile
		return held, err
	}
	return 0, ENOSYS
}

// sendfile sends a file from where it stands.
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

// moved is the error of a step, waited for in vain or made. One that means that the kernel can't is left as it is.
func (c *Conn) moved(call string, waited, err error) error {
	switch {
	case waited != nil:
		return c.ended(waited)
	case isImpossible(err):
		return err
	}
	return os.NewSyscallError(call, err)
}
