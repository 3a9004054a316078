package sock_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func algAddr(t *testing.T, typ, name string) Sockaddr {
	t.Helper()
	sa, err := ALG(typ, name)
	check(t, err)
	return sa
}

func TestRareGoldenBytes(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("00", n) }
	hash := hex.EncodeToString([]byte("hash")) + zeros(10) + zeros(8) + hex.EncodeToString([]byte("sha256")) + zeros(58)
	tests := []struct {
		sa          Sockaddr
		length      int
		little, big string
	}{
		{XDP(XDP_COPY, 3, 4, 5), 16, "2c000200" + "03000000" + "04000000" + "05000000", "002c0002" + "00000003" + "00000004" + "00000005"},
		{CAN(3, 0x123, 0x321), 24, "1d000000" + "03000000" + "23010000" + "21030000" + zeros(8),
			"001d0000" + "00000003" + "00000123" + "00000321" + zeros(8)},
		{algAddr(t, "hash", "sha256"), 88, "2600" + hash, "0026" + hash},
	}
	for _, test := range tests {
		want := test.little
		if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
			want = test.big
		}
		if got := hex.EncodeToString(test.sa.AppendTo(nil)); got != want || test.sa.Len() != test.length {
			t.Errorf("%v has %d bytes,\n%s; want\n%s", test.sa, test.sa.Len(), got, want)
		}
	}
}

func TestALGRefuses(t *testing.T) {
	for _, test := range []struct {
		typ, name string
		want      error
	}{
		{strings.Repeat("t", 13), strings.Repeat("n", 63), nil},
		{strings.Repeat("t", 14), "", EINVAL},
		{"", strings.Repeat("n", 64), EINVAL},
		{"ha\x00sh", "sha256", EINVAL},
		{"hash", "\x00", EINVAL},
	} {
		sa, err := ALG(test.typ, test.name)
		if err != test.want || sa.IsZero() != (err != nil) {
			t.Errorf("ALG(%q, %q) = %v, %v; want %v", test.typ, test.name, sa, err, test.want)
		}
	}
}

// The kernel looks for the interface before it misses the rings, so its errors tell that it understood the address.
func TestXDP(t *testing.T) {
	needKernel(t)
	fd := rawSocket(t, AF_XDP, SOCK_RAW, 0)
	for _, test := range []struct {
		sa   Sockaddr
		want error
	}{
		{XDP(0, math.MaxInt32, 0, 0), ENODEV},
		{XDP(0, lo(t).index, 0, 0), EINVAL},
		{XDP(math.MaxUint16, math.MaxInt32, 0, 0), EINVAL},
		{raw(t, AF_XDP, ""), EINVAL},
	} {
		if err := Bind(fd, test.sa); err != test.want {
			t.Errorf("Bind to %v = %v; want %v", test.sa, err, test.want)
		}
	}
}

// Few kernels have these families: the others say so, to socket(2) or to bind(2).
func TestRareFamilies(t *testing.T) {
	tests := []struct {
		name               string
		domain, typ, proto int
		sa                 Sockaddr
		refusals           []error
	}{
		{"can", AF_CAN, SOCK_RAW, CAN_RAW, CAN(0, 0, 0), nil},
		{"alg", AF_ALG, SOCK_SEQPACKET, 0, algAddr(t, "hash", "sha256"), []error{ENOENT}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fd := socket(t, test.domain, test.typ, test.proto)
			if err := Bind(fd, test.sa); err != nil && !slices.Contains(test.refusals, err) {
				t.Errorf("Bind to %v = %v", test.sa, err)
			}
		})
	}
}

func TestMPTCP(t *testing.T) {
	needKernel(t)
	l, err := CreateServer(inet("127.0.0.1:0"), ServerOptions{Protocol: IPPROTO_MPTCP})
	if errors.Is(err, EPROTONOSUPPORT) || errors.Is(err, ENOPROTOOPT) {
		t.Skip("this kernel has no MPTCP: ", err)
	}
	check(t, err)
	defer Close(l)
	client := socket(t, AF_INET, SOCK_STREAM, IPPROTO_MPTCP)
	check(t, Connect(client, name(t, l)))
	server := accepted(t, l)
	for _, fd := range []int{client, server} {
		if is, err := Getsockopt(fd, TCP_IS_MPTCP); !is || err != nil {
			t.Errorf("TCP_IS_MPTCP is %t, %v", is, err)
		}
	}
	for _, way := range [][2]int{{client, server}, {server, client}} {
		_, err := SendAll(way[0], []byte("Hello, world"), 0)
		check(t, err)
		check(t, Shutdown(way[0], SHUT_WR))
		if p, err := RecvAll(way[1], 100); string(p) != "Hello, world" || err != nil {
			t.Errorf("%q came, %v", p, err)
		}
	}
	info, err := Getsockopt(client, MPTCP_INFO)
	if check(t, err); info.Token == 0 {
		t.Error("the connection has no token")
	}
}

// A receiver may ask for a checksum over more of a datagram than its sender made it over: such a one is dropped.
func TestUDPLite(t *testing.T) {
	needKernel(t)
	const header, text = 8, "covered"
	var fds [2]int
	for i := range fds {
		fds[i] = socket(t, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)
		check(t, Bind(fds[i], inet("127.0.0.1:0")))
	}
	check(t, Setsockopt(fds[1], UDPLITE_RECV_CSCOV, header+len(text)))
	for _, coverage := range []int{header, header + len(text)} {
		check(t, Setsockopt(fds[0], UDPLITE_SEND_CSCOV, coverage))
		sendTo(t, fds[0], []byte(text+string(rune('0'+coverage-header))), name(t, fds[1]))
	}
	p, from := receiveFrom(t, fds[1])
	if string(p) != text+"7" || from != name(t, fds[0]) {
		t.Errorf("%q came from %v", p, from)
	}
}
