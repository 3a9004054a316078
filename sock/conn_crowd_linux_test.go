package sock_test

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// crowded is a receiver whose queue others have filled, and a Conn that is to send to it.
type crowded struct {
	receiver int
	to       Sockaddr
	sender   *Conn
}

// drain makes room in the receiver's queue.
func (c crowded) drain() {
	for err := error(nil); err == nil; {
		_, err = Recv(c.receiver, make([]byte, 1), MSG_DONTWAIT)
	}
}

// forEachCrowd tests with the receivers whose queue no poller reports, and with a sender that is connected to another one.
func forEachCrowd(t *testing.T, test func(t *testing.T, c crowded)) {
	for _, kind := range []struct {
		name                  string
		domain, typ, protocol int
		any                   Sockaddr // where the kernel picks an address
		connected             bool
	}{
		{"unix", AF_UNIX, SOCK_DGRAM, 0, Unnamed(), false},
		{"unix, connected to another", AF_UNIX, SOCK_DGRAM, 0, Unnamed(), true},
		{"netlink", AF_NETLINK, SOCK_RAW, unix.NETLINK_USERSOCK, Netlink(0, 0), false},
	} {
		t.Run(kind.name, func(t *testing.T) {
			open := func() int {
				fd, err := Socket(kind.domain, kind.typ, kind.protocol)
				checkSocket(t, err)
				own(t, fd)
				check(t, Bind(fd, kind.any))
				return fd
			}
			c := crowded{receiver: open()}
			c.to = name(t, c.receiver)
			other := open()
			var err error
			for err == nil {
				_, err = Sendto(other, make([]byte, 1), MSG_DONTWAIT, c.to)
			}
			if err != EAGAIN {
				t.Fatalf("Sendto(MSG_DONTWAIT): %v, want EAGAIN", err)
			}
			fd := open()
			if kind.connected {
				check(t, Connect(fd, name(t, open())))
			}
			c.sender = conn(t, fd)
			test(t, c)
		})
	}
}

func TestSendToCrowdedReceiver(t *testing.T) {
	forEachCrowd(t, func(t *testing.T, c crowded) {
		const attempts = 8 // after so many, it no longer relies on the poller
		var tried atomic.Int32
		often := make(chan bool)
		SetTracer(func(call Call) {
			if call.Err == EAGAIN && tried.Add(1) == attempts {
				close(often)
			}
		})
		defer SetTracer(nil)
		sent := make(chan error, 1)
		go func() { _, err := c.sender.Sendto(make([]byte, 1), 0, c.to); sent <- err }()
		<-often
		SetTracer(nil)
		c.drain()
		if err := <-sent; err != nil {
			t.Errorf("Sendto: %v", err)
		}
	})
}

// A Conn that waits for a crowded receiver makes few attempts, however long it waits.
func TestCrowdedReceiverCostsLittle(t *testing.T) {
	forEachCrowd(t, func(t *testing.T, c crowded) {
		var attempts atomic.Int32
		SetTracer(func(Call) { attempts.Add(1) })
		defer SetTracer(nil)
		begin := time.Now()
		check(t, c.sender.SetDeadline(begin.Add(200*time.Millisecond)))
		if _, err := c.sender.Sendto(make([]byte, 1), 0, c.to); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Sendto: %v, want os.ErrDeadlineExceeded", err)
		}
		// 15 before a pause is the longest, of 16 ms.
		if most := int32(15 + time.Since(begin)/(16*time.Millisecond)); attempts.Load() > most {
			t.Errorf("Sendto made %d calls, want at most %d", attempts.Load(), most)
		}
	})
}
