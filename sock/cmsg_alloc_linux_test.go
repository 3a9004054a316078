//go:build !race

package sock_test

import (
	"net/netip"
	"testing"

	. "example.com/berkeley/sock"
)

func TestCmsgsDontAllocate(t *testing.T) {
	needInlining(t)
	refused := ExtendedError{Errno: ECONNREFUSED, Offender: inet("127.0.0.1:0")}
	var room [256]byte
	info := In6Pktinfo{netip.IPv6Loopback(), 1}
	allocFree(t, []allocCall{
		{"AppendCmsg, Cmsgs", nil, func() error {
			control := AppendCmsg(AppendCmsg(room[:0], 1, 2, []byte("abc")), 3, 4, []byte("def"))
			sum := 0
			for c := range Cmsgs(control) {
				sum += c.Level
			}
			return holds(sum == 4)
		}},
		{"CmsgType.Append, CmsgType.Parse", nil, func() error {
			control := CMSG_IP_TTL.Append(room[:0], 64)
			control = CMSG_IPV6_PKTINFO.Append(control, info)
			control = CMSG_TIMESTAMPNS.Append(control, sometime)
			control = CMSG_RECVERR.Append(control, refused)
			found := 0
			for c := range Cmsgs(control) {
				if ttl, ok := CMSG_IP_TTL.Parse(c); ok && ttl == 64 {
					found++
				}
				if got, ok := CMSG_IPV6_PKTINFO.Parse(c); ok && got == info {
					found++
				}
				if got, ok := CMSG_TIMESTAMPNS.Parse(c); ok && got == sometime {
					found++
				}
				if got, ok := CMSG_RECVERR.Parse(c); ok && got == refused {
					found++
				}
			}
			return holds(found == 4)
		}},
	})
}

func TestControlMessagesDontAllocate(t *testing.T) {
	a, b := pair(t, SOCK_DGRAM)
	allocFree(t, []allocCall{
		{"AppendRights, CmsgType.Append to the stack", nil, func() error {
			var buf [64]byte
			control := CMSG_IP_TTL.Append(AppendRights(buf[:0], 1, 2), 64)
			return holds(len(control) == CmsgSpace(8)+CmsgSpace(4))
		}},
		{"SendFds, Recvmsg", nil, func() error {
			var p [8]byte
			_, err := SendFds(a, p[:], 0)
			_, err2 := Recvmsg(b, &Msg{Iov: [][]byte{p[:]}}, 0)
			return both(err, err2)
		}},
		{"RecvFds without descriptors", nil, func() error {
			var p [8]byte
			_, err := Send(a, p[:], 0)
			n, fds, err2 := RecvFds(b, p[:], 4)
			return both(both(err, err2), holds(n == len(p) && fds == nil))
		}},
		{"RecvFds, bad descriptor", EBADF, func() error {
			var p [8]byte
			_, _, err := RecvFds(-1, p[:], 4)
			return err
		}},
		{"SendFds, bad descriptor", EBADF, func() error {
			var p [8]byte
			_, err := SendFds(-1, p[:], 0)
			_, err2 := SendFds(-1, nil, 0)
			return both(err, err2)
		}},
	})
}
