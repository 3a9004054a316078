package sock_test

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// wireTests are options that few kernels have, and the bytes that reach the kernel: numbers are in native byte order.
var wireTests = []struct {
	option AnyOption
	value  any
	want   string
}{
	{CAN_RAW_FILTER, []CanFilter{{Id: 0x123, Mask: 0x7ff}, {Id: 1, Mask: 2}}, wire32(0x123) + wire32(0x7ff) + wire32(1) + wire32(2)},
	{CAN_RAW_ERR_FILTER, uint32(0x1fffffff), wire32(0x1fffffff)},
	{CAN_RAW_XL_FRAMES, true, wire32(1)},
	{CAN_RAW_XL_VCID_OPTS, CanRawVcidOptions{1, 2, 3, 4}, "\x01\x02\x03\x04"},
	{CAN_ISOTP_OPTS, CanIsotpOptions{1, 2, 3, 4, 5, 6}, wire32(1) + wire32(2) + "\x03\x04\x05\x06"},
	{CAN_ISOTP_RECV_FC, CanIsotpFcOptions{1, 2, 3}, "\x01\x02\x03"},
	{CAN_ISOTP_TX_STMIN, uint32(4e9), wire32(4e9)},
	{CAN_ISOTP_LL_OPTS, CanIsotpLlOptions{16, 8, 1}, "\x10\x08\x01"},
	{SO_J1939_FILTER, []J1939Filter{{Name: 1, NameMask: 2, Pgn: 3, PgnMask: 4, Addr: 5, AddrMask: 6}}, wire64(1) + wire64(2) + wire32(3) + wire32(4) + "\x05\x06" + zeros(6)},
	{SO_J1939_SEND_PRIO, 5, wire32(5)},
	{ALG_SET_KEY, []byte("secret"), "secret"},
	{ALG_SET_AEAD_AUTHSIZE, 16, ""},
	{ALG_SET_KEY_BY_KEY_SERIAL, 7, wire32(7)},
	{TLS_TX, TLSCryptoInfo{0x303, 51, []byte("01234567"), []byte("0123456789abcdef"), []byte("salt"), []byte("00000001")},
		wire16(0x303) + wire16(51) + "01234567" + "0123456789abcdef" + "salt" + "00000001"},
	{TLS_RX_EXPECT_NO_PAD, true, wire32(1)},
	{TCP_REPAIR_OPTIONS, []TCPRepairOpt{{2, 1460}}, wire32(2) + wire32(1460)},
	{TCP_REPAIR_WINDOW, TCPRepairWindow{1, 2, 3, 4, 5}, wire32(1) + wire32(2) + wire32(3) + wire32(4) + wire32(5)},
	{TCP_MD5SIG_EXT, TCPMD5Sig{Flags: 1, Prefixlen: 24, Ifindex: 3, Key: "secret"},
		zeros(128) + "\x01\x18" + wire16(6) + wire32(3) + "secret" + zeros(74)},
	{SO_DEVMEM_DONTNEED, []DmabufToken{{1, 2}}, wire32(1) + wire32(2)},
	{MCAST_BLOCK_SOURCE, GroupSourceReq{1, Sockaddr{}, VM(3, 2)},
		wire32(1) + zeros(strconv.IntSize/8-4+128) + wire16(AF_VSOCK) + zeros(2) + wire32(2) + wire32(3) + zeros(116)},
	{SMC_LIMIT_HS, true, wire32(1)},
	{MCTP_OPT_ADDR_EXT, true, wire32(1)},
	{DCCP_SOCKOPT_SERVICE, []byte{0, 0, 0, 42}, "\x00\x00\x00\x2a"},
}

func wire16(v uint16) string { return string(binary.NativeEndian.AppendUint16(nil, v)) }
func wire32(v uint32) string { return string(binary.NativeEndian.AppendUint32(nil, v)) }
func wire64(v uint64) string { return string(binary.NativeEndian.AppendUint64(nil, v)) }
func zeros(n int) string     { return string(make([]byte, n)) }

// TestOptionWire runs this program under strace, like TestOneCall.
func TestOptionWire(t *testing.T) {
	if underStrace() {
		for _, test := range wireTests {
			if err := test.option.Set(-1, test.value); err != EBADF {
				t.Errorf("%s: %v, want EBADF", test.option.Name(), err)
			}
		}
		for _, o := range Options() {
			o.Get(-1)
		}
		return
	}
	needKernel(t)
	var got []string
	read := 0
	for line := range strings.Lines(strace(t, "-e", "trace=setsockopt,getsockopt", "-xx", "-s", "512")) {
		if strings.Contains(line, " setsockopt(-1,") {
			got = append(got, line)
		} else if strings.Contains(line, " getsockopt(-1,") {
			read++
		}
	}
	if read != len(Options()) {
		t.Errorf("reading %d options makes %d calls", len(Options()), read)
	}
	if len(got) != len(wireTests) {
		t.Fatalf("%d options make %d calls: %q", len(wireTests), len(got), got)
	}
	for i, test := range wireTests {
		if want := printed(test.want); !strings.Contains(got[i], want) {
			t.Errorf("%s makes %s, want %s", test.option.Name(), got[i], want)
		}
	}
}

// printed returns an option's value and length as strace -xx prints them.
func printed(value string) string {
	switch len(value) {
	case 0:
		return ", NULL, 16)" // a length is all that it has
	case 4:
		return fmt.Sprintf("[%d], 4)", int32(binary.NativeEndian.Uint32([]byte(value))))
	}
	var b strings.Builder
	for i := range len(value) {
		fmt.Fprintf(&b, `\x%02x`, value[i])
	}
	return fmt.Sprintf(`"%s", %d)`, &b, len(value))
}
