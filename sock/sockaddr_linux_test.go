package sock_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func abstract(t testing.TB, name string) Sockaddr {
	t.Helper()
	sa, err := Abstract(name)
	check(t, err)
	return sa
}

func TestAbstract(t *testing.T) {
	for _, name := range []string{"", "x", "@x", "/x", "\x00", "a\x00b\x00", strings.Repeat("x", 107)} {
		sa, err := Abstract(name)
		if err != nil || sa.Name() != name || sa.Path() != "" || sa.Len() != 3+len(name) || sa.Family() != AF_UNIX {
			t.Errorf("Abstract(%q) = %v, %v with name %q, path %q, length %d, want length %d", name, sa, err, sa.Name(), sa.Path(), sa.Len(), 3+len(name))
		}
	}
	if sa, err := Abstract(strings.Repeat("x", 108)); !sa.IsZero() || err != EINVAL {
		t.Errorf("Abstract of 108 bytes = %v, %v, want EINVAL", sa, err)
	}
}

func TestLinuxText(t *testing.T) {
	texts := map[string]Sockaddr{
		"@":                        abstract(t, ""),
		"@name":                    abstract(t, "name"),
		"@@name":                   abstract(t, "@name"),
		"@tcp:1":                   abstract(t, "tcp:1"),
		"@a%00b":                   abstract(t, "a\x00b"),
		"vsock:2:1024":             VM(VMADDR_CID_HOST, 1024),
		"vsock:4294967295:1":       VM(VMADDR_CID_ANY, 1),
		"netlink:7:0x11":           Netlink(7, 0x11),
		"packet:3:0x0800:1:4:0aff": Packet(PacketAddr{Protocol: 0x800, Ifindex: 3, Hatype: 1, Pkttype: 4, Halen: 2, Addr: [32]byte{10, 255}}),
		"packet:1:0x0003:0:0:aa":   Packet(PacketAddr{Protocol: 3, Ifindex: 1, Halen: 1, Addr: [32]byte{0xaa}}),
		"packet:1:0x0003:0:0:":     Packet(PacketAddr{Protocol: 3, Ifindex: 1}),
	}
	noPort := VM(VMADDR_CID_HOST, 0) // vsock:2:0 is any port
	texts[fmt.Sprintf("raw:40:%x", noPort.AppendTo(nil)[2:])] = noPort
	for _, a := range []PacketAddr{{Halen: 1, Addr: [32]byte{1, 2}}, {Halen: 33}} { // bytes that aren't in use, and a length of too many
		sa := Packet(a)
		texts[fmt.Sprintf("raw:17:%x", sa.AppendTo(nil)[2:])] = sa
	}
	for text, sa := range texts {
		if got := sa.String(); got != text {
			t.Errorf("String of %x = %q, want %q", sa.AppendTo(nil), got, text)
		}
	}
	testParse(t, texts)
	testParse(t, map[string]Sockaddr{
		"unix:@name":                   abstract(t, "name"),
		"unixpacket:@name":             abstract(t, "name"),
		"vsock://2:1024":               VM(2, 1024),
		"packet:1:3":                   Packet(PacketAddr{Protocol: 3, Ifindex: 1}),
		"@" + strings.Repeat("x", 107): abstract(t, strings.Repeat("x", 107)),
	})
}

func TestLinuxParseErrors(t *testing.T) {
	badPacket := "want packet:IFINDEX:PROTOCOL[:HATYPE:PKTTYPE:HARDWAREADDR]"
	testParseErrors(t, map[string]string{
		"vsock:2":                      "the port is missing: want vsock://CID:PORT",
		"vsock:2:4294967296":           `port "4294967296" is neither a number below 2^32 nor any`,
		"netlink:1":                    "want netlink:PORT:GROUPS",
		"packet:1":                     badPacket,
		"packet:1:0x10000":             badPacket,
		"packet:1:2:3:256:":            badPacket,
		"packet:1:2:3:4:a":             badPacket,
		"@" + strings.Repeat("x", 108): "the name has 108 bytes, more than the 107 of an abstract socket's",
	})
}

