package main_test

import (
	"strings"
	"syscall"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// A record of 256 KiB is longer than a socket's usual send buffer. It comes back from memory and from a file.
func TestLongestRecord(t *testing.T) {
	t.Parallel()
	record := pattern(256 << 10)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		for _, memory := range []string{"16MiB", "0"} {
			server := cmdtest.Start(t, "-listen", "unixpacket://"+t.TempDir()+"/packet", "-engine", engine, "-mode", mode, "-spool-memory", memory)
			fd := dial(t, server.Addr())
			if err := sock.Setsockopt(fd, sock.SO_SNDBUF, len(record)); err != nil {
				t.Fatal(err)
			}
			if _, err := sock.Retry(func() (int, error) { return sock.Send(fd, record, 0) }); err == sock.EMSGSIZE {
				t.Skip("net.core.wmem_max doesn't allow such a record")
			} else if err != nil {
				t.Fatal(err)
			}
			shutdown(t, fd)
			wantAnswer(t, fd, record)
		}
	})
}

// A longer record is an error, and counts as above a limit.
func TestTooLongRecord(t *testing.T) {
	t.Parallel()
	record := pattern(256<<10 + 1)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-listen", "unixpacket://"+t.TempDir()+"/packet", "-engine", engine, "-mode", mode)
		fd := dial(t, server.Addr())
		if err := sock.Setsockopt(fd, sock.SO_SNDBUF, 2*len(record)); err != nil {
			t.Fatal(err)
		}
		if _, err := sock.Retry(func() (int, error) { return sock.Send(fd, record, 0) }); err == sock.EMSGSIZE {
			t.Skip("net.core.wmem_max doesn't allow such a record")
		} else if err != nil {
			t.Fatal(err)
		}
		server.WaitLog("EMSGSIZE")
		server.Stop(syscall.SIGTERM)
		if want := "failed=1 refused=1 "; !strings.Contains(server.Stderr(), want) {
			t.Errorf("the log has no %q:\n%s", want, server.Stderr())
		}
	})
}
