package sock_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// goldenCmsgs are control messages as the kernel has them on machines of three kinds.
var goldenCmsgs = []struct {
	name                      string
	b                         []byte
	little64, little32, big64 string
}{
	{"padded", AppendCmsg(nil, 1, 2, []byte("abc")),
		"1300000000000000 01000000 02000000 6162630000000000",
		"0f000000 01000000 02000000 61626300",
		"0000000000000013 00000001 00000002 6162630000000000"},
	{"empty", AppendCmsg(nil, 1, 2, nil),
		"1000000000000000 01000000 02000000",
		"0c000000 01000000 02000000",
		"0000000000000010 00000001 00000002"},
	{"rights", AppendRights(nil, 3, 4, 5),
		"1c00000000000000 01000000 01000000 03000000 04000000 05000000 00000000",
		"18000000 01000000 01000000 03000000 04000000 05000000",
		"000000000000001c 00000001 00000001 00000003 00000004 00000005 00000000"},
	{"two", AppendControl(AppendControl(nil, CMSG_IP_TTL, 64), CMSG_UDP_SEGMENT, 1200),
		"1400000000000000 00000000 02000000 40000000 00000000 1200000000000000 11000000 67000000 b004000000000000",
		"10000000 00000000 02000000 40000000 0e000000 11000000 67000000 b0040000",
		"0000000000000014 00000000 00000002 00000040 00000000 0000000000000012 00000011 00000067 04b0000000000000"},
	{"credentials", AppendControl(nil, CMSG_CREDENTIALS, Ucred{1, 2, 3}),
		"1c00000000000000 01000000 02000000 01000000 02000000 03000000 00000000",
		"18000000 01000000 02000000 01000000 02000000 03000000",
		"000000000000001c 00000001 00000002 00000001 00000002 00000003 00000000"},
	{"IP_PKTINFO", AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{1, netip.MustParseAddr("127.0.0.2"), netip.Addr{}}),
		"1c00000000000000 00000000 08000000 01000000 7f000002 00000000 00000000",
		"18000000 00000000 08000000 01000000 7f000002 00000000",
		"000000000000001c 00000000 00000008 00000001 7f000002 00000000 00000000"},
	{"IPV6_PKTINFO", AppendControl(nil, CMSG_IPV6_PKTINFO, In6Pktinfo{netip.IPv6Loopback(), 2}),
		"2400000000000000 29000000 32000000 00000000000000000000000000000001 02000000 00000000",
		"20000000 29000000 32000000 00000000000000000000000000000001 02000000",
		"0000000000000024 00000029 00000032 00000000000000000000000000000001 00000002 00000000"},
	{"IPV6_FLOWINFO", AppendControl(nil, CMSG_IPV6_FLOWINFO, 0x12345),
		"1400000000000000 29000000 0b000000 00012345 00000000",
		"10000000 29000000 0b000000 00012345",
		"0000000000000014 00000029 0000000b 00012345 00000000"},
	{"timeval", AppendControl(nil, CMSG_TIMESTAMP, time.Unix(1, 2000)),
		"2000000000000000 01000000 1d000000 0100000000000000 0200000000000000",
		"14000000 01000000 1d000000 01000000 02000000",
		"0000000000000020 00000001 0000001d 0000000000000001 0000000000000002"},
	{"error", AppendControl(nil, CMSG_RECVERR, ExtendedError{ECONNREFUSED, 2, 3, 4, 5, 6, inet("127.0.0.1:0")}),
		"3000000000000000 00000000 0b000000 6f000000 02030400 05000000 06000000 02000000 7f000001 0000000000000000",
		"2c000000 00000000 0b000000 6f000000 02030400 05000000 06000000 02000000 7f000001 0000000000000000",
		"0000000000000030 00000000 0000000b 0000006f 02030400 00000005 00000006 00020000 7f000001 0000000000000000"},
}

func TestGoldenCmsgs(t *testing.T) {
	bigEndian := binary.NativeEndian.Uint16([]byte{0, 1}) == 1
	if bigEndian && strconv.IntSize == 32 || ECONNREFUSED != 0x6f {
		t.Skip("there are no bytes for this kind of machine")
	}
	for _, g := range goldenCmsgs {
		want := g.little64
		if strconv.IntSize == 32 {
			want = g.little32
		} else if bigEndian {
			want = g.big64
		}
		if got := hex.EncodeToString(g.b); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: %s; want %s", g.name, got, want)
		}
	}
}

