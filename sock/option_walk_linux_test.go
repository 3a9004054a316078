package sock_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"
)

// optionSockets has, by level, a function that opens a socket with the level's options.
var optionSockets = map[int]func(testing.TB) int{
	SOL_SOCKET:      tcp4,
	IPPROTO_IP:      udp4,
	IPPROTO_IPV6:    udp6,
	IPPROTO_TCP:     tcp4,
	IPPROTO_UDP:     udp4,
	IPPROTO_UDPLITE: udplite,
	SOL_RAW:         icmp,
	SOL_ICMPV6:      icmp6,
	SOL_PACKET:      packet,
	SOL_NETLINK:     netlink,
	AF_VSOCK:        vsock,
	SOL_MPTCP:       mptcp,
	SOL_TLS:         tcp4,
	SOL_XDP:         xdp,
	SOL_ALG:         alg,
	SOL_CAN_RAW:     can(SOCK_RAW, 1),
	SOL_CAN_ISOTP:   can(SOCK_DGRAM, 6),
	SOL_CAN_J1939:   can(SOCK_DGRAM, 7),
	SOL_DCCP:        func(t testing.TB) int { return socket(t, AF_INET, SOCK_DCCP, IPPROTO_DCCP) },
	SOL_SMC:         func(t testing.TB) int { return socket(t, AF_SMC, SOCK_STREAM, 0) },
	SOL_MCTP:        func(t testing.TB) int { return socket(t, AF_MCTP, SOCK_DGRAM, 0) },
}

func udp6(t testing.TB) int    { return socket(t, AF_INET6, SOCK_DGRAM, 0) }
func udplite(t testing.TB) int { return socket(t, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) }
func icmp(t testing.TB) int    { return rawSocket(t, AF_INET, SOCK_RAW, IPPROTO_ICMP) }
func icmp6(t testing.TB) int   { return rawSocket(t, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) }
func raw6(t testing.TB) int    { return rawSocket(t, AF_INET6, SOCK_RAW, IPPROTO_UDP) }
func rawAny6(t testing.TB) int { return rawSocket(t, AF_INET6, SOCK_RAW, IPPROTO_RAW) }
func loop6(t testing.TB) int   { return bound(t, AF_INET6, SOCK_DGRAM, inet("[::1]:0")) }
func packet(t testing.TB) int  { return rawSocket(t, AF_PACKET, SOCK_RAW, 0) }
func netlink(t testing.TB) int { return socket(t, AF_NETLINK, SOCK_RAW, 0) }
func vsock(t testing.TB) int   { return socket(t, AF_VSOCK, SOCK_STREAM, 0) }
func mptcp(t testing.TB) int   { return socket(t, AF_INET, SOCK_STREAM, IPPROTO_MPTCP) }
func xdp(t testing.TB) int     { return rawSocket(t, AF_XDP, SOCK_RAW, 0) }
func alg(t testing.TB) int     { return socket(t, AF_ALG, SOCK_SEQPACKET, 0) }
func hmac(t testing.TB) int    { return algorithm(t, "hash", "hmac(sha256)") }
func gcm(t testing.TB) int     { return algorithm(t, "aead", "gcm(aes)") }

func can(typ, proto int) func(testing.TB) int {
	return func(t testing.TB) int { return socket(t, AF_CAN, typ, proto) }
}

// algorithm returns a new AF_ALG socket that accepts operations of an algorithm.
func algorithm(t testing.TB, typ, name string) int {
	t.Helper()
	fd := alg(t)
	err := Bind(fd, algAddr(t, typ, name))
	if err == ENOENT {
		t.Skipf("this kernel offers no %s through AF_ALG", name)
	}
	check(t, err)
	return fd
}

// udp4Connected and udp6Connected return connected sockets, which have a path MTU.
func udp4Connected(t testing.TB) int {
	fd := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
	check(t, Connect(fd, name(t, fd)))
	return fd
}

func udp6Connected(t testing.TB) int {
	fd := bound(t, AF_INET6, SOCK_DGRAM, inet("[::1]:0"))
	check(t, Connect(fd, name(t, fd)))
	return fd
}

// connected6 returns a TCP client over IPv6.
func connected6(t testing.TB) int {
	l := bound(t, AF_INET6, SOCK_STREAM, inet("[::1]:0"))
	check(t, Listen(l, 1))
	fd := tcp6(t)
	check(t, Connect(fd, name(t, l)))
	return fd
}

