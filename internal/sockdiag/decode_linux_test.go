package sockdiag

import (
	"encoding/binary"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// answer makes one netlink message.
func answer(kind uint16, number uint32, data []byte) []byte {
	p := message(data, 0, number)
	binary.NativeEndian.PutUint16(p[4:], kind)
	return p
}

func negative(errno sock.Errno) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
}

func TestEachMessage(t *testing.T) {
	const number = 5
	socket := func(number uint32) []byte {
		return answer(unix.SOCK_DIAG_BY_FAMILY, number, make([]byte, sizeofInetMsg))
	}
	tooLong := socket(number)
	binary.NativeEndian.PutUint32(tooLong, uint32(len(tooLong)+1))
	tooShort := socket(number)
	binary.NativeEndian.PutUint32(tooShort, unix.SizeofNlMsghdr-1)
	for _, tt := range []struct {
		name    string
		p       []byte
		visited int
		last    bool
		err     error
	}{
		{"nothing", nil, 0, false, nil},
		{"two sockets", append(socket(number), socket(number)...), 2, false, nil},
		{"a socket of another answer", socket(number - 1), 0, false, nil},
		{"the end", append(socket(number), answer(unix.NLMSG_DONE, number, make([]byte, 4))...), 1, true, nil},
		{"an end without a number", answer(unix.NLMSG_DONE, number, nil), 0, true, nil},
		{"an end that is an error", answer(unix.NLMSG_DONE, number, negative(sock.ENOENT)), 0, true, sock.ENOENT},
		{"an error", answer(unix.NLMSG_ERROR, number, negative(sock.EPERM)), 0, true, sock.EPERM},
		{"an acknowledgement", answer(unix.NLMSG_ERROR, number, make([]byte, 4)), 0, false, nil},
		{"half a header", make([]byte, unix.SizeofNlMsghdr-1), 0, false, ErrMalformed},
		{"more than there is", tooLong, 0, false, ErrMalformed},
		{"less than a header", tooShort, 0, false, ErrMalformed},
		{"no length", make([]byte, unix.SizeofNlMsghdr), 0, false, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			visited := 0
			last, err := eachMessage(tt.p, number, func([]byte) { visited++ })
			if visited != tt.visited || last != tt.last || err != tt.err {
				t.Errorf("eachMessage: %d messages, last = %t, %v; want %d, %t, %v", visited, last, err, tt.visited, tt.last, tt.err)
			}
		})
	}
}

// attribute makes a struct nlattr.
func attribute(kind uint16, value []byte) []byte {
	p := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofNlAttr+len(value)))
	p = binary.NativeEndian.AppendUint16(p, kind)
	p = append(p, value...)
	return append(p, make([]byte, -len(p)&3)...)
}

// A kernel that reports less of struct tcp_info leaves the rest zero; one that reports more is cut.
func TestInfoLengths(t *testing.T) {
	for _, length := range []int{0, 8, 104, infoSize, infoSize + 8} {
		value := make([]byte, length)
		if length > 0 {
			value[0] = sock.TCP_CLOSE_WAIT
		}
		s := Socket{Protocol: sock.IPPROTO_TCP}
		p := append(make([]byte, sizeofInetMsg), attribute(inetDiagInfo, value)...)
		isSocket := decodeInet(p, &s)
		if info, ok := s.Info(); !isSocket || !ok || length > 0 && info.State != sock.TCP_CLOSE_WAIT || info.Received != 0 {
			t.Errorf("decodeInet with %d bytes of TCP_INFO = %t, %+v; want the part that came, the rest zero", length, isSocket, s)
		}
	}
}

// Info has what struct tcp_info has at the places of these fields. Neither the kernel's struct nor Go's has padding.
func TestInfoFields(t *testing.T) {
	value, err := binary.Append(nil, binary.NativeEndian, sock.TCPInfo{
		State: sock.TCP_LAST_ACK, LastDataSent: 1, LastDataRecv: 2, Rtt: 3, SndCwnd: 4, TotalRetrans: 5, BytesAcked: 6 << 32, BytesReceived: 7 << 32,
	})
	check(t, err)
	s := Socket{Protocol: sock.IPPROTO_TCP}
	if !decodeInet(append(make([]byte, sizeofInetMsg), attribute(inetDiagInfo, value)...), &s) {
		t.Fatal("decodeInet = false, want true")
	}
	want := Info{
		State: sock.TCP_LAST_ACK, SinceSent: time.Millisecond, SinceReceived: 2 * time.Millisecond, RoundTrip: 3 * time.Microsecond,
		Cwnd: 4, Retransmits: 5, Acked: 6 << 32, Received: 7 << 32,
	}
	if got, ok := s.Info(); !ok || got != want {
		t.Errorf("Info() = %+v, %t; want %+v, true", got, ok, want)
	}
}

func TestMalformed(t *testing.T) {
	inet := func(p []byte) bool { return decodeInet(p, &Socket{}) }
	local := func(p []byte) bool { return decodeUnix(p, &Socket{}) }
	for _, tt := range []struct {
		name   string
		decode func([]byte) bool
		p      []byte
	}{
		{"short inet_diag_msg", inet, make([]byte, sizeofInetMsg-1)},
		{"inet attribute without a length", inet, make([]byte, sizeofInetMsg+4)},
		{"short unix_diag_msg", local, make([]byte, sizeofUnixMsg-1)},
		{"unix attribute that ends too late", local, append(make([]byte, sizeofUnixMsg), 9, 9, 0, 0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.decode(tt.p) {
				t.Error("decode = true, want false")
			}
		})
	}
}

// decoders are those of the families.
var decoders = []func([]byte, *Socket) bool{decodeInet, decodeUnix, decodeVsock}

func FuzzDecode(f *testing.F) {
	f.Add(append(answer(unix.SOCK_DIAG_BY_FAMILY, 1, append(make([]byte, sizeofInetMsg), attribute(inetDiagInfo, make([]byte, 104))...)),
		answer(unix.NLMSG_DONE, 1, make([]byte, 4))...), byte(0))
	f.Add(answer(unix.SOCK_DIAG_BY_FAMILY, 1, append(make([]byte, sizeofUnixMsg), attribute(unixDiagName, []byte("/x\x00"))...)), byte(1))
	f.Add(answer(unix.SOCK_DIAG_BY_FAMILY, 1, make([]byte, sizeofVsockMsg)), byte(2))
	f.Add(answer(unix.NLMSG_ERROR, 1, negative(sock.ENOENT)), byte(1))
	f.Fuzz(func(t *testing.T, p []byte, decoder byte) {
		eachMessage(p, 1, func(data []byte) {
			s := Socket{Protocol: sock.IPPROTO_TCP}
			if decoders[int(decoder)%len(decoders)](data, &s) {
				_, _ = s.Local.String(), s.Remote.String()
				s.Info()
			}
		})
	})
}