func TestCmsgSizes(t *testing.T) {
	for n, want := range map[int][2]int{0: {16, 16}, 1: {17, 24}, 4: {20, 24}, 8: {24, 24}, 12: {28, 32}} {
		if strconv.IntSize == 32 {
			want = map[int][2]int{0: {12, 12}, 1: {13, 16}, 4: {16, 16}, 8: {20, 20}, 12: {24, 24}}[n]
		}
		if CmsgLen(n) != want[0] || CmsgSpace(n) != want[1] {
			t.Errorf("of %d bytes: CmsgLen %d, CmsgSpace %d; want %v", n, CmsgLen(n), CmsgSpace(n), want)
		}
		if got := len(AppendCmsg(nil, 1, 2, make([]byte, n))); got != want[1] {
			t.Errorf("AppendCmsg of %d bytes has %d", n, got)
		}
	}
}

func TestCmsgs(t *testing.T) {
	var b []byte
	for i := range 20 {
		b = AppendCmsg(b, i, -i, []byte(strings.Repeat("x", i)))
	}
	// The kernel leaves out the padding of the last one, and a buffer may begin anywhere.
	b = append([]byte{0}, b[:len(b)-5]...)[1:]
	var got []string
	for c := range Cmsgs(b) {
		got = append(got, fmt.Sprint(c.Level, c.Type, len(c.Data), cap(c.Data)))
	}
	if len(got) != 20 {
		t.Errorf("%d messages; want 20", len(got))
	}
	for i, s := range got {
		if s != fmt.Sprint(i, -i, i, i) {
			t.Errorf("message %d has level, type, length and capacity %s", i, s)
		}
	}
	for c := range Cmsgs(b) {
		if c.Level == 3 {
			break
		}
		if c.Level > 3 {
			t.Errorf("message %d comes after the loop's end", c.Level)
		}
	}
}

// message is a control message's header with a length of its own, and so many bytes of data.
func message(length uint64, size int) []byte {
	b := AppendCmsg(nil, 1, 2, make([]byte, size))
	if strconv.IntSize == 32 {
		binary.NativeEndian.PutUint32(b, uint32(length))
	} else {
		binary.NativeEndian.PutUint64(b, length)
	}
	return b
}

func TestMalformedCmsgs(t *testing.T) {
	good := AppendCmsg(nil, 1, 2, []byte("good"))
	for name, bad := range map[string][]byte{
		"nothing":           nil,
		"a byte":            {1},
		"half a header":     message(16, 0)[:CmsgLen(0)-1],
		"no length":         message(0, 8),
		"less than itself":  message(uint64(CmsgLen(0)-1), 8),
		"more than is here": message(uint64(CmsgLen(9)), 8),
		"most":              message(math.MaxUint64, 8),
		"negative":          message(1<<63, 8),
		"negative int":      message(1<<31, 8),
		"overflow":          message(math.MaxInt64, 8),
	} {
		count := 0
		for c := range Cmsgs(slices.Concat(good, bad)) {
			if count++; string(c.Data) != "good" {
				t.Errorf("%s: a message with data %x", name, c.Data)
			}
		}
		if count != 1 {
			t.Errorf("%s: %d messages; want the good one before", name, count)
		}
	}
}

// controlTest is a value of a Control. run takes it through bytes and back.
type controlTest struct {
	name       string
	level, typ int
	run        func(t *testing.T)
	read       func(c Cmsg) bool
}

func trip[T comparable](control Control[T], v T) controlTest {
	read := func(c Cmsg) bool { _, ok := ParseControl(c, control); return ok }
	return controlTest{control.String(), control.Level(), control.Type(), func(t *testing.T) {
		b := AppendControl(nil, control, v)
		c := only(t, b)
		if c.Level != control.Level() || c.Type != control.Type() {
			t.Errorf("level %d, type %d; want %d, %d", c.Level, c.Type, control.Level(), control.Type())
		}
		if got, ok := ParseControl(c, control); !ok || got != v {
			t.Errorf("%+v comes back as %+v, %t", v, got, ok)
		}
		var zero T
		for _, other := range []Cmsg{{c.Level + 1, c.Type, c.Data}, {c.Level, c.Type + 100, c.Data}, {c.Level, c.Type, nil},
			{c.Level, c.Type, make([]byte, 3)}} {
			if got, ok := ParseControl(other, control); ok || got != zero {
				t.Errorf("%+v is read as %+v, %t", other, got, ok)
			}
		}
	}, read}
}

