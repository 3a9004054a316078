package sock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A receive with MSG_DONTWAIT doesn't wait for one that waits: it finds nothing, or no error in the queue, and says so.
func TestDontWaitForTurn(t *testing.T) {
	a, b := connPair(t, SOCK_DGRAM)
	received := waitingRecv(t, b)
	p := make([]byte, 1)
	for name, call := range map[string]func(flags int) error{
		"Recv":     func(flags int) error { _, err := b.Recv(p, flags); return err },
		"Recvfrom": func(flags int) error { _, _, err := b.Recvfrom(p, flags); return err },
		"Recvmsg":  func(flags int) error { _, err := b.Recvmsg(&Msg{Iov: [][]byte{p}}, flags); return err },
		"Recvmmsg": func(flags int) error { _, err := b.Recvmmsg(NewBatch(2, 1), flags); return err },
	} {
		for _, flags := range []int{MSG_DONTWAIT, MSG_DONTWAIT | MSG_ERRQUEUE} {
			if err := call(flags); !errors.Is(err, EAGAIN) {
				t.Errorf("%s(%#x) while another call waits: %v, want EAGAIN", name, flags, err)
			}
		}
	}
	if _, err := a.Send([]byte("a"), 0); err != nil {
		t.Fatal(err)
	}
	if err := <-received; err != nil {
		t.Errorf("Recv that waited: %v", err)
	}
}

// While a call waits to receive, another finds what is in the error queue: here the time at which a datagram was sent.
func TestErrorsBesideReceive(t *testing.T) {
	needKernel(t)
	udp := kind{Domain: AF_INET, Type: SOCK_DGRAM}
	a, b := listeningConn(t, udp), listeningConn(t, udp)
	aName, err := SockaddrOf(a.LocalAddr())
	check(t, err)
	bName, err := SockaddrOf(b.LocalAddr())
	check(t, err)
	check(t, a.Control(func(fd int) error {
		return Setsockopt(fd, SO_TIMESTAMPING, SoTimestamping{Flags: unix.SOF_TIMESTAMPING_SOFTWARE | unix.SOF_TIMESTAMPING_TX_SOFTWARE})
	}))
	received := waitingRecv(t, a)
	for range 3 {
		_, err := a.Sendto([]byte("a"), 0, bName)
		check(t, err)
		m := Msg{Iov: [][]byte{make([]byte, 64)}, Control: make([]byte, 256)}
		if _, err := a.Recvmsg(&m, MSG_ERRQUEUE|MSG_DONTWAIT); err != nil {
			t.Fatalf("Recvmsg(MSG_ERRQUEUE|MSG_DONTWAIT) while another call waits: %v, want the time of a datagram", err)
		}
		found(t, m, CMSG_TIMESTAMPING)
	}
	_, err = b.Sendto([]byte("b"), 0, aName)
	check(t, err)
	check(t, <-received)
}

// A send with MSG_DONTWAIT on a socket with messages doesn't wait for one that waits, and Connect waits no longer than
// its context.
func TestSendDontWaitForTurn(t *testing.T) {
	a, b := connPair(t, SOCK_DGRAM)
	p := make([]byte, 1)
	fill(t, a)
	sent := waiting(t, func() error { _, err := a.Write(p); return err })
	batch := NewBatch(1, 1)
	for name, call := range map[string]func() error{
		"Send":      func() error { _, err := a.Send(p, MSG_DONTWAIT); return err },
		"Sendto":    func() error { _, err := a.Sendto(p, MSG_DONTWAIT, Sockaddr{}); return err },
		"Sendmsg":   func() error { _, err := a.Sendmsg(&Msg{Iov: [][]byte{p}}, MSG_DONTWAIT); return err },
		"Sendmmsg":  func() error { _, err := a.Sendmmsg(batch, MSG_DONTWAIT); return err },
		"SendBatch": func() error { _, err := a.SendBatch(batch, MSG_DONTWAIT); return err },
	} {
		if err := call(); !errors.Is(err, EAGAIN) {
			t.Errorf("%s while another call waits: %v, want EAGAIN", name, err)
		}
	}
	for err := error(nil); err == nil; { // one datagram may not be enough
		_, err = b.Recv(make([]byte, 1), MSG_DONTWAIT)
	}
	check(t, <-sent)

	fill(t, a)
	sent = waiting(t, func() error { _, err := a.Write(p); return err })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := a.Connect(ctx, Unspec()); err != context.DeadlineExceeded {
		t.Errorf("Connect while another call waits: %v, want context.DeadlineExceeded", err)
	}
	check(t, a.Close())
	<-sent
}

// fill sends until a call would wait.
func fill(t *testing.T, c *Conn) {
	t.Helper()
	var err error
	for err == nil {
		_, err = c.Send(make([]byte, 1), MSG_DONTWAIT)
	}
	if !errors.Is(err, EAGAIN) {
		t.Fatalf("Send(MSG_DONTWAIT): %v, want EAGAIN", err)
	}
}

// waitingRecv is waiting for a Recv.
func waitingRecv(t *testing.T, c *Conn) <-chan error {
	return waiting(t, func() error { _, err := c.Recv(make([]byte, 1), 0); return err })
}

// waiting starts a call of a Conn and returns once it waits, and has its turn. The channel gets its error.
func waiting(t *testing.T, call func() error) <-chan error {
	t.Helper()
	waits := make(chan bool, 1)
	SetTracer(func(c Call) {
		if c.Err == EAGAIN {
			SetTracer(nil)
			waits <- true
		}
	})
	defer SetTracer(nil)
	ended := make(chan error, 1)
	go func() { ended <- call() }()
	<-waits
	return ended
}

// A receive with MSG_DONTWAIT doesn't wait for a copy in the kernel, which waits.
func TestDontWaitBesideCopy(t *testing.T) {
	a, b := connPair(t, SOCK_STREAM)
	file, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	check(t, err)
	defer file.Close()
	copied := waiting(t, func() error { _, err := b.WriteTo(file); return err })
	if _, err := b.Recv(make([]byte, 1), MSG_DONTWAIT); !errors.Is(err, EAGAIN) {
		t.Errorf("Recv beside a copy that waits: %v, want EAGAIN", err)
	}
	check(t, a.CloseWrite())
	check(t, <-copied)
}

// A deadline ends calls that wait. One with MSG_DONTWAIT doesn't.
func TestDontWaitAfterDeadline(t *testing.T) {
	a, b := connPair(t, SOCK_DGRAM)
	p := []byte("x")
	check(t, a.SetDeadline(time.Unix(1, 0)))
	check(t, b.SetDeadline(time.Unix(1, 0)))
	if n, err := a.Send(p, MSG_DONTWAIT); n != 1 || err != nil {
		t.Errorf("Send = %d, %v, want 1", n, err)
	}
	if n, err := b.Recv(p, MSG_DONTWAIT); n != 1 || err != nil {
		t.Errorf("Recv = %d, %v, want 1", n, err)
	}
	if _, err := b.Recv(p, MSG_DONTWAIT); !errors.Is(err, EAGAIN) {
		t.Errorf("Recv of nothing: %v, want EAGAIN", err)
	}
}