// TestWalk has the results of Linux 6.1 to 6.18.
func TestWalk(t *testing.T) {
	needKernel(t)
	for _, o := range Options() {
		t.Run(o.Name(), func(t *testing.T) {
			if release := walkSince[o.Name()]; release != "" {
				socktest.NeedLinux(t, release, o.Name())
			}
			want := walkExpected[o.Level()][o.Name()]
			open := optionSockets[o.Level()]
			if want.open != nil {
				open = want.open
			}
			walk(t, open(t), o, want)
		})
	}
}

// walk reads an option, sets it to the same value or the expected one, and reads it again.
func walk(t *testing.T, fd int, o AnyOption, want walkResult) {
	before, err := o.Get(fd)
	closed(before, o)
	if err == EPERM && want.get != EPERM {
		t.Skip("getting it needs privileges")
	}
	if err == ENOPROTOOPT && want.module {
		t.Skip("the kernel module of this option is not loaded")
	}
	if !want.matches(err, want.get) {
		t.Errorf("getting it: %v, %v, want %v", before, err, want.get)
	}
	value := want.value
	if value == nil {
		value = before
	}
	if value == nil {
		return
	}
	set := o.Set(fd, value)
	if set == EPERM && want.set != EPERM {
		t.Skip("setting it needs privileges")
	}
	if !want.matches(set, want.set) {
		t.Errorf("setting it to %v: %v, want %v", value, set, want.set)
	}
	if err != nil {
		return
	}
	after, err := o.Get(fd)
	closed(after, o)
	if same := reflect.DeepEqual(before, after); err != nil || same == want.changes && !want.varies {
		t.Errorf("value before = %v, after = %v, %v, want a change: %t", before, after, err, want.changes)
	}
}

func (w walkResult) matches(err error, want Errno) bool {
	return err == nil && (want == 0 || w.optional) || err == want
}

// Every row of walkExpected names an existing option.
func TestWalkExpectsWhatThereIs(t *testing.T) {
	left := 0
	for level, rows := range walkExpected {
		for label := range rows {
			if !slices.ContainsFunc(Options(), func(o AnyOption) bool { return o.Level() == level && o.Name() == label }) {
				t.Errorf("walkExpected has %s of level %d, which the catalogue lacks", label, level)
			}
			left++
		}
	}
	if left == 0 || left == len(Options()) {
		t.Errorf("walkExpected has %d of %d options, want some and not all", left, len(Options()))
	}
}

func TestOptionsOfNoDescriptor(t *testing.T) {
	needKernel(t)
	for _, o := range Options() {
		if v, err := o.Get(-1); v != nil || err != EBADF {
			t.Errorf("%s of no descriptor: %v, %v, want EBADF", o.Name(), v, err)
		}
	}
}

// closed closes the descriptor that SO_PEERPIDFD returns.
func closed(v any, o AnyOption) {
	if fd, ok := v.(int); ok && o.Name() == SO_PEERPIDFD.Name() {
		Close(fd)
	}
}

func TestGetAndSetOfAnyType(t *testing.T) {
	fd := tcp4(t)
	var o AnyOption = SO_KEEPALIVE
	check(t, o.Set(fd, true))
	if v, err := o.Get(fd); v != true || err != nil {
		t.Errorf("SO_KEEPALIVE = %v, %v, want true", v, err)
	}
	if err := o.Set(fd, 1); err != EINVAL {
		t.Errorf("Set of a bool to 1: %v, want EINVAL", err)
	}
	if v, err := o.Get(-1); v != nil || err != EBADF {
		t.Errorf("Get of a bad descriptor = %v, %v, want EBADF", v, err)
	}
	if err := o.Set(-1, true); err != EBADF {
		t.Errorf("Set of a bad descriptor: %v, want EBADF", err)
	}
}

// The catalogue has exactly the options that the package declares with a constructor, under the same names.
func TestOptionsAreAll(t *testing.T) {
	declared, listed := map[string]int{}, map[string]int{}
	constructor := regexp.MustCompile(`(?m)^\s+\w+ += \w+(?:\[.*\])?\("(\w+)"`)
	files, _ := filepath.Glob("option_*.go")
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			for _, match := range constructor.FindAllSubmatch(source, -1) {
				declared[string(match[1])]++
			}
		}
	}
	for _, o := range Options() {
		listed[o.Name()]++
	}
	for name, n := range declared {
		if listed[name] != n {
			t.Errorf("%s is declared %d times and listed %d times", name, n, listed[name])
		}
		delete(listed, name)
	}
	if len(listed) > 0 {
		t.Errorf("listed and not declared: %v", listed)
	}
}
