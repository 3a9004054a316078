package sock_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	. "example.com/berkeley/sock"
)

// optionSockets opens a socket that has the options of a level.
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
	SOL_DCCP:        func(t testing.TB) int { return socket(t, AF_INET, 6, IPPROTO_DCCP) },
	SOL_SMC:         func(t testing.TB) int { return socket(t, AF_SMC, SOCK_STREAM, 0) },
	SOL_MCTP:        func(t testing.TB) int { return socket(t, AF_MCTP, SOCK_DGRAM, 0) },
}

func udp6(t testing.TB) int    { return socket(t, AF_INET6, SOCK_DGRAM, 0) }
func udplite(t testing.TB) int { return socket(t, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) }
func icmp(t testing.TB) int    { return privileged(t, AF_INET, SOCK_RAW, IPPROTO_ICMP) }
func icmp6(t testing.TB) int   { return privileged(t, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) }
func raw6(t testing.TB) int    { return privileged(t, AF_INET6, SOCK_RAW, IPPROTO_UDP) }
func rawAny6(t testing.TB) int { return privileged(t, AF_INET6, SOCK_RAW, IPPROTO_RAW) }
func loop6(t testing.TB) int   { return bound(t, AF_INET6, SOCK_DGRAM, inet("[::1]:0")) }
func packet(t testing.TB) int  { return privileged(t, AF_PACKET, SOCK_RAW, 0) }
func netlink(t testing.TB) int { return socket(t, AF_NETLINK, SOCK_RAW, 0) }
func vsock(t testing.TB) int   { return socket(t, AF_VSOCK, SOCK_STREAM, 0) }
func mptcp(t testing.TB) int   { return socket(t, AF_INET, SOCK_STREAM, IPPROTO_MPTCP) }
func xdp(t testing.TB) int     { return privileged(t, AF_XDP, SOCK_RAW, 0) }
func alg(t testing.TB) int     { return socket(t, AF_ALG, SOCK_SEQPACKET, 0) }

func can(typ, proto int) func(testing.TB) int {
	return func(t testing.TB) int { return socket(t, AF_CAN, typ, proto) }
}

// udp4Connected and udp6Connected have a path, and so know its size.
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

// connected6 is a TCP client over IPv6.
func connected6(t testing.TB) int {
	l := bound(t, AF_INET6, SOCK_STREAM, inet("[::1]:0"))
	check(t, Listen(l, 1))
	fd := tcp6(t)
	check(t, Connect(fd, name(t, l)))
	return fd
}

// privileged is a new socket of a kind that takes root.
func privileged(t testing.TB, domain, typ, proto int) int {
	t.Helper()
	fd, err := Socket(domain, typ, proto)
	if err == EPERM {
		t.Skip("it takes privileges to open such a socket")
	}
	if err == nil {
		check(t, Close(fd))
	}
	return socket(t, domain, typ, proto)
}

// TestWalk knows what Linux 6.18 does; an older one lacks some of the options.
func TestWalk(t *testing.T) {
	needKernel(t)
	if linuxBefore(t, 6, 18) {
		t.Skip("this kernel is older than the table of what is expected, which is that of Linux 6.18")
	}
	for _, o := range Options() {
		t.Run(o.Label(), func(t *testing.T) {
			want := walkExpected[o.Level()][o.Label()]
			open := optionSockets[o.Level()]
			if want.open != nil {
				open = want.open
			}
			walk(t, open(t), o, want)
		})
	}
}

// linuxBefore tells whether the kernel is older than a release of Linux, or tells its own in another way.
func linuxBefore(t testing.TB, major, minor int) bool {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	check(t, err)
	var itsMajor, itsMinor int
	_, err = fmt.Sscanf(string(release), "%d.%d", &itsMajor, &itsMinor)
	return err != nil || itsMajor < major || itsMajor == major && itsMinor < minor
}

// walk reads an option, sets it to what was read or is expected to be set, and reads it again.
func walk(t *testing.T, fd int, o AnyOption, want walkResult) {
	before, err := o.Get(fd)
	closed(before, o)
	if err == EPERM && want.get != EPERM {
		t.Skip("getting it takes privileges")
	}
	if !want.matches(err, want.get) {
		t.Errorf("getting it: %v, %v; want %v", before, err, want.get)
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
		t.Skip("setting it takes privileges")
	}
	if !want.matches(set, want.set) {
		t.Errorf("setting it to %v: %v; want %v", value, set, want.set)
	}
	if err != nil {
		return
	}
	after, err := o.Get(fd)
	closed(after, o)
	if same := reflect.DeepEqual(before, after); err != nil || same == want.changes && !want.varies {
		t.Errorf("it was %v and is %v, %v", before, after, err)
	}
}

func (w walkResult) matches(err error, want Errno) bool {
	return err == nil && (want == 0 || w.optional) || err == want
}

// Every row of the table is about an option that there is.
func TestWalkExpectsWhatThereIs(t *testing.T) {
	left := 0
	for level, rows := range walkExpected {
		for label := range rows {
			if !slices.ContainsFunc(Options(), func(o AnyOption) bool { return o.Level() == level && o.Label() == label }) {
				t.Errorf("the catalogue has no %s of level %d", label, level)
			}
			left++
		}
	}
	if left == 0 || left == len(Options()) {
		t.Errorf("%d of %d options are exceptions", left, len(Options()))
	}
}

func TestOptionsOfNoDescriptor(t *testing.T) {
	needKernel(t)
	for _, o := range Options() {
		if v, err := o.Get(-1); v != nil || err != EBADF {
			t.Errorf("%s of no descriptor: %v, %v; want EBADF", o.Label(), v, err)
		}
	}
}

// closed closes what the one option gives that makes a descriptor.
func closed(v any, o AnyOption) {
	if fd, ok := v.(int); ok && o.Label() == SO_PEERPIDFD.Label() {
		Close(fd)
	}
}

func TestGetAndSetOfAnyType(t *testing.T) {
	fd := tcp4(t)
	var o AnyOption = SO_KEEPALIVE
	check(t, o.Set(fd, true))
	if v, err := o.Get(fd); v != true || err != nil {
		t.Errorf("SO_KEEPALIVE is %v, %v", v, err)
	}
	if err := o.Set(fd, 1); err != EINVAL {
		t.Errorf("a bool was set to 1: %v; want EINVAL", err)
	}
	if v, err := o.Get(-1); v != nil || err != EBADF {
		t.Errorf("of no descriptor: %v, %v; want EBADF", v, err)
	}
	if err := o.Set(-1, true); err != EBADF {
		t.Errorf("of no descriptor: %v; want EBADF", err)
	}
}
