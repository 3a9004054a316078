//go:build unix

package sock_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"example.com/berkeley/sock"
)

// Listen serves both families unless the address names one, as package net does.
func TestListenDualStack(t *testing.T) {
	if !sock.HasDualStackIPv6() {
		t.Skip("this machine has no IPv6")
	}
	for _, address := range []string{"", ":0", "0.0.0.0:0", "[::]:0"} {
		l, err := new(sock.ListenConfig).Listen(t.Context(), "tcp", address)
		check(t, err)
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		check(t, err)
		c, err := new(sock.Dialer).Dial("tcp4", "127.0.0.1:"+port)
		if err != nil {
			t.Errorf("IPv4 client of %q: %v", address, err)
			continue
		}
		check(t, c.Close())
	}
}

// Close removes the socket file only once: it does not remove that of a later listener at the same path.
func TestListenRemovesPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var config sock.ListenConfig
	first, err := config.Listen(t.Context(), "unix", path)
	check(t, err)
	check(t, first.Close())
	second, err := config.Listen(t.Context(), "unix", path)
	check(t, err)
	defer second.Close()
	check(t, first.Close())
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// Close leaves what isn't the socket's file, and the file too if the program says so.
func TestListenLeavesPath(t *testing.T) {
	for name, before := range map[string]func(t *testing.T, l net.Listener, path string){
		"SetUnlinkOnClose": func(_ *testing.T, l net.Listener, _ string) {
			l.(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
		},
		"a directory": func(t *testing.T, _ net.Listener, path string) {
			check(t, os.Remove(path))
			check(t, os.Mkdir(path, 0o700))
		},
		"another server's file": func(t *testing.T, _ net.Listener, path string) {
			check(t, os.Remove(path))
			l, err := new(sock.ListenConfig).Listen(t.Context(), "unix", path)
			check(t, err)
			t.Cleanup(func() { l.Close() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			l, err := new(sock.ListenConfig).Listen(t.Context(), "unix", path)
			check(t, err)
			before(t, l, path)
			check(t, l.Close())
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		})
	}
}
