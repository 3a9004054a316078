//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"example.com/berkeley/sock"
)

// What -doctor says of a half-close depends on how much came back and on how it ended.
func TestJudgeHalfClose(t *testing.T) {
	c := &conversation{remote: "tcp://127.0.0.1:7"}
	for _, tt := range []struct {
		came int64
		err  error
		want string
	}{
		{100, nil, "100 B were received after we stopped sending, then the server's EOF"},
		{100, c.failed("recv", errTimeout), "the whole answer came, but no EOF"},
		{100, c.failed("recv", sock.ECONNRESET), "the whole answer came, and then no EOF but an error: recv tcp://127.0.0.1:7: ECONNRESET"},
		{99, c.failed("recv", sock.ECONNRESET), "the answer was cut off at byte 99 of 100"},
		{99, c.failed("recv", errTimeout), "the answer got no further than byte 99 of 100 in time"},
		{99, c.failed("recv", sock.EIO), "recv tcp://127.0.0.1:7: EIO"},
	} {
		d := &diagnosis{}
		d.judgeHalfClose(tt.came, 100, tt.err)
		if f := d.Checks[0]; f.OK != (tt.err == nil) || !strings.Contains(f.Says, tt.want) {
			t.Errorf("%d of 100 bytes, %v: %+v, want %q", tt.came, tt.err, f, tt.want)
		}
	}
}

// The rate is that of the bytes, without the wait for an end that does not come.
func TestJudgeDuplexRate(t *testing.T) {
	answer := &progressWriter{c: &conversation{}, start: time.Now().Add(-time.Hour)}
	answer.came.Store(8e6)
	answer.took.Store(int64(100 * time.Millisecond))
	answer.begun.Store(1000)
	answer.c.ended.Store(true)
	d := &diagnosis{}
	d.judgeDuplex(answer, answer.c.failed("recv", errTimeout))
	if f := d.Checks[0]; !f.OK || !strings.HasSuffix(f.Says, ", at 80.0 MB/s in each direction") {
		t.Errorf("8 MB in 100 ms: %+v, want 80 MB/s", f)
	}
}
