package socktest

import (
	"fmt"
	"os"
	"testing"

	"example.com/berkeley/sock"
)

// NeedLinux skips a test on kernels older than the release that introduced a feature.
func NeedLinux(t testing.TB, release, feature string) {
	t.Helper()
	if LinuxBefore(t, release) {
		t.Skipf("this kernel is older than Linux %s, which introduced %s", release, feature)
	}
}

// LinuxBefore reports whether the kernel is older than a release such as "6.5". It returns true on an emulator that
// reports no Linux release.
func LinuxBefore(t testing.TB, release string) bool {
	t.Helper()
	running, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	var major, minor, wantMajor, wantMinor int
	if _, err := fmt.Sscanf(release, "%d.%d", &wantMajor, &wantMinor); err != nil {
		t.Fatalf("%q is not a Linux release: %v", release, err)
	}
	_, err = fmt.Sscanf(string(running), "%d.%d", &major, &minor)
	return err != nil || major < wantMajor || major == wantMajor && minor < wantMinor
}

// NeedKernel skips a test under an emulator of system calls. qemu-user lacks TCP_INFO, most other options and some calls;
// it refuses empty batches, loses empty messages, and leaks descriptors that don't fit into the control buffer.
func NeedKernel(t testing.TB) {
	t.Helper()
	fd := Socket(t, sock.AF_INET, sock.SOCK_STREAM, 0)
	var p [8]byte
	if n, err := sock.GetsockoptBytes(fd, sock.SOL_TCP, sock.TCP_INFO.Number(), p[:]); err != nil || n != len(p) {
		t.Skipf("needs a real kernel, not an emulator: TCP_INFO returned %d bytes, %v", n, err)
	}
}
