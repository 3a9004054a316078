//go:build unix

package fdutil_test

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/fdutil"
)

func TestMain(m *testing.M) {
	// Otherwise the runtime opens its own descriptors in the middle of a test.
	if err := fdutil.StartPoller(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) []int {
	t.Helper()
	fds, err := fdutil.Open()
	check(t, err)
	return fds
}

func TestOpen(t *testing.T) {
	before := open(t)
	if !slices.IsSorted(before) {
		t.Errorf("Open() = %v, want them in order", before)
	}
	file, err := os.Open(os.DevNull)
	check(t, err)
	defer file.Close()
	low := int(file.Fd())
	high, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 100)
	check(t, err)
	want := slices.Sorted(slices.Values(append(slices.Clone(before), low, high)))
	if got := open(t); !slices.Equal(got, want) {
		t.Errorf("Open() = %v, want %v", got, want)
	}
	check(t, unix.Close(high))
	check(t, file.Close())
	if got := open(t); !slices.Equal(got, before) {
		t.Errorf("Open() = %v, want %v as before", got, before)
	}
}

func TestLimit(t *testing.T) {
	var old unix.Rlimit
	check(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
	defer func() { check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &old)) }()
	lower := old
	lower.Cur = 123
	check(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &lower))
	if limit, err := fdutil.Limit(); limit != 123 || err != nil {
		t.Errorf("Limit() = %d, %v; want 123", limit, err)
	}
}
