package sock_test

import (
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func TestEndpointAbstract(t *testing.T) {
	tests := []struct {
		in, network, name, url string
	}{
		{"@x", "unix", "x", "unix:@x"},
		{"unix:@x", "unix", "x", "unix:@x"},
		{"unixgram:@x", "unixgram", "x", "unixgram:@x"},
		{"unixpacket:@x", "unixpacket", "x", "unixpacket:@x"},
		{"unix:@/a:b", "unix", "/a:b", "unix:@/a:b"},
		{"unix:@a%00b", "unix", "a\x00b", "unix:@a%00b"},
		{"@", "unix", "", "unix:@"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			want, err := Abstract(tt.name)
			if err != nil {
				t.Fatal(err)
			}
			e, addrs := parseEndpoint(t, tt.in), resolveEndpoint(t, tt.in)
			if e.Network != tt.network || len(addrs) != 1 || addrs[0] != want {
				t.Errorf("%s %v, want %s %v", e.Network, addrs, tt.network, want)
			}
			if url := e.URL(want); url != tt.url {
				t.Errorf("URL() = %q, want %q", url, tt.url)
			}
		})
	}
}

func TestEndpointAbstractTooLong(t *testing.T) {
	if _, err := ParseEndpoint("@" + strings.Repeat("x", 108)); err == nil || !strings.Contains(err.Error(), "more than the 107") {
		t.Errorf("ParseEndpoint of 108 bytes: %v, want an error with the longest length", err)
	}
}

func TestEndpointOfMPTCP(t *testing.T) {
	for in, want := range map[string]string{
		"mptcp://127.0.0.1:http": "mptcp://127.0.0.1:80",
		"MPTCP://[::1]:80/":      "mptcp://[::1]:80",
	} {
		e, addrs := parseEndpoint(t, in), resolveEndpoint(t, in)
		if e.Type != SOCK_STREAM || e.Protocol != IPPROTO_MPTCP || len(addrs) != 1 || e.URL(addrs[0]) != want {
			t.Errorf("ParseEndpoint(%q) = %+v at %v, want %s", in, e, addrs, want)
		}
	}
}

func TestEndpointOfVsock(t *testing.T) {
	for in, want := range map[string]Sockaddr{
		"vsock://2:1024":             VM(2, 1024),
		"vsock:2:1024":               VM(2, 1024),
		"VSOCK://2:1024/":            VM(2, 1024),
		"vsock://any:1":              VM(VMADDR_CID_ANY, 1),
		"vsock://ANY:any":            VM(VMADDR_CID_ANY, VMADDR_PORT_ANY),
		"vsock://*:*":                VM(VMADDR_CID_ANY, VMADDR_PORT_ANY),
		"vsock://-1:-1":              VM(VMADDR_CID_ANY, VMADDR_PORT_ANY),
		"vsock://-1U:-1U":            VM(VMADDR_CID_ANY, VMADDR_PORT_ANY),
		"vsock://4294967295:1":       VM(VMADDR_CID_ANY, 1),
		"vsock://0xFFFFFFFF:0X10":    VM(VMADDR_CID_ANY, 16),
		"vsock::1":                   VM(VMADDR_CID_ANY, 1),
		"vsock://hypervisor:1":       VM(VMADDR_CID_HYPERVISOR, 1),
		"vsock://local:1":            VM(VMADDR_CID_LOCAL, 1),
		"vsock://local:0":            VM(VMADDR_CID_LOCAL, VMADDR_PORT_ANY),
		"vsock://local:0x0":          VM(VMADDR_CID_LOCAL, VMADDR_PORT_ANY),
		" vsock://Host:4294967294\n": VM(VMADDR_CID_HOST, 1<<32-2),
	} {
		e, addrs := parseEndpoint(t, in), resolveEndpoint(t, in)
		if e.Network != "vsock" || e.Type != SOCK_STREAM || len(addrs) != 1 || addrs[0] != want {
			t.Errorf("ParseEndpoint(%q) = %+v at %v, want %v", in, e, addrs, want)
		}
		if url := e.URL(want); resolveEndpoint(t, url)[0] != want {
			t.Errorf("Resolve of %s, the URL of %v, returned another address", url, want)
		}
	}
}

func TestEndpointOfVsockRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"vsock://nonsense":     "the port is missing: want vsock://CID:PORT",
		"vsock://2:":           "the port is missing: want vsock://CID:PORT",
		"vsock://nonsense:1":   `CID "nonsense" is neither a number below 2^32 nor any, hypervisor, local or host`,
		"vsock://-2:1":         `CID "-2"`,
		"vsock://4294967296:1": `CID "4294967296"`,
		"vsock://2:nonsense":   `port "nonsense" is neither a number below 2^32 nor any`,
		"vsock://2:1:3":        `port "1:3"`,
	} {
		if _, err := ParseEndpoint(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseEndpoint(%q): %v, want %q in it", in, err, want)
		}
	}
}
