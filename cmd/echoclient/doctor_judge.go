//go:build unix

package main

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"example.com/berkeley/sock"
)

// progressWriter records how much had been sent when the answer's first bytes arrived, and when the last ones did.
type progressWriter struct {
	c     *conversation
	start time.Time
	took  atomic.Int64 // nanoseconds to the last byte
	came  atomic.Int64
	begun atomic.Int64 // how much had been sent
	late  atomic.Bool  // whether everything had been sent
}

func (w *progressWriter) Write(p []byte) (int, error) {
	w.took.Store(int64(time.Since(w.start)))
	if w.came.Add(int64(len(p))) == int64(len(p)) {
		w.begun.Store(max(w.c.sent.Load(), int64(len(p)))) // sent is updated a little after the kernel has the bytes
		w.late.Store(w.c.ended.Load())
	}
	return len(p), nil
}

// judgeDuplex reports whether the path carried both directions at once. One that doesn't is slow, not broken.
func (d *diagnosis) judgeDuplex(answer *progressWriter, err error) {
	const name = "reading while writing"
	came, total := answer.came.Load(), bytesText(bulkSize)
	switch {
	case came == 0:
		err = cmp.Or(err, io.ErrUnexpectedEOF)
		d.found(name, err, "nothing of %s came back: %v", total, err)
	case err != nil && !(answer.c.ended.Load() && tellsOfHalfClose(err)):
		d.found(name, err, "%s of %s came back in %s: %v", bytesText(float64(came)), total, durationText(time.Since(answer.start)), err)
	case answer.late.Load():
		d.found(name, nil, "the answer began only when all of %s was sent: the server, or something on the path, stores it first", total)
	default:
		d.found(name, nil, "the answer began after %s of %s, at %s/s in each direction",
			bytesText(float64(answer.begun.Load())), total, bytesText(float64(came)/time.Duration(answer.took.Load()).Seconds()))
	}
}

// judgeHalfClose judges from the bytes that came back what the path did with the half-close.
func (d *diagnosis) judgeHalfClose(came, sent int64, err error) {
	const name = "half-close"
	switch {
	case err == nil:
		d.found(name, nil, "%s were received after we stopped sending, then the server's EOF", bytesText(float64(came)))
	case came == sent && errors.Is(err, errTimeout):
		d.found(name, err, "the whole answer came, but no EOF: the server, or something on the path, does not pass on our half-close")
	case came == sent:
		d.found(name, err, "the whole answer came, and then no EOF but an error: %v", err)
	case errors.Is(err, errTimeout):
		d.found(name, err, "after we stopped sending, the answer got no further than byte %d of %d in time", came, sent)
	case !tellsOfHalfClose(err):
		d.found(name, err, "%v", err)
	default:
		d.found(name, err, "the answer was cut off at byte %d of %d: something on the path treats our half-close as a full close (%v)", came, sent, err)
	}
}

// tellsOfHalfClose reports whether an error can come from a path that does not pass on a half-close, or treats it as a full close.
func tellsOfHalfClose(err error) bool {
	if different, ok := errors.AsType[*differentError](err); ok {
		return different.early
	}
	return slices.ContainsFunc([]error{errTimeout, sock.ECONNRESET, sock.EPIPE, sock.ENOTCONN}, func(e error) bool { return errors.Is(err, e) })
}
