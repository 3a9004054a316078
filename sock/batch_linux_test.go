package sock_test

import (
	"errors"
	"math"
	"testing"

	"example.com/berkeley/sock"
)

func TestNewBatchTooLarge(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("NewBatch of too many messages returned, want a panic")
		}
	}()
	sock.NewBatch(math.MaxInt, 0)
}

func TestConnSendBatchOfNone(t *testing.T) {
	c, _ := connPair(t, sock.SOCK_DGRAM)
	if n, err := c.SendBatch(nil, 0); n != 0 || !errors.Is(err, sock.EFAULT) {
		t.Errorf("SendBatch(nil) = %d, %v; want EFAULT", n, err)
	}
}

// What messages are sent with stays the caller's: neither SetControlSize nor Resize gives them control messages.
func TestControlSizeAndResize(t *testing.T) {
	a, b := pair(t, sock.SOCK_DGRAM)
	batch := sock.NewBatch(1, 8)
	batch.SetControlSize(64)
	batch.Resize(2)
	if n, err := sock.Sendmmsg(a, batch, 0); n != 2 || err != nil {
		t.Errorf("Sendmmsg = %d, %v; want 2", n, err)
	}
	received := sock.NewBatch(1, 8)
	check(t, sock.Setsockopt(b, sock.SO_PASSCRED, true))
	for _, size := range []int{sock.CmsgSpace(12), 0} {
		received.SetControlSize(size)
		if _, err := sock.Recvmmsg(b, received, 0, nil); err != nil || (len(received.Msg(0).Control) > 0) != (size > 0) {
			t.Errorf("with SetControlSize(%d): received %d bytes of control messages, %v", size, len(received.Msg(0).Control), err)
		}
	}
}
