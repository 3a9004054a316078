//go:build unix

package sock_test

import (
	"fmt"
	"strings"
	"testing"

	. "example.com/berkeley/sock"
)

// texts are addresses and how String prints them.
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
			t.Errorf("%x prints as %q; want %q", sa.AppendTo(nil), got, text)
		}
	}
}

func testParse(t *testing.T, texts map[string]Sockaddr) {
	t.Helper()
	for text, want := range texts {
		if got, err := ParseSockaddr(text); err != nil || got != want {
			t.Errorf("ParseSockaddr(%q) = %v, %v; want %v", text, got, err, want)
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
			t.Errorf("ParseSockaddr(%q) = %v, %v; want the error %q", text, sa, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	most := longest(t)
	long := "/" + strings.Repeat("x", most)
	testParseErrors(t, map[string]string{
		"":                                     "it is empty",
		"tcp://":                               "the port is missing",
		"127.0.0.1":                            "the port is missing",
		"127.0.0.1:":                           "the port is missing",
		"127.0.0.1:70000":                      "port 70000 is out of range, 0 to 65535",
		"127.0.0.1:-1":                         `port "-1" is no number`,
		"127.0.0.1:http":                       `port "http" is no number`,
		":80":                                  "the host is missing",
		"[]:80":                                "the host is missing",
		"tcp://:80":                            "the host is missing",
		"localhost:80":                         `host "localhost" is no IP address`,
		"127.0.0.256:80":                       `host "127.0.0.256" is no IP address`,
		"::1:80":                               `host "::1": brackets are for IPv6, which needs them`,
		"[127.0.0.1]:80":                       `host "127.0.0.1": brackets are for IPv6, which needs them`,
		"tcp4://[::1]:80":                      `host "::1" is of another family`,
		"udp6://127.0.0.1:80":                  `host "127.0.0.1" is of another family`,
		"[fe80::1%no-such]:80":                 `zone "no-such" is no interface here`,
		"127.0.0.1:80?flowinfo=1":              `"flowinfo=1" is no flow information of IPv6`,
		"[::1]:80?flow=1":                      `"flow=1" is no flow information of IPv6`,
		"[::1]:80?flowinfo=x":                  `"flowinfo=x" is no flow information of IPv6`,
		"unix://":                              "the path is missing",
		"unix:///a%00b":                        "a path can't hold a NUL",
		long:                                   fmt.Sprintf("the path has %d bytes, more than the %d of a socket's", most+1, most),
		"raw:200:1":                            "not raw:FAMILY:HEX",
		"raw:x:":                               "not raw:FAMILY:HEX",
		"raw:65536:":                           "not raw:FAMILY:HEX",
		"raw:200:" + strings.Repeat("00", 127): "longer than any socket address",
	})
}
