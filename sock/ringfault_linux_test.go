package sock_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"os"
	"regexp"
	"strconv"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// faultyRing is a ring for which a test plays the kernel: io_uring_enter(2) does only what the test says.
type faultyRing struct {
	*Ring
	playedKernel
	memory   uintptr           // address of the rings shared with the kernel
	at       map[string]uint32 // offsets of the fields in them
	finished chan error        // Submit's result
}

func newFaultyRing(t *testing.T) *faultyRing {
	t.Helper()
	var r *Ring
	lines := linesOf(func() { r = newRing(t, 4) })
	f := &faultyRing{Ring: r, at: map[string]uint32{}, finished: make(chan error, 1)}
	for _, part := range regexp.MustCompile(`(sq|cq)_off=\{(.*?)\}`).FindAllStringSubmatch(lines[0], -1) {
		for _, field := range regexp.MustCompile(`(\w+)=(\d+)`).FindAllStringSubmatch(part[2], -1) {
			offset, err := strconv.Atoi(field[2])
			check(t, err)
			f.at[part[1]+" "+field[1]] = uint32(offset)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	check(t, err)
	for line := range bytes.Lines(maps) {
		field := bytes.Fields(line)
		if bytes.HasSuffix(bytes.TrimSpace(line), []byte("[io_uring]")) && string(field[2]) == "00000000" {
			start, _, _ := bytes.Cut(field[0], []byte("-"))
			address, err := strconv.ParseUint(string(start), 16, strconv.IntSize)
			check(t, err)
			f.memory = uintptr(address)
		}
	}
	if f.memory == 0 || f.at["cq cqes"] == 0 {
		t.Fatalf("found no ring in memory, traced line is %s", lines[0])
	}
	f.playedKernel = playKernel(t, unix.SYS_IO_URING_ENTER)
	return f
}

// submit starts a Submit.
func (f *faultyRing) submit() {
	f.calls <- func() { f.finished <- f.Submit() }
}

func (f *faultyRing) number(field string) uint32 {
	return binary.NativeEndian.Uint32(readMemory(f.memory+uintptr(f.at[field]), 4))
}

// add adds to a field.
func (f *faultyRing) add(field string, n uint32) {
	writeMemory(f.memory+uintptr(f.at[field]), binary.NativeEndian.AppendUint32(nil, f.number(field)+n))
}

// take acts as the kernel that takes n transfers.
func (f *faultyRing) take(n uint32) { f.add("sq head", n) }

// complete acts as the kernel that finishes a transfer with a result.
func (f *faultyRing) complete(number uint64, result int32) {
	tail := f.number("cq tail")
	entry := binary.NativeEndian.AppendUint64(nil, number)
	entry = binary.NativeEndian.AppendUint32(entry, uint32(result))
	entry = binary.NativeEndian.AppendUint32(entry, 0)
	at := f.at["cq cqes"] + 16*(tail&f.number("cq ring_mask"))
	writeMemory(f.memory+uintptr(at), entry)
	f.add("cq tail", 1)
}

// answer makes the next io_uring_enter return n, or fail with e.
func (f *faultyRing) answer(n int, e Errno) {
	f.respond(response{id: f.notified().id, val: int64(n), errno: -int32(e)})
}

// result waits for Submit and returns its error.
func (f *faultyRing) result() error {
	<-f.called
	return <-f.finished
}

// Transfers that the kernel took are not submitted again, and the others are not lost, whatever io_uring_enter returns.
func TestRingCountsWhatTheKernelTook(t *testing.T) {
	for _, tt := range []struct {
		name  string
		taken uint32
		n     int
		e     Errno
		want  error
	}{
		{"takes one and fails", 1, 0, EINTR, EINTR},
		{"takes all and fails", 2, 0, ENOMEM, nil},
		{"takes one", 1, 1, 0, EAGAIN},
		{"returns more than it took", 1, 2, 0, EAGAIN},
		{"fails", 0, 0, EBUSY, EBUSY},
		{"fails permanently", 0, 0, EIO, EIO},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFaultyRing(t)
			for range 2 {
				f.Send(-1, []byte("x"), 0)
			}
			f.submit()
			call := f.notified()
			f.take(tt.taken)
			for i := range tt.taken {
				f.complete(uint64(i), 1)
			}
			f.respond(response{id: call.id, val: int64(tt.n), errno: -int32(tt.e)})
			if err := f.result(); err != tt.want {
				t.Errorf("Submit: %v, want %v", err, tt.want)
			}
			for i := range 2 {
				if i < int(tt.taken) {
					checkResult(t, f.Ring, i, 1, nil)
				} else {
					checkResult(t, f.Ring, i, 0, tt.want)
				}
			}
		})
	}
}

// Submit waits for a late result, even while io_uring_enter fails.
func TestRingWaitsForResults(t *testing.T) {
	f := newFaultyRing(t)
	f.Send(-1, []byte("x"), 0)
	f.Send(-1, []byte("y"), 0)
	f.submit()
	call := f.notified()
	f.take(2)
	f.complete(1, 1)
	f.respond(response{id: call.id, val: 2})
	for _, e := range []Errno{EINTR, EAGAIN, EBUSY, ENOMEM, 0} {
		f.answer(0, e)
	}
	call = f.notified()
	f.complete(0, -int32(EPIPE))
	f.respond(response{id: call.id})
	check(t, f.result())
	checkResult(t, f.Ring, 0, 0, EPIPE)
	checkResult(t, f.Ring, 1, 1, nil)
}

// If a result never arrives, only this transfer has an error, and the ring is closed.
func TestRingLosesResults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, so not with -short")
	}
	for _, e := range []Errno{0, EINTR, ENOMEM} {
		t.Run(cmp.Or(ErrnoName(e), "no error"), func(t *testing.T) {
			f := newFaultyRing(t)
			f.Send(-1, []byte("x"), 0)
			f.Send(-1, []byte("y"), 0)
			var err error
			taken := false
			f.play(func() { err = f.Submit() }, func(notification) response {
				if taken {
					return response{errno: -int32(e)}
				}
				taken = true
				f.take(2)
				f.complete(0, 1)
				return response{val: 2}
			})
			if err != EIO {
				t.Errorf("Submit: %v, want EIO", err)
			}
			checkResult(t, f.Ring, 0, 1, nil)
			checkResult(t, f.Ring, 1, 0, EIO)
			f.Send(-1, []byte("z"), 0)
			if err := f.Submit(); err != EBADF {
				t.Errorf("next Submit: %v, want EBADF", err)
			}
		})
	}
}
