package sock_test

import (
	"errors"
	"testing"

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

// waitingRecv starts a Recv and returns once it waits, and has its turn. The channel gets its error.
func waitingRecv(t *testing.T, c *Conn) <-chan error {
	waits := make(chan bool, 1)
	SetTracer(func(c Call) {
		if c.Err == EAGAIN {
			SetTracer(nil)
			waits <- true
		}
	})
	defer SetTracer(nil)
	received := make(chan error, 1)
	go func() {
		_, err := c.Recv(make([]byte, 1), 0)
		received <- err
	}()
	<-waits
	return received
}
