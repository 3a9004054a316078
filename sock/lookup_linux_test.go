package sock_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"

	. "example.com/berkeley/sock"
)

// python prints the results of the C library. For a failure it prints the error number.
const python = `
import json, platform, socket, sys
def call(f, *args):
    try: return f(*args)
    except socket.gaierror as e: return [str(e.errno)]
def addrinfo(node, service, *hints):
    return ["%d %d %d %r %s %d" % (f, t, p, c, a[0] + ("%%%d" % a[3] if len(a) > 2 and a[3] else ""), a[1])
        for f, t, p, c, a in socket.getaddrinfo(node or None, service or None, *hints)]
def nameinfo(host, port, scope, flags):
    return list(socket.getnameinfo((host, port, 0, scope) if ":" in host else (host, port), flags))
if platform.libc_ver()[0] != "glibc": sys.exit("not the GNU C library")
calls = json.load(sys.stdin)
print(json.dumps([[call(addrinfo, *c) for c in calls["addrinfo"]], [call(nameinfo, *c) for c in calls["nameinfo"]]]))
`

type (
	addrinfoCall struct {
		node, service string
		hints         AddrinfoHints
	}
	nameinfoCall struct {
		host              string
		port, scope, flag int
	}
)

// None of the names causes a query on the network. Ports above 65535 are left out because the C library truncates them.
var (
	addrinfoCalls = []addrinfoCall{
		{"127.0.0.1", "80", AddrinfoHints{}},
		{"::1", "80", AddrinfoHints{}},
		{"127.1", "80", AddrinfoHints{}},
		{"0x7f.1", "http", AddrinfoHints{}},
		{"127.0.0.1", "", AddrinfoHints{}},
		{"127.0.0.1", "domain", AddrinfoHints{}},
		{"127.0.0.1", "tftp", AddrinfoHints{}},
		{"127.0.0.1", "http", AddrinfoHints{Socktype: SOCK_DGRAM}},
		{"127.0.0.1", "tftp", AddrinfoHints{Socktype: SOCK_STREAM}},
		{"127.0.0.1", "http", AddrinfoHints{Protocol: IPPROTO_UDPLITE}},
		{"127.0.0.1", "http", AddrinfoHints{Protocol: IPPROTO_ICMP}},
		{"", "80", AddrinfoHints{}},
		{"", "80", AddrinfoHints{Flags: AI_PASSIVE}},
		{"", "80", AddrinfoHints{Flags: AI_PASSIVE, Family: AF_INET6}},
		{"", "", AddrinfoHints{}},
		{"", "80", AddrinfoHints{Flags: AI_CANONNAME}},
		{"127.0.0.1", "", AddrinfoHints{Flags: AI_CANONNAME}},
		{"127.1", "", AddrinfoHints{Flags: AI_CANONNAME, Socktype: SOCK_STREAM}},
		{"127.0.0.1", "80", AddrinfoHints{Flags: 1 << 20}},
		{"127.0.0.1", "80", AddrinfoHints{Family: AF_UNIX}},
		{"127.0.0.1", "80", AddrinfoHints{Family: AF_INET6}},
		{"::1", "80", AddrinfoHints{Family: AF_INET}},
		{"::ffff:1.2.3.4", "80", AddrinfoHints{Family: AF_INET}},
		{"127.0.0.1", "80", AddrinfoHints{Family: AF_INET6, Flags: AI_V4MAPPED}},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_RAW}},
		{"127.0.0.1", "", AddrinfoHints{Socktype: SOCK_RAW, Protocol: IPPROTO_ICMP}},
		{"127.0.0.1", "", AddrinfoHints{Protocol: IPPROTO_MPTCP}},
		{"127.0.0.1", "80", AddrinfoHints{Protocol: IPPROTO_MPTCP}},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_SEQPACKET}},
		{"127.0.0.1", "80", AddrinfoHints{Protocol: IPPROTO_SCTP}},
		{"127.0.0.1", "80", AddrinfoHints{Protocol: IPPROTO_UDPLITE}},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: SOCK_STREAM, Protocol: IPPROTO_UDP}},
		{"127.0.0.1", "80", AddrinfoHints{Socktype: 77}},
		{"127.0.0.1", "nonsense", AddrinfoHints{}},
		{"127.0.0.1", "-1", AddrinfoHints{}},
		{"127.0.0.1", "0x50", AddrinfoHints{}},
		{"127.0.0.1", "http", AddrinfoHints{Flags: AI_NUMERICSERV}},
		{"localhost", "80", AddrinfoHints{Flags: AI_NUMERICHOST}},
		{"localhost", "80", AddrinfoHints{Socktype: SOCK_STREAM}},
		{"localhost", "80", AddrinfoHints{Socktype: SOCK_STREAM, Family: AF_INET}},
		{"fe80::1%lo", "80", AddrinfoHints{}},
		{"fe80::1%1", "80", AddrinfoHints{}},
		{"fe80::1%nonsense", "80", AddrinfoHints{}},
		{"127.0.0.1", "80", AddrinfoHints{Flags: AI_ADDRCONFIG}},
		{"::1", "80", AddrinfoHints{Flags: AI_ADDRCONFIG}},
		{"127.0.0.1", "80", AddrinfoHints{Flags: AI_ADDRCONFIG, Family: AF_INET}},
		{"::1", "80", AddrinfoHints{Flags: AI_ADDRCONFIG, Family: AF_INET6}},
		{"::1", "80", AddrinfoHints{Flags: AI_ADDRCONFIG, Family: AF_INET}},
		{"", "80", AddrinfoHints{Flags: AI_ADDRCONFIG}},
	}
	nameinfoCalls = []nameinfoCall{
		{"127.0.0.1", 80, 0, 0},
		{"127.0.0.1", 80, 0, NI_NUMERICHOST},
		{"127.0.0.1", 80, 0, NI_NUMERICSERV},
		{"127.0.0.1", 80, 0, NI_NOFQDN},
		{"127.0.0.1", 80, 0, NI_NAMEREQD},
		{"127.0.0.1", 80, 0, NI_NAMEREQD | NI_NUMERICHOST},
		{"127.0.0.1", 69, 0, NI_DGRAM},
		{"127.0.0.1", 69, 0, 0},
		{"127.0.0.1", 12345, 0, 0},
		{"::1", 53, 0, NI_NUMERICHOST},
		{"::ffff:127.0.0.1", 53, 0, NI_NUMERICHOST},
		{"fe80::1", 80, 1, NI_NUMERICHOST},
		{"fe80::1", 80, 0x7fffffff, NI_NUMERICHOST},
		{"ff02::1", 80, 1, NI_NUMERICHOST},
		{"2001:db8::1", 80, 1, NI_NUMERICHOST},
	}
)

