package sock

import (
	"cmp"
	"io"
	"math"
	"os"
	"reflect"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReadFrom sends what r has, to its end: io.ReaderFrom. From a stream socket, a Conn's or one of package net's, bytes go
// by splice(2), from a file by sendfile(2), both without a copy; else by Read and Write. A *io.LimitedReader sets a limit.
func (c *Conn) ReadFrom(r io.Reader) (n int64, err error) {
	source, limit := r, int64(math.MaxInt64)
	if l, ok := r.(*io.LimitedReader); ok {
		source, limit = l.R, l.N
		defer func() { l.N = limit - n }()
	}
	if raw := rawOf(source); raw != nil && c.isStream() && limit > 0 {
		var done bool
		if n, done, err = c.move(rawConn{c}, raw, limit); done {
			return n, c.opError("readfrom", err)
		}
	}
	rest, err := io.Copy(struct{ io.Writer }{c}, io.LimitReader(source, limit-n))
	return n + rest, err
}

// WriteTo receives to the end of the stream and writes it all to w: io.WriterTo. To a stream socket of package net, or to
// a file, bytes go by splice(2), without a copy.
func (c *Conn) WriteTo(w io.Writer) (n int64, err error) {
	if raw := rawOf(w); raw != nil && c.isStream() {
		var done bool
		if n, done, err = c.move(raw, rawConn{c}, math.MaxInt64); done {
			return n, c.opError("writeto", err)
		}
	}
	rest, err := io.Copy(w, struct{ io.Reader }{c})
	return n + rest, err
}

// rawOf is the descriptor behind a reader or writer whose Read and Write are its plain system calls: a Conn, or a type of
// net or os. Types of other packages may have a descriptor too, by embedding one of these, but a buffer before it.
func rawOf(v any) syscall.RawConn {
	if c, ok := v.(*Conn); ok {
		return rawConn{c}
	}
	conn, ok := v.(syscall.Conn)
	if !ok {
		return nil
	}
	typ := reflect.TypeOf(v)
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if pkg := typ.PkgPath(); pkg != "net" && pkg != "os" {
		return nil
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// move has the kernel move bytes from src to dst, one of which is c's own, in a step after the other under the runtime's
// poller. done is false where it can't; n bytes are then through all the same.
func (c *Conn) move(dst, src syscall.RawConn, limit int64) (n int64, done bool, err error) {
	from, to := fileType(src), fileType(dst)
	switch {
	case from == unix.S_IFSOCK && (to == unix.S_IFSOCK || to == unix.S_IFREG):
		n, err = c.splice(dst, src, limit)
	case from == unix.S_IFREG && to == unix.S_IFSOCK:
		n, err = c.sendfile(dst, src, limit)
	default:
		return 0, false, nil
	}
	return n, !isImpossible(err), err
}

// fileType is the file type of a descriptor as stat(2) has it, of sockets only with streams; 0 is any other.
func fileType(raw syscall.RawConn) (typ uint32) {
	raw.Control(func(fd uintptr) {
		var stat unix.Stat_t
		if unix.Fstat(int(fd), &stat) != nil {
			return
		}
		typ = stat.Mode & unix.S_IFMT
		if typ != unix.S_IFSOCK {
			return
		}
		if kind, err := Getsockopt(int(fd), SO_TYPE); err != nil || kind != SOCK_STREAM {
			typ = 0
		}
	})
	return typ
}

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
			held, err = Retry(func() (int, error) {
				return Splice(int(fd), nil, w, nil, int(min(limit-n, relaySize)), 0)
			})
			return err != EAGAIN
		})
		if err = c.moved("splice", waited, err); err != nil || held == 0 {
			return n, err
		}
		end := n + int64(held)
		waited = dst.Write(func(fd uintptr) bool {
			var m int64
			m, err = empty(int(fd), r, end-n)
			n += m
			return err != EAGAIN
		})
		if err = c.moved("splice", waited, err); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (c *Conn) sendfile(dst, src syscall.RawConn, limit int64) (n int64, err error) {
	for n < limit {
		var m int
		var waited error
		held := src.Control(func(file uintptr) {
			waited = dst.Write(func(fd uintptr) bool {
				m, err = Retry(func() (int, error) {
					return Sendfile(int(fd), int(file), nil, int(min(limit-n, math.MaxInt32)))
				})
				return err != EAGAIN
			})
		})
		n += int64(m)
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
