package sock_test

import (
	"encoding/binary"
	"math"
	"testing"

	. "example.com/berkeley/sock"
)

// String names every type. A number is in decimal, whatever its length; other data, and data of a wrong length, is in hexadecimal.
func TestCmsgString(t *testing.T) {
	sized := func(level, typ int, data ...byte) Cmsg { return Cmsg{level, typ, data} }
	number := binary.NativeEndian.AppendUint32(nil, 64)
	tests := []struct {
		c    Cmsg
		want string
	}{
		{only(t, CMSG_IP_TTL.Append(nil, 64)), "IP_TTL: 64"},
		{only(t, CMSG_IP_TOS.Append(nil, 0x10)), "IP_TOS: 16"},
		{sized(IPPROTO_IP, IP_TOS.Number(), 0x10), "IP_TOS: 16"}, // as it is received
		{only(t, CMSG_IPV6_HOPLIMIT.Append(nil, 255)), "IPV6_HOPLIMIT: 255"},
		{only(t, CMSG_IPV6_HOPLIMIT.Append(nil, -1)), "IPV6_HOPLIMIT: -1"}, // the default
		{Cmsg{IPPROTO_IPV6, IPV6_2292HOPLIMIT.Number(), number}, "IPV6_2292HOPLIMIT: 64"},
		{only(t, CMSG_IPV6_TCLASS.Append(nil, 0x10)), "IPV6_TCLASS: 16"},
		{only(t, CMSG_IPV6_FLOWINFO.Append(nil, 0x12345)), "IPV6_FLOWINFO: 74565"}, // in network byte order
		{only(t, CMSG_SO_RXQ_OVFL.Append(nil, math.MaxUint32)), "SO_RXQ_OVFL: 4294967295"},
		{only(t, CMSG_TXTIME.Append(nil, math.MaxUint64)), "SCM_TXTIME: 18446744073709551615"},
		{only(t, CMSG_UDP_SEGMENT.Append(nil, 1200)), "UDP_SEGMENT: 1200"},
		{only(t, CMSG_UDP_GRO.Append(nil, 1200)), "UDP_GRO: 1200"},
		{only(t, CMSG_TLS_GET_RECORD_TYPE.Append(nil, 23)), "TLS_GET_RECORD_TYPE: 23"},
		{sized(IPPROTO_IP, IP_TTL.Number(), 1, 2, 3), "IP_TTL: 010203"},
		{sized(SOL_SOCKET, SO_MARK.Number(), 0xab, 1), "SO_MARK: ab01"},
		{Cmsg{SOL_SOCKET, SCM_RIGHTS, nil}, "SCM_RIGHTS: "},
		{Cmsg{SOL_SOCKET, SCM_SECURITY, []byte("x")}, "SCM_SECURITY: 78"},
		{only(t, CMSG_ALG_SET_IV.Append(nil, "")), "ALG_SET_IV: 00000000"},
		{Cmsg{SOL_SOCKET, SCM_TIMESTAMPING_OPT_STATS, []byte{1}}, "SCM_TIMESTAMPING_OPT_STATS: 01"},
		{Cmsg{SOL_SOCKET, SCM_DEVMEM_LINEAR, nil}, "SCM_DEVMEM_LINEAR: "},
		{Cmsg{IPPROTO_IP, IP_RECVOPTS.Number(), []byte{1}}, "IP_RECVOPTS: 01"},
		{Cmsg{IPPROTO_IP, IP_RETOPTS.Number(), []byte{1}}, "IP_RETOPTS: 01"},
		{Cmsg{IPPROTO_IPV6, IPV6_HOPOPTS.Number(), []byte{1}}, "IPV6_HOPOPTS: 01"},
		{Cmsg{IPPROTO_IPV6, IPV6_DSTOPTS.Number(), []byte{1}}, "IPV6_DSTOPTS: 01"},
		{Cmsg{IPPROTO_IPV6, IPV6_RTHDR.Number(), []byte{1}}, "IPV6_RTHDR: 01"},
		{Cmsg{IPPROTO_IPV6, IPV6_2292DSTOPTS.Number(), []byte{1}}, "IPV6_2292DSTOPTS: 01"},
		{Cmsg{IPPROTO_IPV6, 51, []byte{1}}, "level 41, type 51: 01"},
		{Cmsg{-1, 9999, []byte{1}}, "level -1, type 9999: 01"},
		{Cmsg{IPPROTO_IP, IP_RECVERR.Number(), nil}, "IP_RECVERR: "},
		{Cmsg{IPPROTO_IPV6, IPV6_RECVERR.Number(), nil}, "IPV6_RECVERR: "},
		{Cmsg{IPPROTO_IPV6, IPV6_2292HOPLIMIT.Number(), nil}, "IPV6_2292HOPLIMIT: "},
	}
	for _, test := range controlRow {
		if test.name == CMSG_SO_TIMESTAMPING.String() {
			continue // its number is that of SCM_TIMESTAMPING
		}
		tests = append(tests, struct {
			c    Cmsg
			want string
		}{Cmsg{test.level, test.typ, nil}, test.name + ": "})
	}
	for _, tt := range tests {
		if got := tt.c.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
	}
}
