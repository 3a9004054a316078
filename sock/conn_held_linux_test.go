package sock_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// heldKinds are sockets whose calls may take long even with MSG_DONTWAIT, because the kernel
// does the work within the call.
var heldKinds = []struct {
	name               string
	domain, typ, proto int
	request            []byte
}{
	{"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, linkMessage(unix.RTM_GETLINK, unix.NLM_F_DUMP, 0, 0)},
	{"packet", AF_PACKET, SOCK_DGRAM, 0, []byte("packet")},
	{"alg", AF_ALG, SOCK_SEQPACKET, 0, []byte("text")},
}

// A call that takes long in the kernel delays neither other goroutines nor a garbage collection. seccomp(2) holds each
// call until another goroutine has run and collected garbage, with GOMAXPROCS at 1. A call that Go's scheduler is not
// told of would stop the program forever, so the test runs in a separate process.
func TestHeldCallsLetOthersRun(t *testing.T) {
	for _, kind := range heldKinds {
		t.Run(kind.name, func(t *testing.T) {
			socktest.NeedLinux(t, "5.5", "SECCOMP_USER_NOTIF_FLAG_CONTINUE")
			if !inProcessOfItsOwn(t) {
				return
			}
			fd, err := Socket(kind.domain, kind.typ, kind.proto)
			if err != nil {
				t.Skip("cannot create such a socket:", err)
			}
			c, err := NewConn(fd)
			check(t, err)
			defer c.Close()
			k := playKernel(t, unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG, unix.SYS_ACCEPT4)
			procs := runtime.GOMAXPROCS(1)
			defer runtime.GOMAXPROCS(procs)
			for _, call := range heldCalls(c, kind.request) {
				held := 0
				k.play(call.make, func(notification) response {
					held++
					runtime.GC()
					return goesOn
				})
				if held == 0 {
					t.Errorf("%s makes no system call", call.name)
				}
			}
		})
	}
}

type heldCall struct {
	name string
	make func()
}

// heldCalls returns the transfers of a Conn, and those of the call layer on its descriptor.
// None of them waits, and some fail.
func heldCalls(c *Conn, p []byte) (all []heldCall) {
	in, out, message := NewBatch(1, 64), NewBatch(1, 64), &Msg{Iov: [][]byte{p}}
	all = []heldCall{
		{"Conn.Write", func() { c.Write(p) }},
		{"Conn.Recv", func() { c.Recv(make([]byte, 4096), MSG_DONTWAIT) }},
		{"Conn.Send", func() { c.Send(p, MSG_DONTWAIT) }},
		{"Conn.Recvfrom", func() { c.Recvfrom(make([]byte, 4096), MSG_DONTWAIT) }},
		{"Conn.Sendto", func() { c.Sendto(p, MSG_DONTWAIT, Sockaddr{}) }},
		{"Conn.Recvmsg", func() { c.Recvmsg(&Msg{Iov: [][]byte{make([]byte, 4096)}}, MSG_DONTWAIT) }},
		{"Conn.Sendmsg", func() { c.Sendmsg(message, MSG_DONTWAIT) }},
		{"Conn.Recvmmsg", func() { c.Recvmmsg(in, MSG_DONTWAIT) }},
		{"Conn.Sendmmsg", func() { c.Sendmmsg(out, MSG_DONTWAIT) }},
		{"Conn.SendBatch", func() { c.SendBatch(out, MSG_DONTWAIT) }},
		{"Conn.WriteBuffers", func() { c.WriteBuffers(&net.Buffers{p}) }},
	}
	c.Control(func(fd int) error {
		all = append(all,
			heldCall{"Send", func() { Send(fd, p, MSG_DONTWAIT) }},
			heldCall{"Recv", func() { Recv(fd, make([]byte, 4096), MSG_DONTWAIT) }},
			heldCall{"Sendmsg", func() { Sendmsg(fd, message, MSG_DONTWAIT) }},
			heldCall{"Recvmsg", func() { Recvmsg(fd, &Msg{Iov: [][]byte{make([]byte, 4096)}}, MSG_DONTWAIT) }},
			heldCall{"Accept", func() { Accept(fd) }},
		)
		return nil
	})
	return all
}

// inProcessOfItsOwn runs the test again in a new process. There it returns true, and the test continues. If that
// process does not end, the test fails.
func inProcessOfItsOwn(t *testing.T) bool {
	t.Helper()
	const inside = "SOCK_TEST_INSIDE"
	if os.Getenv(inside) != "" {
		return true
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "-test.v", "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), inside+"=1", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	_, exited := err.(*exec.ExitError)
	switch {
	case ctx.Err() != nil:
		t.Errorf("the new process did not end:\n%s", out)
	case exited:
		t.Errorf("%v\n%s", err, out)
	case err != nil:
		t.Skip("cannot start the test binary again:", err)
	case bytes.Contains(out, []byte("--- SKIP: ")):
		t.Skipf("skipped in the new process:\n%s", out)
	}
	return false
}
