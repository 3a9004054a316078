package sock_test

import (
	"errors"
	"testing"

	. "example.com/berkeley/sock"
)

// A receive with MSG_DONTWAIT doesn't wait for one that waits: it finds nothing, or no error in the queue, and says so.
func TestDontWaitForTurn(t *testing.T) {
	a, b := connPair(t, SOCK_DGRAM)
	waits := make(chan bool, 1)
	SetTracer(func(c Call) {
		if c.Err == EAGAIN {
			SetTracer(nil)
			waits <- true // and keeps its turn
		}
	})
	defer SetTracer(nil)
	received := make(chan error)
	go func() {
		_, err := b.Recv(make([]byte, 1), 0)
		received <- err
	}()
	<-waits
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
