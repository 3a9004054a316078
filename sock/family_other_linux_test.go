package sock_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

func algAddr(t testing.TB, typ, name string) Sockaddr {
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
		{XDP(XDPAddr{XDP_COPY, 3, 4, 5}), 16, "2c000200" + "03000000" + "04000000" + "05000000", "002c0002" + "00000003" + "00000004" + "00000005"},
		{CAN(CANAddr{3, 0x123, 0x321}), 24, "1d000000" + "03000000" + "23010000" + "21030000" + zeros(8),
			"001d0000" + "00000003" + "00000123" + "00000321" + zeros(8)},
		{algAddr(t, "hash", "sha256"), 88, "2600" + hash, "0026" + hash},
	}
	for _, test := range tests {
		want := test.little
		if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
			want = test.big
		}
		if got := hex.EncodeToString(test.sa.AppendTo(nil)); got != want || test.sa.Len() != test.length {
			t.Errorf("%v has %d bytes,\n%s, want\n%s", test.sa, test.sa.Len(), got, want)
		}
	}
}

func TestRareDecode(t *testing.T) {
	can, xdp := CANAddr{3, 0x123, 0x321}, XDPAddr{XDP_COPY, 3, 4, 5}
	if got, ok := CAN(can).CAN(); got != can || !ok {
		t.Errorf("CAN() = %+v, %t, want %+v, true", got, ok, can)
	}
	if got, ok := XDP(xdp).XDP(); got != xdp || !ok {
		t.Errorf("XDP() = %+v, %t, want %+v, true", got, ok, xdp)
	}
	if _, ok := XDP(xdp).CAN(); ok {
		t.Error("CAN accepts an AF_XDP address")
	}
	if _, ok := CAN(can).XDP(); ok {
		t.Error("XDP accepts an AF_CAN address")
	}
	if got, ok := raw(t, AF_CAN, "\x00\x00\x03").CAN(); ok {
		t.Errorf("CAN of a truncated address = %+v, want none", got)
	}
	tooLarge := int(^uint(0) >> 1) // a valid index on 32-bit machines
	if got, _ := CAN(CANAddr{Ifindex: tooLarge}).CAN(); got.Ifindex != -1 && got.Ifindex != tooLarge {
		t.Errorf("Ifindex = %d, want -1, or %d if it fits", got.Ifindex, tooLarge)
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
			t.Errorf("ALG(%q, %q) = %v, %v, want %v", test.typ, test.name, sa, err, test.want)
		}
	}
}

// The kernel looks up the interface before it checks the rings, so its errors show that it has understood the address.
func TestXDP(t *testing.T) {
	needKernel(t)
	fd := rawSocket(t, AF_XDP, SOCK_RAW, 0)
	for _, test := range []struct {
		sa   Sockaddr
		want error
	}{
		{XDP(XDPAddr{Ifindex: math.MaxInt32}), ENODEV},
		{XDP(XDPAddr{Ifindex: int(lo(t).index)}), EINVAL},
		{XDP(XDPAddr{Flags: math.MaxUint16, Ifindex: math.MaxInt32}), EINVAL},
		{raw(t, AF_XDP, ""), EINVAL},
	} {
		if err := Bind(fd, test.sa); err != test.want {
			t.Errorf("Bind to %v = %v, want %v", test.sa, err, test.want)
		}
	}
}

// Few kernels support these families: the others return an error from socket(2) or bind(2).
func TestRareFamilies(t *testing.T) {
	tests := []struct {
		name               string
		domain, typ, proto int
		sa                 Sockaddr
		refusals           []error
	}{
		{"can", AF_CAN, SOCK_RAW, CAN_RAW, CAN(CANAddr{}), nil},
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
		t.Skip("this kernel does not support MPTCP:", err)
	}
	check(t, err)
	defer Close(l)
	client := socket(t, AF_INET, SOCK_STREAM, IPPROTO_MPTCP)
	check(t, Connect(client, name(t, l)))
	server := accepted(t, l)
	for _, way := range [][2]int{{client, server}, {server, client}} {
		_, err := SendAll(way[0], []byte("Hello, world"), 0)
		check(t, err)
		check(t, Shutdown(way[0], SHUT_WR))
		if p, err := RecvAll(way[1], 100); string(p) != "Hello, world" || err != nil {
			t.Errorf("received %q, %v", p, err)
		}
	}
	info, err := Getsockopt(client, MPTCP_INFO)
	if check(t, err); info.Token == 0 {
		t.Error("Getsockopt(MPTCP_INFO): Token = 0, want the connection's")
	}
	t.Run("TCP_IS_MPTCP", func(t *testing.T) {
		for _, fd := range []int{client, server} {
			is, err := Getsockopt(fd, TCP_IS_MPTCP)
			if needOption(t, TCP_IS_MPTCP, err); !is {
				t.Error("Getsockopt(TCP_IS_MPTCP) = false, want true")
			}
		}
	})
}

// A datagram is dropped if its checksum covers less of it than the receiver requires.
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
		t.Errorf("received %q from %v", p, from)
	}
}

// Every Accept on AF_ALG returns a new operation at once. Deadlines and Close still end a loop of them.
func TestALGConn(t *testing.T) {
	l := connOf(t, algorithm(t, "hash", "sha256"))
	for range 2 {
		op, err := l.Accept()
		check(t, err)
		defer op.Close()
		for i, part := range []string{"a", "bc"} {
			flags := []int{MSG_MORE, 0}[i]
			if n, err := op.Send([]byte(part), flags); n != len(part) || err != nil {
				t.Errorf("Send = %d, %v", n, err)
			}
		}
		want := sha256.Sum256([]byte("abc"))
		var got [len(want)]byte
		if n, err := op.Read(got[:]); got != want || err != nil {
			t.Errorf("digest = %x, %v, want %x", got[:n], err, want)
		}
	}
	check(t, l.SetDeadline(time.Unix(1, 0)))
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Accept = %v, want the deadline's error", err)
	}
	check(t, l.SetDeadline(time.Time{}))
	closing := make(chan error, 1)
	for i := 0; ; i++ {
		op, err := l.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("Accept = %v, want net.ErrClosed", err)
			}
			break
		}
		check(t, op.Close())
		if i == 0 {
			go func() { closing <- l.Close() }()
		}
	}
	check(t, <-closing)
}
