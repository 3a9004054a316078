//go:build unix

package endpoint_test

import (
	"strings"
	"testing"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in  string
		typ int
		url string
	}{
		{"127.0.0.1:6543", sock.SOCK_STREAM, "tcp://127.0.0.1:6543"},
		{"tcp://127.0.0.1:6543", sock.SOCK_STREAM, "tcp://127.0.0.1:6543"},
		{"tcp4://127.0.0.1:echo", sock.SOCK_STREAM, "tcp4://127.0.0.1:7"},
		{"[::1]:80", sock.SOCK_STREAM, "tcp://[::1]:80"},
		{"udp6://[::1]:0", sock.SOCK_DGRAM, "udp6://[::1]:0"},
		{"unix:///run/x", sock.SOCK_STREAM, "unix:///run/x"},
		{"/run/x", sock.SOCK_STREAM, "unix:///run/x"},
		{"./x", sock.SOCK_STREAM, "unix://./x"},
		{"unixgram:///run/x", sock.SOCK_DGRAM, "unixgram:///run/x"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			e, err := endpoint.Parse(tt.in)
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

func TestParseRefuses(t *testing.T) {
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
		{"sctp://127.0.0.1:80", "no transport is called sctp"},
		{"unix:", "the path is missing"},
		{"unix://", "the path is missing"},
		{"unix:///" + strings.Repeat("x", 200), "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := endpoint.Parse(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestResolveName(t *testing.T) {
	e, err := endpoint.Parse("tcp4://localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := e.Resolve(t.Context())
	if err != nil || len(addrs) == 0 || addrs[0].String() != "127.0.0.1:80" {
		t.Errorf("Resolve() = %v, %v; want 127.0.0.1:80 first", addrs, err)
	}
}

func TestCallError(t *testing.T) {
	err := &endpoint.CallError{Call: "bind", Address: "tcp://127.0.0.1:80", Err: sock.EACCES}
	if got, want := err.Error(), "bind tcp://127.0.0.1:80: EACCES (permission denied)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
