//go:build unix

package callerr_test

import (
	"errors"
	"io/fs"
	"testing"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

func TestCallError(t *testing.T) {
	err := error(&callerr.CallError{Call: "bind", Address: "tcp://127.0.0.1:80", Err: sock.EACCES})
	if got, want := err.Error(), "bind tcp://127.0.0.1:80: EACCES (permission denied)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, sock.EACCES) || !errors.Is(err, fs.ErrPermission) {
		t.Error("errors.Is does not find the errno")
	}
}

// A link-local address without a zone is the usual reason for EINVAL.
func TestCallErrorLinkLocal(t *testing.T) {
	for address, want := range map[string]string{
		"tcp://[fe80::1]:80":      "connect tcp://[fe80::1]:80: EINVAL (invalid argument): a link-local address needs an interface, as in [fe80::1%eth0]:80",
		"udp6://[febf::1]:80":     "connect udp6://[febf::1]:80: EINVAL (invalid argument): a link-local address needs an interface, as in [fe80::1%eth0]:80",
		"unix:///run/[x":          "connect unix:///run/[x: EINVAL (invalid argument)",
		"tcp://[fe80::1%eth0]:80": "connect tcp://[fe80::1%eth0]:80: EINVAL (invalid argument)",
		"tcp://[::1]:80":          "connect tcp://[::1]:80: EINVAL (invalid argument)",
	} {
		if got := (&callerr.CallError{Call: "connect", Address: address, Err: sock.EINVAL}).Error(); got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{sock.ECONNRESET, "ECONNRESET (connection reset by peer)"},
		{errors.New("timed out"), "timed out"},
	}
	for _, tt := range tests {
		if got := callerr.Describe(tt.err); got != tt.want {
			t.Errorf("Describe() = %q, want %q", got, tt.want)
		}
	}
}

func TestUnavailable(t *testing.T) {
	for _, errno := range []sock.Errno{sock.ENOSYS, sock.EPERM, sock.EACCES, sock.EOPNOTSUPP, sock.ENOPROTOOPT, sock.EINVAL} {
		if !callerr.Unavailable(errno) {
			t.Errorf("Unavailable(%s) = false, want true", sock.ErrnoName(errno))
		}
	}
	for _, err := range []error{nil, sock.EBADF, sock.ENOMEM, sock.ECONNRESET, errors.New("another")} {
		if callerr.Unavailable(err) {
			t.Errorf("Unavailable(%v) = true, want false", err)
		}
	}
}