// only is the one control message of a buffer.
func only(t testing.TB, b []byte) (c Cmsg) {
	t.Helper()
	count := 0
	for c = range Cmsgs(b) {
		count++
	}
	if count != 1 {
		t.Fatalf("%x has %d messages; want 1", b, count)
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
		trip(CMSG_ALG_SET_OP, 1),
		trip(CMSG_ALG_SET_AEAD_ASSOCLEN, 16),
	}
)

func TestControls(t *testing.T) {
	for i, test := range controlRow {
		t.Run(test.name+"/"+strconv.Itoa(i), test.run)
	}
}

// What C's type can't hold has no data, so that the kernel refuses it.
func TestControlOutOfRange(t *testing.T) {
	v6, long := netip.IPv6Loopback(), raw(t, AF_INET, strings.Repeat("x", 100))
	tests := map[string][]byte{
		"uint16":             AppendControl(nil, CMSG_UDP_SEGMENT, 1<<16),
		"negative uint16":    AppendControl(nil, CMSG_UDP_SEGMENT, -1),
		"byte":               AppendControl(nil, CMSG_TLS_SET_RECORD_TYPE, 256),
		"IPv6 as IPv4":       AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{SpecDst: v6}),
		"IPv6 as IPv4's own": AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{Addr: v6}),
		"too long":           AppendControl(nil, CMSG_IP_ORIGDSTADDR, long),
		"error's address":    AppendControl(nil, CMSG_RECVERR, ExtendedError{Offender: long}),
		"no IPv6":            AppendControl(nil, CMSG_IPV6_PATHMTU, PathMTU{inet("127.0.0.1:0"), 1280}),
	}
	if strconv.IntSize > 32 {
		tooLarge := 64 | 1<<(40%strconv.IntSize)
		tests["int"] = AppendControl(nil, CMSG_IP_TTL, tooLarge)
		tests["Ifindex"] = AppendControl(nil, CMSG_IP_PKTINFO, InPktinfo{Ifindex: tooLarge})
		tests["IPv6 Ifindex"] = AppendControl(nil, CMSG_IPV6_PKTINFO, In6Pktinfo{Ifindex: tooLarge})
		if fds := ParseRights(only(t, AppendRights(nil, tooLarge))); !slices.Equal(fds, []int{-1}) {
			t.Errorf("a descriptor that is too large became %v", fds)
		}
	} else {
		tests["time"] = AppendControl(nil, CMSG_TIMESTAMPING, Timestamping{sometime, sometime, time.Unix(1<<32, 0)})
	}
	for name, b := range tests {
		if c := only(t, b); len(c.Data) != 0 {
			t.Errorf("%s: the data is %x; want none", name, c.Data)
		}
	}
}

func ints[T any](order func([]byte, T) []byte, v ...T) (b []byte) {
	for _, n := range v {
		b = order(b, n)
	}
	return b
}

// Old numbers have times of machine words, new ones of 64 bits; both are read on every machine.
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
		micros, _ := ParseControl(c, CMSG_TIMESTAMP)
		nanos, _ := ParseControl(c, CMSG_TIMESTAMPNS)
		three, _ := ParseControl(c, CMSG_TIMESTAMPING)
		got := []time.Time{micros, nanos, three.Hardware}
		if !slices.ContainsFunc(got, test.want.Equal) || !three.Software.IsZero() || !three.Converted.IsZero() {
			t.Errorf("%d bytes of type %d are %v, %+v; want %v", len(test.data), test.typ, got, three, test.want)
		}
	}
}

