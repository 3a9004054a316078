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
		{".x", SOCK_STREAM, "unix://.x"},
		{"unixgram:///run/x", SOCK_DGRAM, "unixgram:///run/x"},
		{"unixpacket:///run/x", SOCK_SEQPACKET, "unixpacket:///run/x"},
		{"unix://x", SOCK_STREAM, "unix://x"},
		{"unix:x", SOCK_STREAM, "unix://x"},
		{"unix:/run/x", SOCK_STREAM, "unix:///run/x"},
		{"unix://run/x", SOCK_STREAM, "unix://run/x"}, // a relative path, not a host
		{"unix://@x", SOCK_STREAM, "unix://@x"},       // a path, not an abstract name
		{"//run/x", SOCK_STREAM, "unix:////run/x"},
		{"/run/a:b", SOCK_STREAM, "unix:///run/a:b"},
		{"unix:///run/a%20b", SOCK_STREAM, "unix:///run/a b"},
		{"unix:///run/a?b#c", SOCK_STREAM, "unix:///run/a?b#c"},
		{"unix:///run/x/", SOCK_STREAM, "unix:///run/x/"},
		{"tcp:127.0.0.1:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"udp://127.0.0.1:domain", SOCK_DGRAM, "udp://127.0.0.1:53"},
		{"tcp6://[::ffff:127.0.0.1]:80", SOCK_STREAM, "tcp6://[::ffff:127.0.0.1]:80"},

		// Forms that C's inet_aton and inet_pton accept.
		{"tcp://127.1:6543", SOCK_STREAM, "tcp://127.0.0.1:6543"},
		{"0x7f.1:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"0177.0.0.01:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"0X7F000001:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"2130706433:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"tcp://0:80", SOCK_STREAM, "tcp://0.0.0.0:80"},
		{"[2001:DB8::A]:80", SOCK_STREAM, "tcp://[2001:db8::a]:80"},
		{"127.0.0.1:00080", SOCK_STREAM, "tcp://127.0.0.1:80"},

		// Forms of URLs.
		{"TCP://127.0.0.1:80", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"Udp6://[::1]:80", SOCK_DGRAM, "udp6://[::1]:80"},
		{"UNIX:///run/X", SOCK_STREAM, "unix:///run/X"},
		{"tcp://127.0.0.1:80/", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"127.0.0.1:80/", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"tcp://[::1]:80/?flowinfo=0x7", SOCK_STREAM, "tcp://[::1]:80?flowinfo=0x7"},
		{"tcp://[fe80::1%7]:80", SOCK_STREAM, "tcp://[fe80::1%7]:80"},
		{"tcp://[fe80::1%257]:80", SOCK_STREAM, "tcp://[fe80::1%7]:80"},
		{"tcp://[fe80::1%25%37]:80", SOCK_STREAM, "tcp://[fe80::1%7]:80"},
		{"tcp://[fe80::1%25]:80", SOCK_STREAM, "tcp://[fe80::1%2525]:80"},
		{"tcp://[fe80::1%2525]:80", SOCK_STREAM, "tcp://[fe80::1%2525]:80"},
		{"[fe80::1%257]:80", SOCK_STREAM, "tcp://[fe80::1%25257]:80"}, // not in a URL

		// Every address of this machine.
		{":6543", SOCK_STREAM, "tcp://[::]:6543"},
		{"*:6543", SOCK_STREAM, "tcp://[::]:6543"},
		{"tcp://:6543", SOCK_STREAM, "tcp://[::]:6543"},
		{"tcp4://:6543", SOCK_STREAM, "tcp4://0.0.0.0:6543"},
		{"udp6://*:6543", SOCK_DGRAM, "udp6://[::]:6543"},

		// With white space, as in files and tables.
		{" tcp://127.0.0.1:80 ", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"127.0.0.1:80\r\n", SOCK_STREAM, "tcp://127.0.0.1:80"},
		{"\tunix:///run/x\n", SOCK_STREAM, "unix:///run/x"},
		{"unix:///run/x ", SOCK_STREAM, "unix:///run/x "}, // a path may end with a space
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			e, err := ParseEndpoint(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			addrs, err := e.Resolve(t.Context())
			if err != nil || len(addrs) != 1 {
				t.Fatalf("Resolve() = %v, %v, want one address", addrs, err)
			}
			if url := e.URL(addrs[0]); e.Type != tt.typ || url != tt.url {
				t.Errorf("type %d, %s, want %d, %s", e.Type, url, tt.typ, tt.url)
			}
		})
	}
}

