//go:build !race

package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"
)

func TestMessagesDontAllocate(t *testing.T) {
	a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	to := name(t, b)
	out, in := NewBatch(8, 64), NewBatch(8, 64)
	in.SetControlSize(64)
	for i := range 8 {
		out.Msg(i).Name = to
	}
	allocFree(t, []allocCall{
		{"Sendmsg, Recvmsg", nil, func() error {
			var p [64]byte
			var control [64]byte
			_, err := Sendmsg(a, &Msg{Name: to, Iov: [][]byte{p[:32], p[32:]}}, 0)
			_, err2 := Recvmsg(b, &Msg{Iov: [][]byte{p[:], p[:]}, Control: control[:]}, 0)
			return both(err, err2)
		}},
		{"Sendmsg, Recvmsg with many buffers", nil, func() error {
			var p [64]byte
			var bufs [64][]byte
			for i := range bufs {
				bufs[i] = p[i : i+1]
			}
			_, err := Sendmsg(a, &Msg{Name: to, Iov: bufs[:]}, 0)
			_, err2 := Recvmsg(b, &Msg{Iov: bufs[:]}, 0)
			return both(err, err2)
		}},
		{"Recvmsg of nothing", EAGAIN, func() error {
			var p [64]byte
			_, err := Recvmsg(b, &Msg{Iov: [][]byte{p[:]}}, MSG_DONTWAIT)
			return err
		}},
		{"Sendmmsg, Recvmmsg", nil, func() error {
			_, err := Sendmmsg(a, out, 0)
			_, err2 := Recvmmsg(b, in, 0, nil)
			return both(err, err2)
		}},
		{"SendBatch, Recvmmsg", nil, func() error {
			_, err := SendBatch(a, out, 0)
			_, err2 := Recvmmsg(b, in, 0, nil)
			return both(err, err2)
		}},
		{"batches, bad descriptor", EBADF, func() error {
			_, err := Sendmmsg(-1, out, 0)
			_, err2 := SendBatch(-1, out, 0)
			_, err3 := Recvmmsg(-1, in, 0, nil)
			return both(err, both(err2, err3))
		}},
		{"Recvmmsg of nothing", EAGAIN, func() error {
			_, err := Recvmmsg(b, in, MSG_DONTWAIT, nil)
			return err
		}},
	})
}
