//go:build unix

package sock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func TestGetaddrinfo(t *testing.T) {
	v4, v6, mapped := inet("127.0.0.1:80"), inet("[::1]:80"), inet("[::ffff:127.0.0.1]:80")
	tests := []struct {
		node, service string
		hints         AddrinfoHints
		want          []Addrinfo
	}{
		{"127.0.0.1", "80", AddrinfoHints{}, []Addrinfo{
			{AF_INET, SOCK_STREAM, IPPROTO_TCP, v4, ""}, {AF_INET, SOCK_DGRAM, IPPROTO_UDP, v4, ""}, {AF_INET, SOCK_RAW, 0, v4, ""},
		}},
		{"::1", "http", AddrinfoHints{}, []Addrinfo{{AF_INET6, SOCK_STREAM, IPPROTO_TCP, v6, ""}}},
		{"127.1", "80", AddrinfoHints{Socktype: SOCK_DGRAM, Flags: AI_CANONNAME}, []Addrinfo{{AF_INET, SOCK_DGRAM, IPPROTO_UDP, v4, "127.1"}}},
		{"127.0.0.1", "", AddrinfoHints{Socktype: SOCK_RAW, Protocol: IPPROTO_ICMP},
			[]Addrinfo{{AF_INET, SOCK_RAW, IPPROTO_ICMP, inet("127.0.0.1:0"), ""}}},
		{"", "80", AddrinfoHints{Socktype: SOCK_STREAM}, []Addrinfo{
			{AF_INET6, SOCK_STREAM, IPPROTO_TCP, v6, ""}, {AF_INET, SOCK_STREAM, IPPROTO_TCP, v4, ""},
		}},
		{"", "80", AddrinfoHints{Protocol: IPPROTO_UDP, Family: AF_INET6, Flags: AI_PASSIVE | AI_NUMERICSERV},
			[]Addrinfo{{AF_INET6, SOCK_DGRAM, IPPROTO_UDP, inet("[::]:80"), ""}}},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_STREAM, Family: AF_INET6, Flags: AI_V4MAPPED | AI_NUMERICHOST},
			[]Addrinfo{{AF_INET6, SOCK_STREAM, IPPROTO_TCP, mapped, ""}}},
		{"::ffff:127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_STREAM, Family: AF_INET}, []Addrinfo{{AF_INET, SOCK_STREAM, IPPROTO_TCP, v4, ""}}},
	}
	for _, test := range tests {
		got, err := Getaddrinfo(t.Context(), test.node, test.service, test.hints)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("Getaddrinfo(%q, %q, %+v) = %v, %v, want %v", test.node, test.service, test.hints, got, err, test.want)
		}
	}
}

func TestGetaddrinfoErrors(t *testing.T) {
	tests := []struct {
		node, service string
		hints         AddrinfoHints
		want          GaiError
	}{
		{"", "", AddrinfoHints{}, EAI_NONAME},
		{"127.0.0.1", "80", AddrinfoHints{Flags: 1 << 20}, EAI_BADFLAGS},
		{"", "80", AddrinfoHints{Flags: AI_CANONNAME}, EAI_BADFLAGS},
		{"127.0.0.1", "80", AddrinfoHints{Family: AF_UNIX}, EAI_FAMILY},
		{"127.0.0.1", "80", AddrinfoHints{Family: AF_INET6}, EAI_ADDRFAMILY},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: 77}, EAI_SOCKTYPE},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: -1}, EAI_SOCKTYPE},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_STREAM, Protocol: IPPROTO_UDP}, EAI_SOCKTYPE},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_RAW}, EAI_SERVICE},
		{"127.0.0.1", "nonsense", AddrinfoHints{}, EAI_SERVICE},
		{"127.0.0.1", "70000", AddrinfoHints{}, EAI_SERVICE},
		{"127.0.0.1", "-1", AddrinfoHints{}, EAI_SERVICE},
		{"127.0.0.1", "http", AddrinfoHints{Flags: AI_NUMERICSERV}, EAI_NONAME},
		{"127.0.0.1", "http", AddrinfoHints{Flags: AI_NUMERICSERV, Socktype: SOCK_RAW}, EAI_NONAME},
		{"127.0.0.1", "http", AddrinfoHints{Flags: AI_NUMERICSERV, Socktype: 77}, EAI_NONAME},
		{"::1%lo", "80", AddrinfoHints{}, EAI_NONAME},
		{"1::2%lo0", "80", AddrinfoHints{}, EAI_NONAME},
		{"::1%lo", "80", AddrinfoHints{Family: AF_INET}, EAI_ADDRFAMILY},
		{"localhost", "80", AddrinfoHints{Flags: AI_NUMERICHOST}, EAI_NONAME},
		{"fe80::1%nonsense", "80", AddrinfoHints{}, EAI_NONAME},
		{"no..host", "80", AddrinfoHints{}, EAI_NONAME},
	}
	for _, test := range tests {
		got, err := Getaddrinfo(t.Context(), test.node, test.service, test.hints)
		if got != nil || !errors.Is(err, test.want) {
			t.Errorf("Getaddrinfo(%q, %q, %+v) = %v, %v, want %v", test.node, test.service, test.hints, got, err, test.want)
		}
	}
}

func TestLookupsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Getaddrinfo(ctx, "host.invalid", "80", AddrinfoHints{})
	if !errors.Is(err, EAI_AGAIN) || !errors.Is(err, context.Canceled) {
		t.Errorf("Getaddrinfo: %v, want EAI_AGAIN because the context is done", err)
	}
	_, _, err = Getnameinfo(ctx, inet("192.0.2.1:80"), 0)
	if !errors.Is(err, EAI_AGAIN) || !errors.Is(err, context.Canceled) {
		t.Errorf("Getnameinfo: %v, want EAI_AGAIN because the context is done", err)
	}
}

func TestGetnameinfo(t *testing.T) {
	const numeric = NI_NUMERICHOST | NI_NUMERICSERV
	web, names := "http", "domain"
	if _, err := os.Stat("/etc/services"); err != nil {
		web, names = "80", "53" // ports have no names here
	}
	tests := []struct {
		sa            Sockaddr
		flags         int
		host, service string
		err           error
	}{
		{inet("127.0.0.1:80"), numeric, "127.0.0.1", "80", nil},
		{inet("127.0.0.1:80"), NI_NUMERICHOST, "127.0.0.1", web, nil},
		{inet("127.0.0.1:0"), NI_NUMERICHOST, "127.0.0.1", "0", nil},
		{inet("127.0.0.1:53"), NI_NUMERICHOST | NI_DGRAM, "127.0.0.1", names, nil},
		{inet("[::1]:65535"), numeric, "::1", "65535", nil},
		{inet("[::ffff:192.0.2.1]:1"), numeric, "::ffff:192.0.2.1", "1", nil},
		{inet("127.0.0.1:80"), NI_NUMERICSERV, "localhost", "80", nil},
		{inet("127.0.0.1:80"), 1 << 20, "", "", EAI_BADFLAGS},
		{inet("127.0.0.1:80"), numeric | NI_NAMEREQD, "", "", EAI_NONAME},
		{Unnamed(), 0, "", "", EAI_FAMILY},
		{Sockaddr{}, 0, "", "", EAI_FAMILY},
	}
	for _, test := range tests {
		host, service, err := Getnameinfo(t.Context(), test.sa, test.flags)
		if host != test.host || service != test.service || !errors.Is(err, test.err) {
			t.Errorf("Getnameinfo(%v, %#x) = %q, %q, %v, want %q, %q, %v", test.sa, test.flags, host, service, err, test.host, test.service, test.err)
		}
	}
}

func TestGaiErrorText(t *testing.T) {
	for e := EAI_ADDRFAMILY; e <= EAI_BADFLAGS; e++ {
		if e != -5 && strings.Contains(e.Error(), "error") {
			t.Errorf("error %d has the text %q, want one of its own", e, e.Error())
		}
	}
	if got := GaiError(7).Error(); got != "getaddrinfo error 7" {
		t.Errorf("text of an unknown error = %q", got)
	}
}

func TestInetAton(t *testing.T) {
	tests := []struct{ in, want string }{
		{"127.0.0.1", "127.0.0.1"},
		{"127.1", "127.0.0.1"},
		{"127.0.258", "127.0.1.2"},
		{"2130706433", "127.0.0.1"},
		{"0x7f.1", "127.0.0.1"},
		{"0X7F000001", "127.0.0.1"},
		{"0177.0.0.01", "127.0.0.1"},
		{"0", "0.0.0.0"},
		{"4294967295", "255.255.255.255"},
		{"4294967296", ""},
		{"1.16777216", ""},
		{"256.1", ""},
		{"1.2.3.256", ""},
		{"1.2.3.4.5", ""},
		{"08.1", ""},
		{"0b1.1", ""},
		{"0o7.1", ""},
		{"1_0.1", ""},
		{"1..2", ""},
		{"1.", ""},
		{"-1", ""},
		{"+1", ""},
		{"", ""},
		{"a", ""},
	}
	for _, test := range tests {
		var want netip.Addr
		if test.want != "" {
			want = netip.MustParseAddr(test.want)
		}
		if got, ok := InetAton(test.in); got != want || ok != want.IsValid() {
			t.Errorf("InetAton(%q) = %v, %t, want %v", test.in, got, ok, want)
		}
	}
}

func TestByteOrder(t *testing.T) {
	var b [4]byte
	binary.NativeEndian.PutUint16(b[:], Htons(0x1234))
	if want := [4]byte{0x12, 0x34}; b != want {
		t.Errorf("Htons = %x, want %x", b, want)
	}
	binary.NativeEndian.PutUint32(b[:], Htonl(0x12345678))
	if want := [4]byte{0x12, 0x34, 0x56, 0x78}; b != want {
		t.Errorf("Htonl = %x, want %x", b, want)
	}
	if Ntohs(Htons(0x1234)) != 0x1234 || Ntohl(Htonl(0x12345678)) != 0x12345678 {
		t.Error("Ntohs or Ntohl does not undo Htons or Htonl")
	}
}
