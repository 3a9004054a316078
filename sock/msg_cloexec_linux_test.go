package sock_test

import (
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// refusals are receives that have space for control messages and fail, on sockets that can carry descriptors.
var refusals = []struct {
	name  string
	typ   int
	flags int
	want  Errno
}{
	{"no urgent byte", SOCK_STREAM, MSG_OOB, EINVAL},
	{"datagrams have no urgent bytes", SOCK_DGRAM, MSG_OOB, EOPNOTSUPP},
}

// A receive that fails is not repeated without MSG_CMSG_CLOEXEC. If a descriptor arrived meanwhile, a program that
// another thread starts would inherit it.
func TestReceivesStayCloseOnExec(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			a, _ := pair(t, r.typ)
			batch := NewBatch(2, 8)
			batch.SetControlSize(64)
			for name, receive := range map[string]func() (int, error){
				"recvmsg": func() (int, error) {
					return Recvmsg(a, &Msg{Iov: [][]byte{make([]byte, 8)}, Control: make([]byte, 64)}, r.flags|MSG_DONTWAIT)
				},
				"recvmmsg": func() (int, error) { return Recvmmsg(a, batch, r.flags|MSG_DONTWAIT, nil) },
			} {
				var n int
				var err error
				lines := linesOf(func() { n, err = receive() })
				if n != 0 || err != r.want {
					t.Errorf("%s = %d, %v, want %v", name, n, err, r.want)
				}
				checkLineStarts(t, lines, name+"(", "getsockopt(")
				if !strings.Contains(lines[0], "MSG_CMSG_CLOEXEC") {
					t.Errorf("got the call\n%s, want MSG_CMSG_CLOEXEC in it", lines[0])
				}
			}
		})
	}
}

func checkLineStarts(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for i := range max(len(lines), len(want)) {
		if i >= len(lines) || i >= len(want) || !strings.HasPrefix(lines[i], want[i]) {
			t.Fatalf("got calls %q, want %q", lines, want)
		}
	}
}

// Recvmsg and Recvmmsg work with control buffers even on the families that refuse MSG_CMSG_CLOEXEC.
func TestReceivesOfRefusingFamilies(t *testing.T) {
	needKernel(t)
	for _, family := range []struct {
		name               string
		domain, typ, proto int
		want               Errno // from an unbound socket without data
	}{
		{"packet", AF_PACKET, SOCK_RAW, 0, EAGAIN},
		{"key", AF_KEY, SOCK_RAW, 2, EAGAIN},
		{"isotp", AF_CAN, SOCK_DGRAM, CAN_ISOTP, EADDRNOTAVAIL},
		{"j1939", AF_CAN, SOCK_DGRAM, CAN_J1939, EAGAIN},
		{"mctp", AF_MCTP, SOCK_DGRAM, 0, EAGAIN},
		{"phonet", AF_PHONET, SOCK_DGRAM, 0, EAGAIN},
	} {
		t.Run(family.name, func(t *testing.T) {
			fd := rawSocket(t, family.domain, family.typ, family.proto)
			m := Msg{Iov: [][]byte{make([]byte, 8)}, Control: make([]byte, 64)}
			if n, err := Recvmsg(fd, &m, MSG_DONTWAIT); n != 0 || err != family.want {
				t.Errorf("Recvmsg = %d, %v, want %v", n, err, family.want)
			}
			batch := NewBatch(1, 8)
			batch.SetControlSize(64)
			if n, err := Recvmmsg(fd, batch, MSG_DONTWAIT, nil); n != 0 || err != family.want {
				t.Errorf("Recvmmsg = %d, %v, want %v", n, err, family.want)
			}
		})
	}
}
