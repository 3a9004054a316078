//go:build unix

package socktest

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"example.com/berkeley/internal/fdutil"

	"golang.org/x/sys/unix"
)

// Main runs a package's tests, and fails if they leave a descriptor open. Call it from TestMain.
func Main(m *testing.M) {
	NeedLoopback()
	removeTempDir := PlainTempDir()
	// A low limit makes the search for descriptors short.
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 256, Max: 256})
	fdutil.StartPoller()
	before, _ := fdutil.Open()
	code := m.Run()
	removeTempDir()
	after, _ := fdutil.Open()
	for late := time.Now().Add(5 * time.Second); !slices.Equal(before, after) && time.Now().Before(late); {
		time.Sleep(10 * time.Millisecond) // package net closes the socket of a look-up that was given up when it likes
		after, _ = fdutil.Open()
	}
	if !slices.Equal(before, after) {
		fmt.Fprintln(os.Stderr, "descriptors before the tests:", before, "after:", after)
		code = 1
	}
	os.Exit(code)
}
