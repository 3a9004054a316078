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

// goldenCmsgs are control messages in the layouts of three kinds of machines.
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
	{"two", CMSG_UDP_SEGMENT.Append(CMSG_IP_TTL.Append(nil, 64), 1200),
		"1400000000000000 00000000 02000000 40000000 00000000 1200000000000000 11000000 67000000 b004000000000000",
		"10000000 00000000 02000000 40000000 0e000000 11000000 67000000 b0040000",
		"0000000000000014 00000000 00000002 00000040 00000000 0000000000000012 00000011 00000067 04b0000000000000"},
	{"credentials", CMSG_CREDENTIALS.Append(nil, Ucred{1, 2, 3}),
		"1c00000000000000 01000000 02000000 01000000 02000000 03000000 00000000",
		"18000000 01000000 02000000 01000000 02000000 03000000",
		"000000000000001c 00000001 00000002 00000001 00000002 00000003 00000000"},
	{"IP_PKTINFO", CMSG_IP_PKTINFO.Append(nil, InPktinfo{1, netip.MustParseAddr("127.0.0.2"), netip.Addr{}}),
		"1c00000000000000 00000000 08000000 01000000 7f000002 00000000 00000000",
		"18000000 00000000 08000000 01000000 7f000002 00000000",
		"000000000000001c 00000000 00000008 00000001 7f000002 00000000 00000000"},
	{"IPV6_PKTINFO", CMSG_IPV6_PKTINFO.Append(nil, In6Pktinfo{netip.IPv6Loopback(), 2}),
		"2400000000000000 29000000 32000000 00000000000000000000000000000001 02000000 00000000",
		"20000000 29000000 32000000 00000000000000000000000000000001 02000000",
		"0000000000000024 00000029 00000032 00000000000000000000000000000001 00000002 00000000"},
	{"ALG_SET_IV", CMSG_ALG_SET_IV.Append(nil, "abc"),
		"1700000000000000 17010000 02000000 03000000 61626300",
		"13000000 17010000 02000000 03000000 61626300",
		"0000000000000017 00000117 00000002 00000003 61626300"},
	{"IPV6_FLOWINFO", CMSG_IPV6_FLOWINFO.Append(nil, 0x12345),
		"1400000000000000 29000000 0b000000 00012345 00000000",
		"10000000 29000000 0b000000 00012345",
		"0000000000000014 00000029 0000000b 00012345 00000000"},
	{"timeval", CMSG_TIMESTAMP.Append(nil, time.Unix(1, 2000)),
		"2000000000000000 01000000 1d000000 0100000000000000 0200000000000000",
		"14000000 01000000 1d000000 01000000 02000000",
		"0000000000000020 00000001 0000001d 0000000000000001 0000000000000002"},
	{"error", CMSG_RECVERR.Append(nil, ExtendedError{ECONNREFUSED, 2, 3, 4, 5, 6, inet("127.0.0.1:0")}),
		"3000000000000000 00000000 0b000000 6f000000 02030400 05000000 06000000 02000000 7f000001 0000000000000000",
		"2c000000 00000000 0b000000 6f000000 02030400 05000000 06000000 02000000 7f000001 0000000000000000",
		"0000000000000030 00000000 0000000b 0000006f 02030400 00000005 00000006 00020000 7f000001 0000000000000000"},
}

func TestGoldenCmsgs(t *testing.T) {
	bigEndian := binary.NativeEndian.Uint16([]byte{0, 1}) == 1
	if bigEndian && strconv.IntSize == 32 || ECONNREFUSED != 0x6f {
		t.Skip("no expected bytes for this architecture")
	}
	for _, g := range goldenCmsgs {
		want := g.little64
		if strconv.IntSize == 32 {
			want = g.little32
		} else if bigEndian {
			want = g.big64
		}
		if got := hex.EncodeToString(g.b); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: got %s, want %s", g.name, got, want)
		}
	}
}

func TestCmsgSizes(t *testing.T) {
	for n, want := range map[int][2]int{0: {16, 16}, 1: {17, 24}, 4: {20, 24}, 8: {24, 24}, 12: {28, 32}} {
		if strconv.IntSize == 32 {
			want = map[int][2]int{0: {12, 12}, 1: {13, 16}, 4: {16, 16}, 8: {20, 20}, 12: {24, 24}}[n]
		}
		if CmsgLen(n) != want[0] || CmsgSpace(n) != want[1] {
			t.Errorf("%d bytes: CmsgLen = %d, CmsgSpace = %d, want %v", n, CmsgLen(n), CmsgSpace(n), want)
		}
		if got := len(AppendCmsg(nil, 1, 2, make([]byte, n))); got != want[1] {
			t.Errorf("AppendCmsg of %d bytes appends %d, want %d", n, got, want[1])
		}
	}
}

func TestCmsgs(t *testing.T) {
	var b []byte
	for i := range 20 {
		b = AppendCmsg(b, i, -i, []byte(strings.Repeat("x", i)))
	}
	// The kernel omits the last message's padding, and a buffer may begin at any address.
	unpadded := len(b) - CmsgSpace(19) + CmsgLen(19)
	b = append([]byte{0}, b[:unpadded]...)[1:]
	var got []string
	for c := range Cmsgs(b) {
		got = append(got, fmt.Sprint(c.Level, c.Type, len(c.Data), cap(c.Data)))
	}
	if len(got) != 20 {
		t.Errorf("got %d messages, want 20", len(got))
	}
	for i, s := range got {
		if s != fmt.Sprint(i, -i, i, i) {
			t.Errorf("level, type, length and capacity of message %d = %s, want %s", i, s, fmt.Sprint(i, -i, i, i))
		}
	}
	for c := range Cmsgs(b) {
		if c.Level == 3 {
			break
		}
		if c.Level > 3 {
			t.Errorf("Cmsgs yielded message %d after the break", c.Level)
		}
	}
}

