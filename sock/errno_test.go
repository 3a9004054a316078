//go:build unix

package sock_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	. "example.com/berkeley/sock"
)

func TestErrnoName(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{ECONNREFUSED, "ECONNREFUSED"},
		{EWOULDBLOCK, "EAGAIN"},
		{EOPNOTSUPP, "EOPNOTSUPP"},
		{os.NewSyscallError("bind", EADDRINUSE), "EADDRINUSE"},
		{errors.Join(errors.New("no number"), fmt.Errorf("connect: %w", ETIMEDOUT), EPERM), "ETIMEDOUT"},
		{errors.New("no number"), ""},
		{Errno(4000), ""},
		{Errno(0), ""},
		{nil, ""},
	}
	for _, test := range tests {
		if got := ErrnoName(test.err); got != test.want {
			t.Errorf("ErrnoName(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}
