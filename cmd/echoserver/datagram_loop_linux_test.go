package main_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// forge sends a UDP datagram with a forged source address and port: raw(7).
func forge(t *testing.T, from, to netip.AddrPort, payload string) {
	t.Helper()
	fd, err := sock.Socket(sock.Inet(to).Family(), sock.SOCK_RAW, sock.IPPROTO_UDP)
	if err != nil {
		t.Skip("cannot create a raw socket:", err)
	}
	defer sock.Close(fd)
	if to.Addr().Is6() {
		if err := sock.Setsockopt(fd, sock.IPV6_CHECKSUM, 6); err != nil { // its offset in the header: ipv6(7)
			t.Fatal(err)
		}
	}
	if err := sock.Bind(fd, sock.Inet(netip.AddrPortFrom(from.Addr(), 0))); err != nil {
		t.Fatal(err)
	}
	datagram := binary.BigEndian.AppendUint16(nil, from.Port())
	datagram = binary.BigEndian.AppendUint16(datagram, to.Port())
	datagram = binary.BigEndian.AppendUint16(datagram, uint16(8+len(payload)))
	datagram = binary.BigEndian.AppendUint16(datagram, 0) // no checksum
	datagram = append(datagram, payload...)
	if _, err := sock.Sendto(fd, datagram, 0, sock.Inet(netip.AddrPortFrom(to.Addr(), 0))); err != nil {
		t.Fatal(err)
	}
}

func addrPort(addr string) netip.AddrPort {
	return netip.MustParseAddrPort(addr[strings.Index(addr, "://")+3:])
}

// With a forged source, two servers on different ports answer each other, though not forever. Clients don't notice.
func TestLoopOfTwoServersEnds(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	for _, listen := range available([]string{"udp://127.0.0.1:0", "udp://[::1]:0"}) {
		t.Run(listen, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				n := newNetwork(t)
				args := []string{"-engine", engine, "-max-repeats", "100", "-listen", listen}
				a, b := n.start(args...), n.start(args...)
				payloads := []string{"", "x", "xx", "xxx", "xxxx"}
				n.enter(func() {
					for _, payload := range payloads {
						forge(t, addrPort(b.Addr()), addrPort(a.Addr()), payload)
					}
				})
				wantLoopOver(t, a, b, len(payloads), n.dial)
			})
		})
	}
}

// The same happens if a client's path now leads to another server.
func TestLoopOfUnixServersEnds(t *testing.T) {
	t.Parallel()
	links := map[string]func(to, name string) error{"symbolic": os.Symlink, "hard": os.Link}
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				dir := t.TempDir()
				args := []string{"-engine", engine, "-max-repeats", "100", "-listen"}
				a, b := cmdtest.Start(t, append(args, "unixgram://"+dir+"/a")...), cmdtest.Start(t, append(args, "unixgram://"+dir+"/b")...)
				payloads := []string{"", "x", "xx"}
				stoppedWhile(t, a, func() bool {
					fd := boundUnix(t, dir+"/client")
					for _, payload := range payloads {
						if _, err := sock.Sendto(fd, []byte(payload), 0, unixPath(t, dir+"/a")); err != nil {
							t.Fatal(err)
						}
					}
					if err := os.Remove(dir + "/client"); err != nil {
						t.Fatal(err)
					}
					if err := link(dir+"/b", dir+"/client"); err != nil {
						t.Fatal(err)
					}
					return true
				})
				wantLoopOver(t, a, b, len(payloads), func(addr string) int { return dial(t, addr) })
			})
		})
	}
}

// If the path leads to the server itself, the server sends itself one answer.
func TestUnixServerDoesNotAnswerItself(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		dir := t.TempDir()
		server := cmdtest.Start(t, "-engine", engine, "-v", "-listen", "unixgram://"+dir+"/a", "-listen", "unixgram://"+dir+"/b")
		for _, target := range []string{"/a", "/b"} {
			stoppedWhile(t, server, func() bool {
				fd := boundUnix(t, dir+"/client")
				if _, err := sock.Sendto(fd, []byte("x"), 0, unixPath(t, dir+"/a")); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(dir+"/client", dir+"/gone"); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(dir+target, dir+"/client"); err != nil {
					t.Fatal(err)
				}
				return true
			})
			server.WaitLog("listener=unixgram://" + dir + target + " peer=" + dir + "/a")
			if err := os.Remove(dir + "/client"); err != nil {
				t.Fatal(err)
			}
		}
		server.Stop(syscall.SIGTERM)
		if refused := counted(t, server, "refused"); refused != 2 {
			t.Errorf("%d datagrams refused, want the two that the server sent itself", refused)
		}
	})
}

// wantLoopOver waits until each datagram that two servers sent to and fro has been withheld by one of them. It checks that
// other datagrams are still answered.
func wantLoopOver(t *testing.T, a, b *cmdtest.Server, datagrams int, dial func(addr string) int) {
	t.Helper()
	withheld := func() int { return strings.Count(a.Stderr()+b.Stderr(), "repeats itself") }
	for deadline := time.Now().Add(cmdtest.Patience); withheld() < datagrams; sock.Poll(nil, 5) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d datagrams in the loop were withheld, want all", withheld(), datagrams)
		}
	}
	for _, server := range []*cmdtest.Server{a, b} {
		fd := dial(server.Addr())
		for i := range 300 {
			send(t, fd, fmt.Append(nil, i))
			wantDatagram(t, fd, fmt.Append(nil, i))
		}
		server.Stop(syscall.SIGTERM)
	}
	if refused := counted(t, a, "refused") + counted(t, b, "refused"); refused != datagrams {
		t.Errorf("%d of %d datagrams in the loop were withheld, want each once", refused, datagrams)
	}
}

// A load numbers its datagrams, so none repeats, and no limit applies to it.
func TestLoadIsNotLimited(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		server := cmdtest.Start(t, "-engine", engine, "-max-repeats", "1", "-listen", "udp://127.0.0.1:0")
		load := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-addr", server.Addr(), "-n", "20000", "-c", "2", "-depth", "4")
		if load.Code != 0 {
			t.Errorf("exit code of the load = %d, want 0:\n%s%s", load.Code, load.Stdout, load.Stderr)
		}
		server.Stop(syscall.SIGTERM)
		if refused := counted(t, server, "refused"); refused != 0 {
			t.Errorf("counters: refused=%d, want 0", refused)
		}
	})
}

// A client that sends the same datagram over and over is answered up to the limit, and always if the limit is off.
func TestRepeatsAreAnswered(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, tt := range []struct{ repeats, datagrams int }{{1000, 1000}, {0, 6000}} {
			server := cmdtest.Start(t, "-engine", engine, "-max-repeats", strconv.Itoa(tt.repeats), "-listen", "udp://127.0.0.1:0")
			fd := dial(t, server.Addr())
			for range tt.datagrams / 10 {
				for range 10 {
					send(t, fd, []byte("the same"))
				}
				for range 10 {
					wantDatagram(t, fd, []byte("the same"))
				}
			}
		}
	})
}

// boundUnix returns a unix datagram socket bound to a path.
func boundUnix(t *testing.T, path string) (fd int) {
	t.Helper()
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	if err := sock.Bind(fd, unixPath(t, path)); err != nil {
		t.Fatal(err)
	}
	return fd
}

func unixPath(t *testing.T, path string) sock.Sockaddr {
	t.Helper()
	sa, err := sock.Unix(path)
	if err != nil {
		t.Fatal(err)
	}
	return sa
}
