package sock_test

import (
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// refusals are receives with room for control messages that fail, on sockets that can have descriptors to give.
var refusals = []struct {
	name  string
	typ   int
	flags int
	want  Errno
}{
	{"no urgent byte", SOCK_STREAM, MSG_OOB, EINVAL},
	{"no urgent bytes in datagrams", SOCK_DGRAM, MSG_OOB, EOPNOTSUPP},
}

// A receive that fails isn't repeated without MSG_CMSG_CLOEXEC: a descriptor that came just then would be inherited by a
// program that another thread starts.
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
					t.Errorf("%s = %d, %v; want %v", name, n, err, r.want)
				}
				checkLineStarts(t, lines, name+"(", "getsockopt(")
				if !strings.Contains(lines[0], "MSG_CMSG_CLOEXEC") {
					t.Errorf("the call is\n%s", lines[0])
				}
			}
		})
	}
}

func checkLineStarts(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for i := range max(len(lines), len(want)) {
		if i >= len(lines) || i >= len(want) || !strings.HasPrefix(lines[i], want[i]) {
			t.Fatalf("the calls are %q; want %q", lines, want)
		}
	}
}

// The families that refuse MSG_CMSG_CLOEXEC can be received from all the same, with room for control messages.
func TestReceivesOfRefusingFamilies(t *testing.T) {
	needKernel(t)
	for _, family := range []struct {
		name               string
		domain, typ, proto int
		want               Errno // of a socket that isn't bound and has nothing
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
				t.Errorf("Recvmsg = %d, %v; want %v", n, err, family.want)
			}
			batch := NewBatch(1, 8)
			batch.SetControlSize(64)
			if n, err := Recvmmsg(fd, batch, MSG_DONTWAIT, nil); n != 0 || err != family.want {
				t.Errorf("Recvmmsg = %d, %v; want %v", n, err, family.want)
			}
		})
	}
}