func TestGoldenBytes(t *testing.T) {
	tests := []struct {
		sa          Sockaddr
		little, big string
	}{
		{inet("1.2.3.4:80"), "0200005001020304" + "0000000000000000", "0002005001020304" + "0000000000000000"},
		{InetFlow(inet("[fe80::1%2]:80").AddrPort(), 0xabcde),
			"0a000050000abcde" + "fe800000000000000000000000000001" + "02000000",
			"000a0050000abcde" + "fe800000000000000000000000000001" + "00000002"},
		{unixPath(t, "/x"), "01002f7800", "00012f7800"},
		{abstract(t, "a\x00"), "0100006100", "0001006100"},
		{Unnamed(), "0100", "0001"},
		{Unspec(), strings.Repeat("00", 16), strings.Repeat("00", 16)},
		{Netlink(7, 0x11), "100000000700000011000000", "001000000000000700000011"},
		{Packet(PacketAddr{Protocol: 0x800, Ifindex: 3, Hatype: 1, Pkttype: 4, Halen: 6, Addr: [32]byte{1, 2, 3, 4, 5, 6}}),
			"110008000300000001000406" + "0102030405060000", "001108000000000300010406" + "0102030405060000"},
		{VM(2, 1024), "2800000000040000" + "0200000000000000", "0028000000000400" + "0000000200000000"},
		{raw(t, 200, "ab"), "c8006162", "00c86162"},
	}
	for _, test := range tests {
		want := test.little
		if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
			want = test.big
		}
		if got := hex.EncodeToString(test.sa.AppendTo(nil)); got != want {
			t.Errorf("bytes of %v are\n%s, want\n%s", test.sa, got, want)
		}
	}
}

// A hardware address, such as InfiniBand's, may be longer than the 8 bytes of struct sockaddr_ll.
func TestPacketHardwareAddr(t *testing.T) {
	for _, halen := range []uint8{0, 6, 8, 20, 32} {
		want := PacketAddr{Protocol: 0x800, Ifindex: 3, Hatype: 1, Pkttype: 4, Halen: halen}
		for i := range halen {
			want.Addr[i] = i + 1
		}
		sa := Packet(want)
		if got, ok := sa.Packet(); !ok || got != want || len(got.HardwareAddr()) != int(halen) || sa.Len() != 12+max(8, int(halen)) {
			t.Errorf("Packet() = %v, %t, want %v", got, ok, want)
		}
	}
}

func TestDecodeOfAnotherFamily(t *testing.T) {
	for _, sa := range []Sockaddr{{}, inet("127.0.0.1:80"), raw(t, AF_VSOCK, ""), raw(t, AF_NETLINK, ""), raw(t, AF_PACKET, "")} {
		_, _, vm := sa.VM()
		_, _, netlink := sa.Netlink()
		_, packet := sa.Packet()
		if vm || netlink || packet {
			t.Errorf("%v decodes as vsock %t, netlink %t, packet %t, want none", sa, vm, netlink, packet)
		}
	}
}

func TestBindAbstract(t *testing.T) {
	unique := fmt.Sprintf("sock test %d", os.Getpid())
	for _, suffix := range []string{"", "\x00", "\x00x", strings.Repeat("x", 107-len(unique))} {
		sa := abstract(t, unique+suffix)
		l := bound(t, AF_UNIX, SOCK_STREAM, sa)
		if got := name(t, l); got != sa {
			t.Errorf("name after Bind = %v, want %v", got, sa)
		}
		check(t, Listen(l, 1))
		check(t, Connect(socket(t, AF_UNIX, SOCK_STREAM, 0), sa))
		accepted(t, l)
	}
}

func TestBindUnnamed(t *testing.T) {
	fd := socket(t, AF_UNIX, SOCK_STREAM, 0)
	if got := name(t, fd); got != Unnamed() {
		t.Errorf("name before Bind = %v, want Unnamed", got)
	}
	check(t, Bind(fd, Unnamed()))
	if got := name(t, fd).Name(); len(got) != 5 {
		t.Errorf("kernel picked name %q, want five hexadecimal digits", got)
	}
}

func TestBindNetlink(t *testing.T) {
	fd := bound(t, AF_NETLINK, SOCK_RAW, Netlink(0, 0))
	port, groups, ok := name(t, fd).Netlink()
	if !ok || port == 0 || groups != 0 || name(t, fd) != Netlink(port, 0) {
		t.Errorf("name after Bind = %v, want a port that the kernel picked", name(t, fd))
	}
}

func TestBindPacket(t *testing.T) {
	fd := rawSocket(t, AF_PACKET, SOCK_DGRAM, 0)
	lo := loopback(t)
	const arp = 0x806
	check(t, Bind(fd, Packet(PacketAddr{Protocol: arp, Ifindex: lo.Index})))
	const loopbackHatype = 772
	want := PacketAddr{Protocol: arp, Ifindex: lo.Index, Hatype: loopbackHatype, Halen: 6}
	if got, ok := name(t, fd).Packet(); !ok || got != want {
		t.Errorf("name = %+v, want %+v", got, want)
	}
}

func TestBindVM(t *testing.T) {
	fd := bound(t, AF_VSOCK, SOCK_STREAM, VM(VMADDR_CID_ANY, VMADDR_PORT_ANY))
	cid, port, ok := name(t, fd).VM()
	if !ok || cid != VMADDR_CID_ANY || port == VMADDR_PORT_ANY || name(t, fd) != VM(cid, port) {
		t.Errorf("name after Bind = %v, want a port that the kernel picked", name(t, fd))
	}
}
