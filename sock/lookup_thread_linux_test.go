package sock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// DNS question types and an answer code: RFC 1035, RFC 3596.
const (
	typeA, typePTR, typeAAAA        = 1, 12, 28
	flagsFound, flagsServerFailure  = 0x8180, 0x8182
	flagsNoSuchName                 = 0x8183
	classInternet, pointerToTheName = 1, 0xc00c
)

// fakeDNS answers look-ups from a table until the test ends. For other names the server fails.
func fakeDNS(t *testing.T, hosts map[string][]string) {
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answer(server, hosts)
		return client, nil
	}}
}

// answer answers the questions of one connection. Each is preceded by its length.
func answer(conn net.Conn, hosts map[string][]string) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, q); err != nil {
			return
		}
		a := answerTo(q, hosts)
		conn.Write(append(u16(uint16(len(a))), a...))
	}
}

// answerTo returns the answer to a question.
func answerTo(q []byte, hosts map[string][]string) []byte {
	name, rest := questioned(q[12:])
	a := slices.Concat(q[:2], u16(flagsServerFailure), u16(1), make([]byte, 6), q[12:len(q)-len(rest)+4])
	records, ok := hosts[name]
	if !ok {
		return a
	}
	binary.BigEndian.PutUint16(a[2:], flagsFound)
	for _, record := range records {
		typ, data := encoded(record)
		if typ != binary.BigEndian.Uint16(rest) {
			continue
		}
		a[7]++
		a = slices.Concat(a, u16(pointerToTheName), u16(typ), u16(classInternet), make([]byte, 4), u16(uint16(len(data))), data)
	}
	return a
}

// questioned returns the name at the beginning of a question, and the rest of the question.
func questioned(q []byte) (name string, rest []byte) {
	for q[0] != 0 {
		name += string(q[1:1+q[0]]) + "."
		q = q[1+q[0]:]
	}
	return name, q[1:]
}

// encoded returns the data of a record, an address or a name.
func encoded(record string) (typ uint16, data []byte) {
	if addr, err := netip.ParseAddr(record); err == nil {
		return map[bool]uint16{true: typeA, false: typeAAAA}[addr.Is4()], addr.AsSlice()
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(record, "."), ".") {
		data = append(append(data, byte(len(label))), label...)
	}
	return typePTR, append(data, 0)
}

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func TestGetaddrinfoOfNames(t *testing.T) {
	fakeDNS(t, map[string][]string{
		"both.test.":  {"127.0.0.1", "::1"},
		"four.test.":  {"127.0.0.1", "127.0.0.2"},
		"empty.test.": {},
	})
	tests := []struct {
		node          string
		family, flags int
		want          string
		err           error
	}{
		{"both.test", AF_INET, 0, "127.0.0.1", nil},
		{"both.test", AF_INET6, 0, "::1", nil},
		{"both.test", AF_INET6, AI_V4MAPPED, "::1", nil},
		{"both.test", AF_INET6, AI_V4MAPPED | AI_ALL, "::1 ::ffff:127.0.0.1", nil},
		{"four.test", AF_UNSPEC, 0, "127.0.0.1 127.0.0.2", nil},
		{"four.test", AF_INET6, AI_V4MAPPED, "::ffff:127.0.0.1 ::ffff:127.0.0.2", nil},
		{"four.test", AF_INET6, 0, "", EAI_NONAME},
		{"four.test", AF_INET, AI_CANONNAME, "127.0.0.1 127.0.0.2", nil},
		{"empty.test", AF_UNSPEC, 0, "", EAI_NONAME},
		{"failing.test.", AF_INET, 0, "", EAI_AGAIN},
	}
	for _, test := range tests {
		list, err := Getaddrinfo(t.Context(), test.node, "80", AddrinfoHints{Family: test.family, Flags: test.flags, Socktype: SOCK_STREAM})
		var got []string
		for _, a := range list {
			got = append(got, a.Addr.AddrPort().Addr().String())
		}
		if strings.Join(got, " ") != test.want || !errors.Is(err, test.err) {
			t.Errorf("Getaddrinfo(%q, %d, %#x) = %q, %v, want %q, %v", test.node, test.family, test.flags, got, err, test.want, test.err)
		}
		if test.flags == AI_CANONNAME && (list[0].Canonname != test.node || list[1].Canonname != "") {
			t.Errorf("canonical names = %q, %q, want %q in the first address alone", list[0].Canonname, list[1].Canonname, test.node)
		}
	}
}

func TestGetnameinfoOfNames(t *testing.T) {
	fakeDNS(t, map[string][]string{"1.2.0.192.in-addr.arpa.": {"host.test."}, "2.2.0.192.in-addr.arpa.": {}})
	tests := []struct {
		sa    string
		flags int
		want  string
		err   error
	}{
		{"192.0.2.1:80", 0, "host.test", nil},
		{"192.0.2.1:80", NI_NUMERICHOST, "192.0.2.1", nil},
		{"[::ffff:192.0.2.1]:80", 0, "host.test", nil},
		{"192.0.2.2:80", 0, "192.0.2.2", nil},
		{"192.0.2.2:80", NI_NAMEREQD, "", EAI_NONAME},
		{"192.0.2.3:80", 0, "", EAI_AGAIN},
	}
	for _, test := range tests {
		if host, _, err := Getnameinfo(t.Context(), inet(test.sa), test.flags); host != test.want || !errors.Is(err, test.err) {
			t.Errorf("Getnameinfo(%s, %#x) = %q, %v, want %q, %v", test.sa, test.flags, host, err, test.want, test.err)
		}
	}
}

// A look-up uses the network namespace of the calling thread, as in C.
func TestLookupInAnotherNetwork(t *testing.T) {
	if !bareSystem(t) {
		return
	}
	runtime.LockOSThread() // never unlocked, so that the thread ends with the test
	check(t, unix.Unshare(unix.CLONE_NEWNET))
	setUp(t, lo(t).index)
	dns := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:53"))
	hosts := map[string][]string{"host.example.": {"127.0.0.9"}, "9.0.0.127.in-addr.arpa.": {"host.example."}}
	go func() {
		for q := make([]byte, 512); ; {
			n, client, err := Recvfrom(dns, q, 0)
			if err != nil || n == 0 {
				return
			}
			Sendto(dns, answerTo(q[:n], hosts), 0, client)
		}
	}()
	defer Shutdown(dns, SHUT_RDWR)

	list, err := Getaddrinfo(t.Context(), "host.example", "80", AddrinfoHints{Socktype: SOCK_STREAM, Flags: AI_CANONNAME})
	if err != nil || len(list) != 1 || list[0].Addr != inet("127.0.0.9:80") || list[0].Canonname != "host.example" {
		t.Errorf("Getaddrinfo = %v, %v, want 127.0.0.9", list, err)
	}
	if host, _, err := Getnameinfo(t.Context(), inet("127.0.0.9:80"), NI_NAMEREQD); host != "host.example" || err != nil {
		t.Errorf("Getnameinfo = %q, %v, want the name", host, err)
	}
	l, sa := server(t, inet("127.0.0.9:0"), ServerOptions{})
	create(t, "host.example:"+portOf(sa))
	accepted(t, l)
}
