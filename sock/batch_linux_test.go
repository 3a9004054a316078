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