// Each error says what is wrong, and what is wanted.
func TestEndpointParseRefuses(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "the address is empty"},
		{" \n", "the address is empty"},
		{"6543", "the host is missing: want HOST:6543, or :6543"},
		{"tcp://", "the host and the port are missing: want HOST:PORT"},
		{"tcp:", "the host and the port are missing: want HOST:PORT"},
		{"localhost", "the port is missing: want localhost:PORT"},
		{"tcp://127.0.0.1", "the port is missing: want 127.0.0.1:PORT"},
		{"tcp://127.0.0.1/", "the port is missing: want 127.0.0.1:PORT"},
		{"tcp://127.0.0.1:", "the port is missing: want 127.0.0.1:PORT"},
		{"[::1]", "the port is missing: want [::1]:PORT"},
		{"[::1]:", "the port is missing: want [::1]:PORT"},
		{"[::1:80", "want [HOST]:PORT"},
		{"[::1]80", "want [HOST]:PORT"},
		{"::1]:80", "want [HOST]:PORT"},
		{"::1", "in brackets, as in [::1]:80"},
		{"::1:80", "in brackets, as in [::1]:80"},
		{"tcp://fe80::1%lo:80", "in brackets, as in [::1]:80"},
		{"127.0.0.1:80:90", "too many colons: want HOST:PORT"},
		{"[127.0.0.1]:80", "only an IPv6 address is written in brackets"},
		{"[localhost]:80", "only an IPv6 address is written in brackets"},
		{"[]:80", "only an IPv6 address is written in brackets"},
		{"[::g]:80", "only an IPv6 address is written in brackets"},
		{"127.0.0.256:80", "neither an IPv4 address nor a name"},
		{"1.2.3.4.5:80", "neither an IPv4 address nor a name"},
		{"tcp://127.0.0.1:65536", "port 65536 is out of range: want 0 to 65535"},
		{"tcp://127.0.0.1:99999999999999999999", "is out of range: want 0 to 65535"},
		{"tcp://127.0.0.1:-1", `port "-1" is neither a number`},
		{"tcp://127.0.0.1:+80", `port "+80" is neither a number`},
		{"tcp://127.0.0.1:0x50", `port "0x50" is neither a number`},
		{"127.0.0.1:nonsense", `port "nonsense" is neither a number nor the name of a service of tcp`},
		{"udp://127.0.0.1:nonsense", "service of udp"},
		{"tcp://127.0.0.1: 80", `port " 80" is neither a number`},
		{"tcp4://[::1]:80", "tcp4 takes IPv4 only"},
		{"tcp4://[::ffff:127.0.0.1]:80", "tcp4 takes IPv4 only"},
		{"udp6://127.0.0.1:80", "udp6 takes IPv6 only"},
		{"sctp://127.0.0.1:80", `unknown transport "sctp": want tcp, tcp4, tcp6, udp, udp4, udp6, unix, unixgram, unixpacket`},
		{"http://127.0.0.1:80/", `unknown transport "http": want tcp,`},
		{"tcp://user:secret@127.0.0.1:80", "a user has no meaning here: want HOST:PORT"},
		{"tcp://127.0.0.1:80/path", "a path has no meaning here: want HOST:PORT"},
		{"tcp:///127.0.0.1:80", "a path has no meaning here: want HOST:PORT"},
		{"tcp://127.0.0.1:80?a=b", "a query has no meaning here: want HOST:PORT"},
		{"tcp://localhost:80?flowinfo=1", "a query has no meaning here: want HOST:PORT"},
		{"tcp://[::1]:80?a=b", "want ?flowinfo=NUMBER"},
		{"tcp://127.0.0.1:80#a", "a fragment has no meaning here: want HOST:PORT"},
		{"tcp://b\u00fccher.example:80", "is not ASCII: want its form in DNS, which begins with xn--"},
		{"tcp://a b:80", `contains ' '`},
		{"tcp://localhos%74:80", `contains '%'`},
		{"[fe80::1%nonsense]:80", `no interface is called "nonsense"`},
		{"tcp://[fe80::1%25nonsense]:80", `no interface is called "nonsense"`},
		{"unix:///a%00b", "a path cannot contain a NUL"},
		{"unix:%00b", "an abstract name is written @NAME"},
		{"unix:", "the path is missing"},
		{"unix://", "the path is missing"},
		{"unix:///" + strings.Repeat("x", 200), "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := ParseEndpoint(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), strconv.Quote(tt.in)+": ") {
				t.Errorf("ParseEndpoint() = %v, want an error that begins with the text and contains %q", err, tt.want)
			}
		})
	}
}
