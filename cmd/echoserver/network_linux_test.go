package main_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// network is a network namespace, whose loopback interface is up: network_namespaces(7).
type network struct {
	t   *testing.T
	pid int // a process in it
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	cmd := exec.Command("unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Skip("unshare:", err)
	}
	t.Cleanup(func() {
		stdin.Close()
		io.Copy(io.Discard, stdout)
		cmd.Wait()
	})
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		stdin.Close()
		t.Skipf("cannot create a network namespace: %v, %s", cmd.Wait(), stderr.String())
	}
	return &network{t, cmd.Process.Pid}
}

// command returns a command that runs in the network.
func (n *network) command(args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--target", fmt.Sprint(n.pid), "--net"}, args...)...)
}

// start starts a server in the network.
func (n *network) start(args ...string) *cmdtest.Server {
	n.t.Helper()
	return cmdtest.StartProgram(n.t, n.command(append([]string{cmdtest.Build(n.t, "echoserver")}, args...)...))
}

func (n *network) run(args ...string) {
	n.t.Helper()
	if out, err := n.command(args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// enter runs a function whose new sockets belong to the network.
func (n *network) enter(f func()) {
	n.t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	outside, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		n.t.Fatal(err)
	}
	defer outside.Close()
	inside, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", n.pid))
	if err != nil {
		n.t.Fatal(err)
	}
	defer inside.Close()
	if err := unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET); err != nil {
		n.t.Fatal(err)
	}
	defer func() {
		if err := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // all later tests would run in this network
		}
	}()
	f()
}

func (n *network) dial(addr string) (fd int) {
	n.t.Helper()
	n.enter(func() { fd = dial(n.t, addr) })
	return fd
}

// filter adds a rule for incoming packets: nft(8).
func (n *network) filter(rule string) {
	n.t.Helper()
	if _, err := exec.LookPath("nft"); err != nil {
		n.t.Skip("nft isn't installed")
	}
	table := n.command("nft", "add table inet test; add chain inet test in { type filter hook input priority 0; }")
	if out, err := table.CombinedOutput(); err != nil {
		n.t.Skipf("nftables is not available here: %s", out)
	}
	n.run("nft", "add rule inet test in "+rule)
}

// port returns an address's port, for nft.
func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

func TestWithoutIPv6(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		n := newNetwork(t)
		n.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6")
		server := cmdtest.StartProgram(t, n.command(cmdtest.Build(t, "echoserver"), "-engine", engine, "-listen", "tcp://[::]:0"))
		n.enter(func() { wantEcho(t, "tcp://127.0.0.1:"+port(server.Addr()), []byte("Hello")) })
		result, err := n.command(cmdtest.Build(t, "echoserver"), "-listen", "tcp6://[::1]:0").CombinedOutput()
		if err == nil || !strings.Contains(string(result), "EADDRNOTAVAIL") && !strings.Contains(string(result), "EAFNOSUPPORT") {
			t.Errorf("a server on ::1 printed %q, %v; want EADDRNOTAVAIL or EAFNOSUPPORT", result, err)
		}
	})
}

// If the kernel has no IPv6 at all, the server falls back to IPv4, and logs that.
func TestKernelWithoutIPv6(t *testing.T) {
	t.Parallel()
	noIPv6 := []cmdtest.Call{{Number: unix.SYS_SOCKET, Args: map[int]int{0: sock.AF_INET6}}}
	for _, transport := range []string{"tcp", "udp"} {
		server := cmdtest.StartProgram(t, cmdtest.Refused(t, sock.EAFNOSUPPORT, noIPv6, cmdtest.Build(t, "echoserver"),
			"-listen", transport+"://[::]:0"))
		if !strings.HasPrefix(server.Addr(), transport+"://0.0.0.0:") {
			t.Errorf("the server listens on %s, want an IPv4 address", server.Addr())
		}
		server.WaitLog("no IPv6 here")
		wantEchoes(t, []string{transport + "://127.0.0.1:" + port(server.Addr())})
	}
}