func TestOtherTypes(t *testing.T) {
	refused := ExtendedError{Errno: ECONNREFUSED}
	data := only(t, AppendControl(nil, CMSG_RECVERR, refused)).Data
	for _, c := range []Cmsg{{IPPROTO_IP, 11, data}, {IPPROTO_IPV6, 25, data}, {SOL_PACKET, 16, data}, {SOL_VSOCK, 1, data}} {
		if got, ok := ParseControl(c, CMSG_RECVERR); !ok || got != refused {
			t.Errorf("an error of level %d is %+v, %t", c.Level, got, ok)
		}
	}
	for length, want := range map[int]int{1: 0x7f, 2: 0x7f7f, 4: 0x7f7f7f7f} {
		c := Cmsg{IPPROTO_IP, CMSG_IP_TOS.Type(), []byte{0x7f, 0x7f, 0x7f, 0x7f}[:length]}
		if got, ok := ParseControl(c, CMSG_IP_TOS); !ok || got != want {
			t.Errorf("an int of %d bytes is %#x, %t", length, got, ok)
		}
	}
	for _, level := range []int{SOL_SOCKET, IPPROTO_IP} {
		if got, ok := ParseSecurity(Cmsg{level, SCM_SECURITY, []byte("system_u\x00")}); !ok || got != "system_u" {
			t.Errorf("a security label of level %d is %q, %t", level, got, ok)
		}
	}
	if got, ok := ParseSecurity(Cmsg{SOL_SOCKET, SCM_RIGHTS, []byte("x")}); ok || got != "" {
		t.Errorf("SCM_RIGHTS is read as label %q", got)
	}
}

// No address is family 0 with room behind it; another family's has no length that is known.
func TestNoOffender(t *testing.T) {
	data := only(t, AppendControl(nil, CMSG_RECVERR, ExtendedError{Offender: inet("127.0.0.1:0")})).Data
	for _, change := range []func() []byte{
		func() []byte { return append(data[:16:16], make([]byte, 16)...) },
		func() []byte { return data[:len(data)-1] },
		func() []byte { return append(append(data[:16:16], 9, 9), make([]byte, 14)...) },
	} {
		got, ok := ParseControl(Cmsg{IPPROTO_IP, CMSG_RECVERR.Type(), change()}, CMSG_RECVERR)
		if !ok || got != (ExtendedError{}) {
			t.Errorf("%x is %+v, %t; want no address", change(), got, ok)
		}
	}
}

func TestParseRights(t *testing.T) {
	c := only(t, AppendRights(nil, 3, -1, 5))
	if got := ParseRights(c); !slices.Equal(got, []int{3, -1, 5}) {
		t.Errorf("ParseRights = %v", got)
	}
	if got := ParseRights(Cmsg{c.Level, c.Type, c.Data[:7]}); !slices.Equal(got, []int{3}) {
		t.Errorf("of 7 bytes: ParseRights = %v; want one", got)
	}
	for _, other := range []Cmsg{{c.Level + 1, c.Type, c.Data}, {c.Level, c.Type + 1, c.Data}} {
		if got := ParseRights(other); got != nil {
			t.Errorf("of level %d, type %d: ParseRights = %v", other.Level, other.Type, got)
		}
	}
}

// Messages stay where the kernel looks for them, also after an odd prefix.
func TestAppendIsAligned(t *testing.T) {
	for prefix := range 2 * strconv.IntSize / 8 {
		b := AppendRights(AppendCmsg(make([]byte, prefix), 1, 2, []byte("x")), 3)
		if len(b)%(strconv.IntSize/8) != 0 {
			t.Errorf("after %d bytes: %d bytes", prefix, len(b))
		}
	}
}

func FuzzCmsgs(f *testing.F) {
	for _, g := range goldenCmsgs {
		f.Add(g.b)
	}
	f.Add(message(math.MaxUint64, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for c := range Cmsgs(b) {
			total += CmsgLen(len(c.Data))
			fds := ParseRights(c)
			label, ok := ParseSecurity(c)
			if 4*len(fds) > len(c.Data) || len(label) > len(c.Data) || label != "" && !ok {
				t.Errorf("%+v has descriptors %v, label %q, %t", c, fds, label, ok)
			}
			for _, test := range controlRow {
				test.read(c)
			}
			if e, ok := ParseControl(c, CMSG_RECVERR); ok {
				e.Zerocopy()
				e.Timestamp()
				_ = e.Offender.String()
			}
			if again := only(t, AppendCmsg(nil, c.Level, c.Type, c.Data)); again.Level != c.Level || again.Type != c.Type || string(again.Data) != string(c.Data) {
				t.Errorf("%+v comes back as %+v", c, again)
			}
		}
		if total > len(b) {
			t.Errorf("%d bytes have messages of %d", len(b), total)
		}
	})
}

// FuzzControls has every parser read data of any length, which must not panic.
func FuzzControls(f *testing.F) {
	for i := range controlRow {
		f.Add(i, []byte("0123456789abcdef"))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		test := controlRow[uint(i)%uint(len(controlRow))]
		test.read(Cmsg{test.level, test.typ, data})
	})
}
