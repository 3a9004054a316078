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
	{"ALG_SET_IV", AppendControl(nil, CMSG_ALG_SET_IV, "abc"),
		"1700000000000000 17010000 02000000 03000000 61626300",
		"13000000 17010000 02000000 03000000 61626300",
		"0000000000000017 00000117 00000002 00000003 61626300"},
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
	unpadded := len(b) - CmsgSpace(19) + CmsgLen(19)
	b = append([]byte{0}, b[:unpadded]...)[1:]
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
