package sock_test

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// controlTest tests a value of a CmsgType: run converts it to bytes and back.
type controlTest struct {
	name       string
	level, typ int
	run        func(t *testing.T)
	read       func(c Cmsg) bool
}

func trip[T comparable](control CmsgType[T], v T) controlTest {
	read := func(c Cmsg) bool { _, ok := control.Parse(c); return ok }
	return controlTest{control.String(), control.Level(), control.Type(), func(t *testing.T) {
		b := control.Append(nil, v)
		c := only(t, b)
		if c.Level != control.Level() || c.Type != control.Type() {
			t.Errorf("level %d, type %d, want %d, %d", c.Level, c.Type, control.Level(), control.Type())
		}
		if got, ok := control.Parse(c); !ok || got != v {
			t.Errorf("%+v became %+v, %t", v, got, ok)
		}
		var zero T
		for _, other := range []Cmsg{{c.Level + 1, c.Type, c.Data}, {c.Level, c.Type + 100, c.Data}, {c.Level, c.Type, nil},
			{c.Level, c.Type, make([]byte, 3)}} {
			if got, ok := control.Parse(other); ok || got != zero {
				t.Errorf("Parse(%+v) = %+v, %t, want the zero value, false", other, got, ok)
			}
		}
	}, read}
}

// only returns the single control message of a buffer.
func only(t testing.TB, b []byte) (c Cmsg) {
	t.Helper()
	count := 0
	for c = range Cmsgs(b) {
		count++
	}
	if count != 1 {
		t.Fatalf("%x has %d messages, want 1", b, count)
	}
	return c
}

var (
	localhost  = netip.MustParseAddr("127.0.0.1")
	sometime   = time.Unix(1700000000, 123456789)
	sometime2  = time.Unix(1700000001, 1)
	micro      = sometime.Truncate(time.Microsecond)
	controlRow = []controlTest{
		trip(CMSG_CREDENTIALS, Ucred{-1, math.MaxUint32, 3}),
		trip(CMSG_PIDFD, 7),
		trip(CMSG_SO_PRIORITY, 6),
		trip(CMSG_SO_MARK, math.MaxUint32),
		trip(CMSG_SO_RXQ_OVFL, math.MaxUint32),
		trip(CMSG_WIFI_STATUS, 1),
		trip(CMSG_TXTIME, math.MaxUint64),
		trip(CMSG_TS_OPT_ID, 9),
		trip(CMSG_INQ, 10),
		trip(CMSG_SO_TIMESTAMPING, 2),
		trip(CMSG_TIMESTAMP, micro),
		trip(CMSG_TIMESTAMPNS, sometime),
		trip(CMSG_TIMESTAMPING, Timestamping{Software: sometime, Hardware: sometime2}),
		trip(CMSG_TIMESTAMPING, Timestamping{Converted: sometime}),
		trip(CMSG_TIMESTAMPING_PKTINFO, TimestampingPktinfo{1, 64}),
		trip(CMSG_IP_TOS, 0x10),
		trip(CMSG_IP_TTL, 64),
		trip(CMSG_IP_PKTINFO, InPktinfo{1, localhost, netip.MustParseAddr("224.0.0.1")}),
		trip(CMSG_IP_ORIGDSTADDR, inet("127.0.0.1:80")),
		trip(CMSG_IP_CHECKSUM, 0xffff),
		trip(CMSG_IP_RECVFRAGSIZE, 1500),
		trip(CMSG_IP_PROTOCOL, IPPROTO_UDP),
		trip(CMSG_IPV6_FLOWINFO, 0x12345),
		trip(CMSG_IPV6_PKTINFO, In6Pktinfo{netip.IPv6LinkLocalAllNodes(), 2}),
		trip(CMSG_IPV6_HOPLIMIT, -1),
		trip(CMSG_IPV6_PATHMTU, PathMTU{inet("[::1]:80"), 1280}),
		trip(CMSG_IPV6_DONTFRAG, 1),
		trip(CMSG_IPV6_TCLASS, 0x20),
		trip(CMSG_IPV6_ORIGDSTADDR, inet("[fe80::1%2]:80")),
		trip(CMSG_IPV6_RECVFRAGSIZE, 1280),
		trip(CMSG_RECVERR, ExtendedError{ECONNREFUSED, SO_EE_ORIGIN_ICMP, 3, 3, 0, 0, inet("127.0.0.1:0")}),
		trip(CMSG_RECVERR, ExtendedError{EMSGSIZE, SO_EE_ORIGIN_ICMP6, 2, 0, 1280, 0, inet("[fe80::1%2]:0")}),
		trip(CMSG_RECVERR, ExtendedError{Origin: SO_EE_ORIGIN_ZEROCOPY, Info: 1, Data: 2}),
		trip(CMSG_TCP_CM_INQ, 5),
		trip(CMSG_UDP_SEGMENT, 65535),
		trip(CMSG_UDP_GRO, 1200),
		trip(CMSG_TLS_SET_RECORD_TYPE, 255),
		trip(CMSG_TLS_GET_RECORD_TYPE, 23),
		trip(CMSG_PACKET_AUXDATA, Auxdata{1, 2, 3, 4, 5, 6, 7}),
		trip(CMSG_NETLINK_PKTINFO, 3),
		trip(CMSG_NETLINK_LISTEN_ALL_NSID, -1),
		trip(CMSG_ALG_SET_IV, "0123456789abcdef"),
		trip(CMSG_ALG_SET_OP, 1),
		trip(CMSG_ALG_SET_AEAD_ASSOCLEN, 16),
	}
)

