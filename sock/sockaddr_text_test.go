//go:build unix

package sock_test

import (
	"fmt"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// texts maps the output of String to the address.
func texts(t *testing.T) map[string]Sockaddr {
	return map[string]Sockaddr{
		"127.0.0.1:80":                      inet("127.0.0.1:80"),
		"[::1]:80":                          inet("[::1]:80"),
		"[::ffff:127.0.0.1]:80":             inet("[::ffff:127.0.0.1]:80"),
		"[fe80::1%2]:80":                    inet("[fe80::1%2]:80"),
		"[::1]:80?flowinfo=0xabcde":         InetFlow(inet("[::1]:80").AddrPort(), 0xabcde),
		"[fe80::1%2]:80?flowinfo=0x1":       InetFlow(inet("[fe80::1%2]:80").AddrPort(), 1),
		"/run/x":                            unixPath(t, "/run/x"),
		"/a b:c?d":                          unixPath(t, "/a b:c?d"),
		"/caf\u00e9":                        unixPath(t, "/caf\u00e9"),
		"/%0A%FF":                           unixPath(t, "/\n\xff"),
		"/100%":                             unixPath(t, "/100%"),
		"/%2541":                            unixPath(t, "/%41"),
		"/%254a":                            unixPath(t, "/%4a"),
		"unix://x":                          unixPath(t, "x"),
		"unix://./x":                        unixPath(t, "./x"),
		"unix://@x":                         unixPath(t, "@x"),
		"unix:":                             Unnamed(),
		"unspec":                            Unspec(),
		"raw:200:0102ff":                    raw(t, 200, "\x01\x02\xff"),
		"raw:200:":                          raw(t, 200, ""),
		fmt.Sprintf("raw:%d:0050", AF_INET): raw(t, AF_INET, "\x00\x50"),
	}
}

func TestString(t *testing.T) {
	for text, sa := range texts(t) {
		if got := sa.String(); got != text {
			t.Errorf("String of %x = %q, want %q", sa.AppendTo(nil), got, text)
		}
	}
}

func testParse(t *testing.T, texts map[string]Sockaddr) {
	t.Helper()
	for text, want := range texts {
		if got, err := ParseSockaddr(text); err != nil || got != want {
			t.Errorf("ParseSockaddr(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseWhatStringPrints(t *testing.T) {
	testParse(t, texts(t))
}

func TestParseForms(t *testing.T) {
	v4, v6, x := inet("127.0.0.1:80"), inet("[::1]:80"), unixPath(t, "/run/x")
	most := strings.Repeat("x", longest(t))
	testParse(t, map[string]Sockaddr{
		"tcp://127.0.0.1:80":     v4,
		"tcp:127.0.0.1:80":       v4,
		"tcp4://127.0.0.1:80":    v4,
		"udp://127.0.0.1:80":     v4,
		"udp4://127.0.0.1:80":    v4,
		"mptcp://127.0.0.1:80":   v4,
		"tcp://[::1]:80":         v6,
		"tcp6://[::1]:80":        v6,
		"udp6://[::1]:80":        v6,
		"[0:0:0:0:0:0:0:1]:0080": v6,
		"[::1%0]:80":             v6,
		"[::1]:80?flowinfo=7":    InetFlow(v6.AddrPort(), 7),
		"127.1:http":             v4,
		"TCP://127.0.0.1:80/":    v4,
		"tcp://:80":              inet("[::]:80"),
		"udp4://*:80":            inet("0.0.0.0:80"),
		"tcp://[fe80::1%252]:80": inet("[fe80::1%2]:80"),
		"[fe80::1%252]:80":       inet("[fe80::1%252]:80"),
		"unix:///run/x":          x,
		"unix:/run/x":            x,
		"unixgram:///run/x":      x,
		"unixpacket:///run/x":    x,
		"/run/%78":               x,
		"/%6A%6a":                unixPath(t, "/jj"),
		"/%6g%+1%_1":             unixPath(t, "/%6g%+1%_1"),
		"unix:x":                 unixPath(t, "x"),
		"unix://@x":              unixPath(t, "@x"),
		"unix://a:b":             unixPath(t, "a:b"),
		"./x":                    unixPath(t, "./x"),
		"../a:b":                 unixPath(t, "../a:b"),
		"/tcp:x":                 unixPath(t, "/tcp:x"),
		"unix://" + most:         unixPath(t, most),
		"unix://" + strings.Repeat("%78", len(most)): unixPath(t, most),
	})
}

func TestParseZoneByName(t *testing.T) {
	lo := loopback(t)
	testParse(t, map[string]Sockaddr{
		"[fe80::1%" + lo.Name + "]:80":        inet(fmt.Sprintf("[fe80::1%%%d]:80", lo.Index)),
		"tcp6://[fe80::1%" + lo.Name + "]:80": inet(fmt.Sprintf("[fe80::1%%%d]:80", lo.Index)),
	})
}

func testParseErrors(t *testing.T, complaints map[string]string) {
	t.Helper()
	for text, want := range complaints {
		sa, err := ParseSockaddr(text)
		if !sa.IsZero() || err == nil || err.Error() != fmt.Sprintf("address %q: %s", text, want) {
			t.Errorf("ParseSockaddr(%q) = %v, %v, want the error %q", text, sa, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	most := longest(t)
	long := "/" + strings.Repeat("x", most)
	testParseErrors(t, map[string]string{
		"":                                     "the address is empty",
		"tcp://":                               "the host and the port are missing: want HOST:PORT",
		"127.0.0.1":                            "the port is missing: want 127.0.0.1:PORT",
		"127.0.0.1:70000":                      "port 70000 is out of range: want 0 to 65535",
		"localhost:80":                         `host "localhost" is not an IP address, and names are not looked up here`,
		"127.0.0.256:80":                       `host "127.0.0.256" is neither an IPv4 address nor a name`,
		"::1:80":                               "too many colons: want HOST:PORT, with an IPv6 address in brackets, as in [::1]:80",
		"[127.0.0.1]:80":                       "[127.0.0.1]: only an IPv6 address is written in brackets",
		"tcp4://[::1]:80":                      "[::1] is an address of another family: tcp4 takes IPv4 only",
		"udp6://127.0.0.1:80":                  "127.0.0.1 is an address of another family: udp6 takes IPv6 only",
		"[fe80::1%no-such]:80":                 `no interface is called "no-such"`,
		"127.0.0.1:80?flowinfo=1":              "a query has no meaning here: want HOST:PORT alone",
		"[::1]:80?flow=1":                      `"flow=1" is not flow information: want ?flowinfo=NUMBER`,
		"[::1]:80?flowinfo=x":                  `"flowinfo=x" is not flow information: want ?flowinfo=NUMBER`,
		"unix://":                              "the path is missing",
		"unix:///a%00b":                        "a path cannot contain a NUL (an abstract name is written @NAME)",
		long:                                   fmt.Sprintf("the path has %d bytes, more than the %d of a socket's", most+1, most),
		"raw:200:1":                            "want raw:FAMILY:HEX",
		"raw:x:":                               "want raw:FAMILY:HEX",
		"raw:65536:":                           "want raw:FAMILY:HEX",
		"raw:200:" + strings.Repeat("00", 127): "it is longer than any socket address",
	})
}
