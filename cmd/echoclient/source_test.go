//go:build unix

package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
)

func TestSource(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all addresses of 127.0.0.0/8 by default")
	}
	from := make(chan string, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		from <- conn.RemoteAddr().String()
		io.Copy(conn, conn)
	})
	expect(t, client(t, nil, addr, "-source", "127.0.0.3", "Hello"), exitOK, "Hello\n", "")
	if got := <-from; !strings.HasPrefix(got, "127.0.0.3:") {
		t.Errorf("the client's address = %s, want a port of 127.0.0.3", got)
	}
	expect(t, client(t, nil, addr, "-source", "127.3", "Hello"), exitOK, "Hello\n", "")
	if got := <-from; !strings.HasPrefix(got, "127.0.0.3:") {
		t.Errorf("the client's address = %s, want a port of 127.0.0.3", got)
	}
	expect(t, client(t, nil, addr, "-source", "192.0.2.1", "Hello"), exitTrouble, "", "bind tcp://192.0.2.1:0: EADDRNOTAVAIL")
}

func TestSourcePort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(t, err)
	want := l.Addr().String() // free once the listener is closed
	l.Close()
	from := make(chan string, 1)
	addr := listen(t, func(conn *net.TCPConn) {
		from <- conn.RemoteAddr().String()
		io.Copy(conn, conn)
	})
	expect(t, client(t, nil, addr, "-source", want, "Hello"), exitOK, "Hello\n", "")
	if got := <-from; got != want {
		t.Errorf("the client's address = %s, want %s", got, want)
	}
}

func TestSourcePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	addr := cmdtest.Start(t, "-listen", "unixgram://"+filepath.Join(dir, "s")).Addr()
	source := filepath.Join(dir, "c")
	got := client(t, nil, addr, "-v", "-source", source, "Hello")
	if got.Code != exitOK || !strings.Contains(got.Stderr, "connected from unixgram://"+source+" to ") {
		t.Errorf("echoclient: %+v, want it connected from %s", got, source)
	}
	if _, err := os.Stat(source); err == nil {
		t.Errorf("%s still exists", source)
	}
	check(t, os.WriteFile(source, nil, 0o600))
	expect(t, client(t, nil, addr, "-source", source, "Hello"), exitTrouble, "", "bind unixgram://"+source+": EADDRINUSE")
	if _, err := os.Stat(source); err != nil {
		t.Errorf("Lstat of another program's file: %v, want it to exist", err)
	}
}

// The client removes the file that it made, but not one that has replaced it.
func TestSourcePathReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	addr := cmdtest.Start(t, "-listen", "unix://"+filepath.Join(dir, "s")).Addr()
	source := filepath.Join(dir, "c")
	input, write := io.Pipe()
	replaced := make(chan error, 1)
	go func() {
		defer write.Close()
		err := os.Rename(source, source+".moved")
		for begin := time.Now(); err != nil && time.Since(begin) < cmdtest.Patience; time.Sleep(time.Millisecond) {
			err = os.Rename(source, source+".moved") // fails until the client has called bind
		}
		if err == nil {
			err = os.WriteFile(source, []byte("precious"), 0o600)
		}
		replaced <- err
	}()
	expect(t, client(t, input, addr, "-source", source), exitOK, "", "")
	check(t, <-replaced)
	if text, err := os.ReadFile(source); err != nil || string(text) != "precious" {
		t.Errorf("%s contains %q, %v; want \"precious\"", source, text, err)
	}
}

func TestFamilyFlags(t *testing.T) {
	t.Parallel()
	addr := cmdtest.Start(t, "-listen", "tcp4://127.0.0.1:0").Addr()
	expect(t, client(t, nil, addr, "-4", "Hello"), exitOK, "Hello\n", "")
	none := "no address of the family"
	expect(t, client(t, nil, addr, "-6", "Hello"), exitTrouble, "", none)
	expect(t, client(t, nil, addr, "-source", "::1", "Hello"), exitTrouble, "", none)
	expect(t, client(t, nil, addr, "-6", "-n", "1"), exitTrouble, "", none)
	needIPv6(t)
	addr6 := cmdtest.Start(t, "-listen", "tcp6://[::1]:0").Addr()
	expect(t, client(t, nil, addr6, "-6", "-source", "::1", "Hello"), exitOK, "Hello\n", "")
	expect(t, client(t, nil, addr6, "-4", "Hello"), exitTrouble, "", none)
}