func TestLookupsLikeC(t *testing.T) {
	addrinfoCalls, nameinfoCalls := addrinfoCalls, nameinfoCalls
	if hosts, _ := os.ReadFile("/etc/hosts"); !bytes.Contains(hosts, []byte("localhost")) {
		// The C library would ask a name server.
		addrinfoCalls = slices.DeleteFunc(slices.Clone(addrinfoCalls), func(c addrinfoCall) bool { return c.node == "localhost" })
		nameinfoCalls = slices.DeleteFunc(slices.Clone(nameinfoCalls), func(c nameinfoCall) bool { return c.flag&NI_NUMERICHOST == 0 })
	}
	if _, err := os.Stat("/etc/services"); err != nil {
		// Package net knows some services without this file.
		addrinfoCalls = slices.DeleteFunc(slices.Clone(addrinfoCalls), func(c addrinfoCall) bool { return strings.ContainsFunc(c.service, unicode.IsLetter) })
	}
	var questions struct {
		Addrinfo [][]any `json:"addrinfo"`
		Nameinfo [][]any `json:"nameinfo"`
	}
	for _, c := range addrinfoCalls {
		questions.Addrinfo = append(questions.Addrinfo, []any{c.node, c.service, c.hints.Family, c.hints.Socktype, c.hints.Protocol, c.hints.Flags})
	}
	for _, c := range nameinfoCalls {
		questions.Nameinfo = append(questions.Nameinfo, []any{c.host, c.port, c.scope, c.flag})
	}
	answers := ask(t, questions)
	for i, c := range addrinfoCalls {
		got, want := addrinfos(t, c), answers[0][i]
		if c.node == "" || c.node == "localhost" {
			// The order depends on the machine's routes, and a name may occur twice.
			got, want = unordered(got), unordered(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Getaddrinfo of %+v = %q, want C's %q", c, got, want)
		}
	}
	for i, c := range nameinfoCalls {
		if got, want := nameinfo(t, c), answers[1][i]; !slices.Equal(got, want) {
			t.Errorf("Getnameinfo of %+v = %q, want C's %q", c, got, want)
		}
	}
}

// ask returns python's results.
func ask(t *testing.T, questions any) (answers [2][][]string) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 isn't installed")
	}
	text, err := json.Marshal(questions)
	check(t, err)
	cmd := exec.Command("python3", "-c", python)
	cmd.Stdin = bytes.NewReader(text)
	answer, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Skipf("python3 failed: %s", exit.Stderr)
	}
	check(t, err)
	check(t, json.Unmarshal(answer, &answers))
	return answers
}

func addrinfos(t *testing.T, c addrinfoCall) (lines []string) {
	list, err := Getaddrinfo(t.Context(), c.node, c.service, c.hints)
	if err != nil {
		return failure(err)
	}
	for _, a := range list {
		ap := a.Addr.AddrPort()
		lines = append(lines, fmt.Sprintf("%d %d %d '%s' %s %d", a.Family, a.Socktype, a.Protocol, a.Canonname, ap.Addr(), ap.Port()))
	}
	return lines
}

func nameinfo(t *testing.T, c nameinfoCall) []string {
	list, err := Getaddrinfo(t.Context(), c.host, fmt.Sprint(c.port), AddrinfoHints{Socktype: SOCK_STREAM, Flags: AI_NUMERICHOST})
	check(t, err)
	sa := list[0].Addr
	if c.scope != 0 {
		sa = inet(fmt.Sprintf("[%s%%%d]:%d", c.host, c.scope, c.port))
	}
	host, service, err := Getnameinfo(t.Context(), sa, c.flag)
	if err != nil {
		return failure(err)
	}
	return []string{host, service}
}

func failure(err error) []string {
	var e GaiError
	errors.As(err, &e)
	return []string{fmt.Sprint(int(e))}
}

func unordered(lines []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(lines)))
}
