package sock_test

import (
	"bytes"
	"math"
	"os"
	"testing"

	. "example.com/berkeley/sock"
)

func init() {
	badCalls = append(badCalls, []badCall{
		{"Sendfile", func(fd int) (int, error) { return Sendfile(fd, -1, nil, 1) }, 0},
		{"Splice", func(fd int) (int, error) { return Splice(fd, nil, -1, nil, 1, 0) }, 0},
		{"SendfileAll", func(fd int) (int, error) { n, err := SendfileAll(fd, -1, 0, 1); return int(n), err }, 0},
		{"SendfileAll no bytes", func(fd int) (int, error) { n, err := SendfileAll(fd, -1, 0, 0); return int(n), err }, 0},
		{"Relay", func(fd int) (int, error) { n, err := Relay(fd, -1); return int(n), err }, 0},
	}...)
}

// fileOf returns a file that contains p.
func fileOf(t testing.TB, p []byte) int {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	t.Cleanup(func() { f.Close() })
	_, err = f.WriteAt(p, 0)
	check(t, err)
	return int(f.Fd())
}

// pipe returns a new pipe. Bytes that are written to w can be read from r.
func pipe(t testing.TB) (r, w int) {
	t.Helper()
	pr, pw, err := os.Pipe()
	check(t, err)
	t.Cleanup(func() { pr.Close(); pw.Close() })
	return int(pr.Fd()), int(pw.Fd())
}

func TestSendfileCounts(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	in := fileOf(t, []byte("0123456789"))
	at := func(v int64) *int64 { return &v }
	tests := []struct {
		name   string
		offset *int64
		count  int
		want   string
		err    error
	}{
		{"from an offset", at(7), 2, "78", nil},
		{"to the end", at(7), 100, "789", nil},
		{"the longest", at(7), math.MaxInt32, "789", nil},
		{"at the end", at(10), 1, "", nil},
		{"beyond the end", at(11), 1, "", nil},
		{"nothing", at(0), 0, "", nil},
		{"from the file's offset", nil, 2, "01", nil},
		{"from the advanced offset", nil, 100, "23456789", nil},
		{"a negative offset", at(-1), 1, "", EINVAL},
		{"a negative count", at(0), -1, "", EINVAL},
		{"a very negative count", at(0), math.MinInt, "", EINVAL},
	}
	for _, test := range tests {
		var start, end int64
		if test.offset != nil {
			start, end = *test.offset, *test.offset+int64(len(test.want))
		}
		n, err := Sendfile(a, in, test.offset, test.count)
		p := make([]byte, 16)
		m := 0
		if test.want != "" {
			m, _ = Recv(b, p, MSG_DONTWAIT)
		}
		if n != len(test.want) || err != test.err || string(p[:m]) != test.want {
			t.Errorf("%s: Sendfile = %d, %v, %q, want %q, %v", test.name, n, err, p[:m], test.want, test.err)
		}
		if test.offset != nil && *test.offset != end {
			t.Errorf("%s: offset went from %d to %d, want %d", test.name, start, *test.offset, end)
		}
	}
}

func TestSplice(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	r, w := pipe(t)
	in, out := fileOf(t, []byte("0123456789")), fileOf(t, []byte("abcdefghij"))
	from, to := int64(2), int64(5)
	if n, err := Splice(in, &from, w, nil, 6, SPLICE_F_MOVE); n != 6 || err != nil || from != 8 {
		t.Errorf("Splice from a file = %d, %v, offset %d, want 6, offset 8", n, err, from)
	}
	if n, err := Splice(r, nil, a, nil, 4, SPLICE_F_MORE); n != 4 || err != nil {
		t.Errorf("Splice to a socket = %d, %v, want 4", n, err)
	}
	if n, err := Splice(r, nil, out, &to, 100, 0); n != 2 || err != nil || to != 7 {
		t.Errorf("Splice to a file = %d, %v, offset %d, want 2, offset 7", n, err, to)
	}
	if n, err := Splice(b, nil, w, nil, 100, 0); n != 4 || err != nil {
		t.Errorf("Splice from a socket = %d, %v, want 4", n, err)
	}
	if n, err := Splice(r, nil, a, nil, 100, 0); n != 4 || err != nil {
		t.Errorf("Splice back to the socket = %d, %v, want 4", n, err)
	}
	p := make([]byte, 16)
	if n, err := Recv(b, p, 0); err != nil || string(p[:n]) != "2345" {
		t.Errorf("Recv = %q, %v, want 2345", p[:n], err)
	}
	at := int64(0)
	if n, err := Sendfile(a, out, &at, 16); n != 10 || err != nil {
		t.Errorf("Sendfile = %d, %v, want 10", n, err)
	}
	if n, err := Recv(b, p, 0); err != nil || string(p[:n]) != "abcde67hij" {
		t.Errorf("the file has %q, %v, want abcde67hij", p[:n], err)
	}
	check(t, Shutdown(a, SHUT_WR))
	if n, err := Splice(b, nil, w, nil, 1, 0); n != 0 || err != nil {
		t.Errorf("Splice at the end of the stream = %d, %v, want 0", n, err)
	}
}

