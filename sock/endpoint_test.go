//go:build unix

package sock_test

import (
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

func TestEndpointParse(t *testing.T) {
	tests := []struct {
		in  string
		typ int
		url string
	}{
		{"127.0.0.1:6543", SOCK_STREAM, "tcp://127.0.0.1:6543"},
		{"tcp://127.0.0.1:6543", SOCK_STREAM, "tcp://127.0.0.1:6543"},
		{"tcp4://127.0.0.1:echo", SOCK_STREAM, "tcp4://127.0.0.1:7"},
		{"[::1]:80", SOCK_STREAM, "tcp://[::1]:80"},
		{"udp6://[::1]:0", SOCK_DGRAM, "udp6://[::1]:0"},
		{"unix:///run/x", SOCK_STREAM, "unix:///run/x"},
		{"/run/x", SOCK_STREAM, "unix:///run/x"},
		{"./x", SOCK_STREAM, "unix://./x"},
		{"unixgram:///run/x", SOCK_DGRAM, "unixgram:///run/x"},
		{"unixpacket:///run/x", SOCK_SEQPACKET, "unixpacket:///run/x"},
		{"unix://x", SOCK_STREAM, "unix://x"},
		{"unix:x", SOCK_STREAM, "unix://x"},
		{"unix://@x", SOCK_STREAM, "unix://@x"}, // a path, not an abstract name
		{"/run/a:b", SOCK_STREAM, "unix:///run/a:b"},
		{"tcp:127.0.0.1:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"udp://127.0.0.1:domain", SOCK_DGRAM, "udp://127.0.0.1:53"},
		{"tcp6://[::ffff:127.0.0.1]:80", SOCK_STREAM, "tcp6://[::ffff:127.0.0.1]:80"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			e, err := ParseEndpoint(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			addrs, err := e.Resolve(t.Context())
			if err != nil || len(addrs) != 1 {
				t.Fatalf("Resolve() = %v, %v; want one address", addrs, err)
			}
			if url := e.URL(addrs[0]); e.Type != tt.typ || url != tt.url {
				t.Errorf("type %d, %s; want %d, %s", e.Type, url, tt.typ, tt.url)
			}
		})
	}
}

func TestEndpointParseRefuses(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "empty"},
		{"6543", "not HOST:PORT"},
		{":6543", "the host is missing"},
		{"tcp://:6543", "the host is missing"},
		{"tcp://127.0.0.1", "not HOST:PORT"},
		{"tcp://127.0.0.1:", `port ""`},
		{"tcp://127.0.0.1:70000", `port "70000"`},
		{"tcp://127.0.0.1:-1", `port "-1"`},
		{"tcp4://[::1]:80", "of another family"},
		{"tcp6://127.0.0.1:80", "of another family"},
		{"::1:80", "[HOST]:PORT for IPv6"},
		{"127.0.0.1:80:90", "not HOST:PORT"},
		{"127.0.0.1:80/", `port "80/"`},
		{"127.0.0.1:nonsense", `port "nonsense"`},
		{"tcp4://[::ffff:127.0.0.1]:80", "of another family"},
		{"sctp://127.0.0.1:80", "no transport is called sctp"},
		{"TCP://127.0.0.1:80", "no transport is called TCP"},
		{"[fe80::1%nonsense]:80", `zone "nonsense" is no interface here`},
		{"unix:///a%00b", "a path can't hold a NUL"},
		{"unix:", "the path is missing"},
		{"unix://", "the path is missing"},
		{"unix:///" + strings.Repeat("x", 200), "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := ParseEndpoint(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), strconv.Quote(tt.in)+": ") {
				t.Errorf("Parse() = %v, want an error with what was given first, and %q", err, tt.want)
			}
		})
	}
}