func TestControls(t *testing.T) {
	for i, test := range controlRow {
		t.Run(test.name+"/"+strconv.Itoa(i), test.run)
	}
}

// A value that C's type cannot hold becomes a message without data, which the kernel refuses.
func TestControlOutOfRange(t *testing.T) {
	v6, long := netip.IPv6Loopback(), raw(t, AF_INET, strings.Repeat("x", 100))
	tests := map[string][]byte{
		"uint16":             CMSG_UDP_SEGMENT.Append(nil, 1<<16),
		"negative uint16":    CMSG_UDP_SEGMENT.Append(nil, -1),
		"byte":               CMSG_TLS_SET_RECORD_TYPE.Append(nil, 256),
		"IPv6 as IPv4":       CMSG_IP_PKTINFO.Append(nil, InPktinfo{SpecDst: v6}),
		"IPv6 as IPv4's own": CMSG_IP_PKTINFO.Append(nil, InPktinfo{Addr: v6}),
		"vector":             CMSG_ALG_SET_IV.Append(nil, strings.Repeat("x", 61)),
		"too long":           CMSG_IP_ORIGDSTADDR.Append(nil, long),
		"unix address":       CMSG_IPV6_ORIGDSTADDR.Append(nil, Unnamed()),
		"error's unix name":  CMSG_RECVERR.Append(nil, ExtendedError{Offender: Unnamed()}),
		"error's address":    CMSG_RECVERR.Append(nil, ExtendedError{Offender: long}),
		"no IPv6":            CMSG_IPV6_PATHMTU.Append(nil, PathMTU{inet("127.0.0.1:0"), 1280}),
	}
	if strconv.IntSize > 32 {
		tooLarge := 64 | 1<<(40%strconv.IntSize)
		tests["errno"] = CMSG_RECVERR.Append(nil, ExtendedError{Errno: Errno(tooLarge)})
		tests["int"] = CMSG_IP_TTL.Append(nil, tooLarge)
		tests["Ifindex"] = CMSG_IP_PKTINFO.Append(nil, InPktinfo{Ifindex: tooLarge})
		tests["IPv6 Ifindex"] = CMSG_IPV6_PKTINFO.Append(nil, In6Pktinfo{Ifindex: tooLarge})
		if fds, _ := ParseRights(only(t, AppendRights(nil, tooLarge))); !slices.Equal(fds, []int{-1}) {
			t.Errorf("ParseRights of a descriptor that is too large = %v, want -1", fds)
		}
	} else {
		tests["time"] = CMSG_TIMESTAMPING.Append(nil, Timestamping{sometime, sometime, time.Unix(1<<32, 0)})
	}
	for name, b := range tests {
		if c := only(t, b); len(c.Data) != 0 {
			t.Errorf("%s: got data %x, want none", name, c.Data)
		}
	}
}

func ints[T any](order func([]byte, T) []byte, v ...T) (b []byte) {
	for _, n := range v {
		b = order(b, n)
	}
	return b
}