// Lost packets are retransmitted, which only costs time.
func TestLoss(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	message := pattern(200 << 10)
	forEachServer(t, func(t *testing.T, engine, mode string) {
		n := newNetwork(t)
		args := append(listenFlags(resettable(t)), "-engine", engine, "-mode", mode)
		server := cmdtest.StartProgram(t, n.command(append([]string{cmdtest.Build(t, "echoserver")}, args...)...))
		n.filter("meta l4proto tcp numgen random mod 100 < 3 drop")
		for _, addr := range server.Addrs {
			t.Run(addr, func(t *testing.T) {
				fd := n.dial(addr)
				sent := sendToEnd(t, fd, message)
				wantAnswer(t, fd, message)
				sent()
			})
		}
	})
}

// -idle-timeout and -keepalive detect clients that have vanished. Others are still served.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	tests := []struct {
		name, log string
		args      []string
	}{
		{"idle", "idle for longer than -idle-timeout", []string{"-idle-timeout", "4s"}},
		{"keepalive", "ETIMEDOUT", []string{"-idle-timeout", "0", "-keepalive", "1s,1s,1"}},
	}
	if testing.Short() {
		t.Skip("takes seconds: not with -short")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				n := newNetwork(t)
				server := cmdtest.StartProgram(t, n.command(append([]string{cmdtest.Build(t, "echoserver"), "-engine", engine,
					"-listen", "tcp://127.0.0.1:0"}, tt.args...)...))
				fd := n.dial(server.Addr())
				send(t, fd, []byte("x"))
				if _, err := sock.RecvFull(fd, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				name, err := sock.Getsockname(fd)
				if err != nil {
					t.Fatal(err)
				}
				n.filter(fmt.Sprintf("tcp dport %d drop", name.AddrPort().Port()))
				server.WaitLog(tt.log)
				n.enter(func() { wantEcho(t, server.Addr(), []byte("others go on")) })
			})
		})
	}
}

// A reset from a router affects one client only.
func TestResetOnThePath(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	forEachServer(t, func(t *testing.T, engine, mode string) {
		n := newNetwork(t)
		server := cmdtest.StartProgram(t, n.command(cmdtest.Build(t, "echoserver"), "-engine", engine, "-mode", mode, "-listen", "tcp://127.0.0.1:0"))
		fd := n.dial(server.Addr())
		n.filter("tcp sport " + port(server.Addr()) + " reject with tcp reset") // resets the server's connection when it acknowledges
		send(t, fd, []byte("x"))
		server.WaitLog("ECONNRESET")
		n.run("nft", "flush", "ruleset")
		wantReset(t, fd) // the client retransmits to a connection that no longer exists
		n.enter(func() { wantEcho(t, server.Addr(), []byte("others go on")) })
	})
}

// A route that refuses packets ends a silent connection with EACCES, which the kernel reports once. A client that sends bulk is
// received by splice(2), whose EACCES may also mean that a sandbox refuses the call.
func TestRefusingRoute(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	switch {
	case testing.Short():
		t.Skip("takes seconds: not with -short")
	case !hasIPv6():
		t.Skip("no IPv6, whose route to this machine can be replaced")
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		n := newNetwork(t)
		if out, err := n.command("ip", "-6", "rule", "add", "pref", "100", "lookup", "local").CombinedOutput(); err != nil {
			t.Skipf("ip rule: %v: %s", err, out)
		}
		server := n.start("-engine", engine, "-keepalive", "1s,1s,1", "-listen", "tcp://[::1]:0")
		fd := n.dial(server.Addr())
		content := pattern(1 << 20)
		sent := make(chan error, 1)
		go func() { _, err := sock.SendAll(fd, content, 0); sent <- err }()
		if _, err := sock.RecvFull(fd, make([]byte, len(content))); err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		// The acknowledgment of the last bytes, which may be delayed, must not be refused: the server would send them again and
		// again in place of a keep-alive probe.
		must(t, sock.Setsockopt(fd, sock.TCP_QUICKACK, true))
		n.run("ip", "-6", "rule", "del", "pref", "0")
		n.run("ip", "-6", "rule", "add", "pref", "5", "to", "::1", "prohibit")
		server.WaitLog("EACCES")
	})
}