func TestBadSplice(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	r, w := pipe(t)
	at := int64(0)
	tests := []struct {
		name string
		call func() (int, error)
		want error
	}{
		{"no pipe", func() (int, error) { return Splice(a, nil, b, nil, 1, 0) }, EINVAL},
		{"a pipe's offset", func() (int, error) { return Splice(r, &at, a, nil, 1, 0) }, ESPIPE},
		{"a socket's offset", func() (int, error) { return Splice(a, &at, w, nil, 1, 0) }, EINVAL},
		{"a negative count", func() (int, error) { return Splice(r, nil, a, nil, -1, 0) }, EINVAL},
		{"an unknown flag", func() (int, error) { return Splice(r, nil, a, nil, 1, 1<<30) }, EINVAL},
		{"an empty pipe", func() (int, error) { return Splice(r, nil, a, nil, 1, SPLICE_F_NONBLOCK) }, EAGAIN},
	}
	for _, test := range tests {
		if n, err := test.call(); n != 0 || err != test.want {
			t.Errorf("%s: Splice = %d, %v, want %v", test.name, n, err, test.want)
		}
	}
}

func TestSendfileAllCounts(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	in := fileOf(t, []byte("0123456789"))
	tests := []struct {
		name          string
		offset, count int64
		want          string
		err           error
	}{
		{"some", 7, 2, "78", nil},
		{"to the end", 7, 3, "789", nil},
		{"more than the file has", 7, 4, "789", nil},
		{"all of it", 0, math.MaxInt64, "0123456789", nil},
		{"nothing", 0, 0, "", nil},
		{"beyond the end", 11, 1, "", nil},
		{"a negative count", 0, -1, "", EINVAL},
		{"a negative offset", -1, 1, "", EINVAL},
	}
	for _, test := range tests {
		n, err := SendfileAll(a, in, test.offset, test.count)
		p := make([]byte, 16)
		m := 0
		if test.want != "" {
			m, _ = Recv(b, p, MSG_DONTWAIT)
		}
		if n != int64(len(test.want)) || err != test.err || string(p[:m]) != test.want {
			t.Errorf("%s: SendfileAll = %d, %v, %q, want %q, %v", test.name, n, err, p[:m], test.want, test.err)
		}
	}
	if n, err := Sendfile(a, in, nil, 16); n != 10 || err != nil {
		t.Errorf("Sendfile from the file's offset = %d, %v, want 10, the whole file", n, err)
	}
}

// vector is a file that the kernel generates, and that sendfile and splice don't support.
const vector = "/proc/self/auxv"

func TestSendfileAllWithoutSendfile(t *testing.T) {
	a, b := pair(t, SOCK_STREAM)
	f, err := os.Open(vector)
	check(t, err)
	defer f.Close()
	want, err := os.ReadFile(vector)
	check(t, err)
	in, at := int(f.Fd()), int64(8)
	if _, err := Sendfile(a, in, &at, 1); err != EINVAL {
		t.Skip("this kernel's sendfile supports the file:", err)
	}
	for _, count := range []int64{16, math.MaxInt64} {
		n, err := SendfileAll(a, in, 8, count)
		got := want[8:][:min(count, int64(len(want)-8))]
		if n != int64(len(got)) || err != nil {
			t.Errorf("SendfileAll(%d) = %d, %v, want %d", count, n, err, len(got))
		}
		p := make([]byte, len(got))
		if _, err := RecvFull(b, p); err != nil || !bytes.Equal(p, got) {
			t.Errorf("SendfileAll(%d): received %x, %v, want %x", count, p, err, got)
		}
	}
	directory, err := os.Open(t.TempDir())
	check(t, err)
	defer directory.Close()
	if n, err := SendfileAll(a, int(directory.Fd()), 0, 1); n != 0 || err != EISDIR {
		t.Errorf("SendfileAll of a directory = %d, %v, want EISDIR", n, err)
	}
}