// The old message types hold times in machine words, the new ones in 64 bits; every machine parses both.
func TestTimeLayouts(t *testing.T) {
	const tsOld, tsNew, nsOld, nsNew, tingOld, tingNew = 29, 63, 35, 64, 37, 65
	words := func(v ...uint32) []byte { return ints(binary.NativeEndian.AppendUint32, v...) }
	longs := func(v ...uint64) []byte { return ints(binary.NativeEndian.AppendUint64, v...) }
	for _, test := range []struct {
		typ  int
		data []byte
		want time.Time
	}{
		{tsOld, words(1, 2), time.Unix(1, 2000)},
		{tsOld, longs(1, 2), time.Unix(1, 2000)},
		{tsNew, longs(1<<32, 2), time.Unix(1<<32, 2000)},
		{nsOld, words(1, 2), time.Unix(1, 2)},
		{nsOld, longs(1, 2), time.Unix(1, 2)},
		{nsNew, longs(1<<32, 2), time.Unix(1<<32, 2)},
		{tingOld, words(0, 0, 0, 0, 1, 2), time.Unix(1, 2)},
		{tingOld, longs(0, 0, 0, 0, 1, 2), time.Unix(1, 2)},
		{tingNew, longs(0, 0, 0, 0, 1<<32, 2), time.Unix(1<<32, 2)},
	} {
		c := Cmsg{SOL_SOCKET, test.typ, test.data}
		micros, _ := CMSG_TIMESTAMP.Parse(c)
		nanos, _ := CMSG_TIMESTAMPNS.Parse(c)
		three, _ := CMSG_TIMESTAMPING.Parse(c)
		got := []time.Time{micros, nanos, three.Hardware}
		if !slices.ContainsFunc(got, test.want.Equal) || !three.Software.IsZero() || !three.Converted.IsZero() {
			t.Errorf("%d bytes of type %d: got %v, %+v, want %v", len(test.data), test.typ, got, three, test.want)
		}
	}
}

func TestOtherTypes(t *testing.T) {
	refused := ExtendedError{Errno: ECONNREFUSED}
	data := only(t, CMSG_RECVERR.Append(nil, refused)).Data
	for _, c := range []Cmsg{{IPPROTO_IP, 11, data}, {IPPROTO_IPV6, 25, data}, {SOL_PACKET, 16, data}, {SOL_VSOCK, 1, data}} {
		if got, ok := CMSG_RECVERR.Parse(c); !ok || got != refused {
			t.Errorf("error of level %d = %+v, %t, want %+v", c.Level, got, ok, refused)
		}
	}
	info := In6Pktinfo{netip.IPv6Loopback(), 2}
	old := Cmsg{IPPROTO_IPV6, 2, only(t, CMSG_IPV6_PKTINFO.Append(nil, info)).Data}
	if got, ok := CMSG_IPV6_PKTINFO.Parse(old); !ok || got != info {
		t.Errorf("IPV6_2292PKTINFO = %+v, %t, want %+v", got, ok, info)
	}
	if got, ok := CMSG_IPV6_HOPLIMIT.Parse(Cmsg{IPPROTO_IPV6, 8, only(t, CMSG_IPV6_HOPLIMIT.Append(nil, 9)).Data}); !ok || got != 9 {
		t.Errorf("IPV6_2292HOPLIMIT = %d, %t, want 9", got, ok)
	}
	for length, want := range map[int]int{1: 0x7f, 2: 0x7f7f, 4: 0x7f7f7f7f} {
		c := Cmsg{IPPROTO_IP, CMSG_IP_TOS.Type(), []byte{0x7f, 0x7f, 0x7f, 0x7f}[:length]}
		if got, ok := CMSG_IP_TOS.Parse(c); !ok || got != want {
			t.Errorf("IP_TOS of %d bytes = %#x, %t, want %#x", length, got, ok, want)
		}
	}
	for _, level := range []int{SOL_SOCKET, IPPROTO_IP} {
		if got, ok := ParseSecurity(Cmsg{level, SCM_SECURITY, []byte("system_u\x00")}); !ok || got != "system_u" {
			t.Errorf("security label of level %d = %q, %t, want system_u", level, got, ok)
		}
	}
	if got, ok := ParseSecurity(Cmsg{SOL_SOCKET, SCM_RIGHTS, []byte("x")}); ok || got != "" {
		t.Errorf("ParseSecurity of SCM_RIGHTS = %q, %t, want none", got, ok)
	}
}

// Without an offender, the kernel appends an address of family 0. An address of another family has no known length.
func TestNoOffender(t *testing.T) {
	data := only(t, CMSG_RECVERR.Append(nil, ExtendedError{Offender: inet("127.0.0.1:0")})).Data
	for _, change := range []func() []byte{
		func() []byte { return append(data[:16:16], make([]byte, 16)...) },
		func() []byte { return data[:len(data)-1] },
		func() []byte { return append(append(data[:16:16], 9, 9), make([]byte, 14)...) },
	} {
		got, ok := CMSG_RECVERR.Parse(Cmsg{IPPROTO_IP, CMSG_RECVERR.Type(), change()})
		if !ok || got != (ExtendedError{}) {
			t.Errorf("Parse(%x) = %+v, %t, want no address", change(), got, ok)
		}
	}
}