// message returns a control message with size bytes of data, whose header says the given length.
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
		"nothing":            nil,
		"a byte":             {1},
		"half a header":      message(16, 0)[:CmsgLen(0)-1],
		"no length":          message(0, 8),
		"less than a header": message(uint64(CmsgLen(0)-1), 8),
		"more than the data": message(uint64(CmsgLen(9)), 8),
		"most":               message(math.MaxUint64, 8),
		"negative":           message(1<<63, 8),
		"negative int":       message(1<<31, 8),
		"overflow":           message(math.MaxInt64, 8),
	} {
		count := 0
		for c := range Cmsgs(slices.Concat(good, bad)) {
			if count++; string(c.Data) != "good" {
				t.Errorf("%s: got a message with data %x, want only the good one", name, c.Data)
			}
		}
		if count != 1 {
			t.Errorf("%s: got %d messages, want only the good one", name, count)
		}
	}
}

func TestParseRights(t *testing.T) {
	c := only(t, AppendRights(nil, 3, -1, 5))
	if got, ok := ParseRights(c); !ok || !slices.Equal(got, []int{3, -1, 5}) {
		t.Errorf("ParseRights = %v, %t, want 3, -1, 5", got, ok)
	}
	if got, ok := ParseRights(Cmsg{c.Level, c.Type, c.Data[:7]}); !ok || !slices.Equal(got, []int{3}) {
		t.Errorf("ParseRights of 7 bytes = %v, %t, want one", got, ok)
	}
	for _, other := range []Cmsg{{c.Level + 1, c.Type, c.Data}, {c.Level, c.Type + 1, c.Data}} {
		if got, ok := ParseRights(other); ok || got != nil {
			t.Errorf("ParseRights of level %d, type %d = %v, %t, want none", other.Level, other.Type, got, ok)
		}
	}
}

// Messages are aligned as the kernel expects, even after an odd prefix.
func TestAppendIsAligned(t *testing.T) {
	for prefix := range 2 * strconv.IntSize / 8 {
		b := AppendRights(AppendCmsg(make([]byte, prefix), 1, 2, []byte("x")), 3)
		if len(b)%(strconv.IntSize/8) != 0 {
			t.Errorf("after a prefix of %d bytes: length is %d, want a multiple of a word", prefix, len(b))
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
			fds, _ := ParseRights(c)
			label, ok := ParseSecurity(c)
			if 4*len(fds) > len(c.Data) || len(label) > len(c.Data) || label != "" && !ok {
				t.Errorf("%+v has descriptors %v, label %q, %t, longer than its data", c, fds, label, ok)
			}
			for _, test := range controlRow {
				test.read(c)
			}
			if e, ok := CMSG_RECVERR.Parse(c); ok {
				e.Zerocopy()
				e.Timestamp()
				_ = e.Offender.String()
			}
			if again := only(t, AppendCmsg(nil, c.Level, c.Type, c.Data)); again.Level != c.Level || again.Type != c.Type || string(again.Data) != string(c.Data) {
				t.Errorf("%+v became %+v", c, again)
			}
		}
		if total > len(b) {
			t.Errorf("messages of %d bytes have %d bytes", len(b), total)
		}
	})
}

// FuzzControls checks that no parser panics on data of any length.
func FuzzControls(f *testing.F) {
	for i := range controlRow {
		f.Add(i, []byte("0123456789abcdef"))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		test := controlRow[uint(i)%uint(len(controlRow))]
		test.read(Cmsg{test.level, test.typ, data})
	})
}

func TestNamesOfMsgFlags(t *testing.T) {
	for f, want := range map[MsgFlags]string{
		0:                          "0",
		MSG_PEEK:                   "MSG_PEEK",
		MSG_PEEK | MSG_TRUNC:       "MSG_PEEK|MSG_TRUNC",
		MSG_EOR | 1<<30 | 1<<24:    "MSG_EOR|MSG_CMSG_CLOEXEC|0x1000000",
		1 << 24:                    "0x1000000",
		MSG_DONTWAIT | MSG_WAITALL: "MSG_DONTWAIT|MSG_WAITALL",
	} {
		if got := f.String(); got != want {
			t.Errorf("MsgFlags(%#x) = %q, want %q", int(f), got, want)
		}
	}
}

func TestEpollData(t *testing.T) {
	for _, data := range []uint64{0, 5, 1<<31 - 1, 1 << 31, 1<<32 + 7, 1<<64 - 1} {
		var ev EpollEvent
		if SetEpollData(&ev, data); EpollData(&ev) != data {
			t.Errorf("EpollData = %#x, want %#x", EpollData(&ev), data)
		}
		if data < 1<<31 && ev.Fd != int32(data) {
			t.Errorf("Fd after SetEpollData(%#x) = %d, want the same number", data, ev.Fd)
		}
	}
}
