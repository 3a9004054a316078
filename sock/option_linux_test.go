package sock_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"example.com/berkeley/internal/socktest"
	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// optionTest is a test of an option on one kind of socket.
type optionTest struct {
	option AnyOption
	open   func(t testing.TB) int
	run    func(t *testing.T, fd int)
}

// get checks an option's value on a new socket.
func get[T comparable](open func(testing.TB) int, o Option[T], want T) optionTest {
	return optionTest{o, open, func(t *testing.T, fd int) {
		if got, err := Getsockopt(fd, o); err != nil || got != want {
			t.Errorf("Getsockopt(%s) = %v, %v, want %v", o, got, err, want)
		}
	}}
}

// set sets an option to v, and checks the value read then.
func set[T comparable](open func(testing.TB) int, o Option[T], v, want T) optionTest {
	return optionTest{o, open, func(t *testing.T, fd int) {
		err := Setsockopt(fd, o, v)
		if err == EPERM {
			t.Skip("needs privileges that this process lacks")
		}
		check(t, err)
		get(open, o, want).run(t, fd)
	}}
}

// native skips a test of an option under an emulator.
func native(test optionTest) optionTest {
	open := test.open
	test.open = func(t testing.TB) int { needKernel(t); return open(t) }
	return test
}

var needKernel = socktest.NeedKernel

// needOption skips a test if err, from getting or setting an option, means that the kernel is older than the option.
func needOption(t testing.TB, o AnyOption, err error) {
	t.Helper()
	if err == ENOPROTOOPT || err == EOPNOTSUPP {
		t.Skipf("this kernel has no %s: %v", o.Name(), err)
	}
	check(t, err)
}

func tcp4(t testing.TB) int      { return socket(t, AF_INET, SOCK_STREAM, 0) }
func tcp6(t testing.TB) int      { return socket(t, AF_INET6, SOCK_STREAM, 0) }
func udp4(t testing.TB) int      { return socket(t, AF_INET, SOCK_DGRAM, 0) }
func listening(t testing.TB) int { fd, _ := listener(t); return fd }
func connected(t testing.TB) int { fd, _ := tcpPair(t); return fd }
func local(t testing.TB) int     { fd, _ := pair(t, SOCK_STREAM); return fd }

var me = Ucred{int32(os.Getpid()), uint32(os.Geteuid()), uint32(os.Getegid())}

var optionTests = []optionTest{
	set(tcp4, SO_REUSEADDR, true, true),
	set(tcp4, SO_REUSEADDR, false, false),
	get(tcp4, SO_TYPE, SOCK_STREAM),
	get(udp4, SO_TYPE, SOCK_DGRAM),
	get(tcp4, SO_ERROR, 0),
	set(udp4, SO_BROADCAST, true, true),
	set(tcp4, SO_SNDBUF, 8192, 16384),
	set(tcp4, SO_RCVBUF, 8192, 16384),
	set(tcp4, SO_KEEPALIVE, true, true),
	set(tcp4, SO_LINGER, Linger{true, 5}, Linger{true, 5}),
	set(tcp4, SO_LINGER, Linger{true, 0}, Linger{true, 0}),
	set(tcp4, SO_REUSEPORT, true, true),
	set(tcp4, SO_RCVLOWAT, 3, 3),
	set(tcp4, SO_RCVTIMEO, 1500*time.Millisecond, 1500*time.Millisecond),
	set(tcp4, SO_SNDTIMEO, time.Hour, time.Hour),
	get(tcp4, SO_ACCEPTCONN, false),
	get(listening, SO_ACCEPTCONN, true),
	set(tcp4, SO_PRIORITY, 5, 5),
	get(local, SO_PEERCRED, me),
	native(set(tcp4, SO_BINDTODEVICE, "lo", "lo")),
	native(set(tcp4, SO_BINDTODEVICE, "", "")),
	native(set(tcp4, SO_MARK, 7, 7)),
	native(set(tcp4, SO_MARK, math.MaxUint32, math.MaxUint32)),
	get(tcp4, SO_PROTOCOL, IPPROTO_TCP),
	get(tcp6, SO_DOMAIN, AF_INET6),
	native(set(tcp4, SO_INCOMING_CPU, 0, 0)),
	set(tcp4, IP_TOS, 0x10, 0x10),
	set(tcp4, IP_TTL, 42, 42),
	set(tcp4, IP_FREEBIND, true, true),
	native(set(tcp4, IP_TRANSPARENT, true, true)),
	native(set(tcp4, IP_BIND_ADDRESS_NO_PORT, true, true)),
	set(tcp6, IPV6_UNICAST_HOPS, 42, 42),
	set(tcp6, IPV6_V6ONLY, true, true),
	set(tcp6, IPV6_V6ONLY, false, false),
	set(tcp6, IPV6_TCLASS, 0x10, 0x10),
	set(tcp4, TCP_NODELAY, true, true),
	set(tcp4, TCP_MAXSEG, 1000, 1000),
	set(tcp4, TCP_CORK, true, true),
	set(tcp4, TCP_KEEPIDLE, 30*time.Second, 30*time.Second),
	set(tcp4, TCP_KEEPIDLE, time.Nanosecond, time.Second),
	set(tcp4, TCP_KEEPIDLE, 1001*time.Millisecond, 2*time.Second),
	set(tcp4, TCP_KEEPINTVL, 10*time.Second, 10*time.Second),
	set(tcp4, TCP_KEEPCNT, 3, 3),
	set(listening, TCP_DEFER_ACCEPT, 5*time.Second, 7*time.Second),
	set(connected, TCP_QUICKACK, false, false),
	native(set(tcp4, TCP_CONGESTION, "reno", "reno")),
	set(tcp4, TCP_USER_TIMEOUT, 1500*time.Microsecond, 2*time.Millisecond),
	set(tcp4, TCP_USER_TIMEOUT, 5*time.Second, 5*time.Second),
	set(listening, TCP_FASTOPEN, 5, 5),
	set(tcp4, TCP_NOTSENT_LOWAT, 4096, 4096),
	set(tcp4, TCP_NOTSENT_LOWAT, math.MaxUint32, math.MaxUint32),
	native(optionTest{TCP_INFO, listening, hasState(TCP_LISTEN)}),
	native(optionTest{TCP_INFO, connected, hasState(TCP_ESTABLISHED)}),
}

func TestOptions(t *testing.T) {
	for i, test := range optionTests {
		t.Run(test.option.Name()+"/"+strconv.Itoa(i), func(t *testing.T) { test.run(t, test.open(t)) })
	}
}

func TestCatalogue(t *testing.T) {
	type key struct{ level, number int }
	labels, names := map[string]int{}, map[key]string{}
	for _, o := range Options() {
		k := key{o.Level(), o.Number()}
		level, known := labels[o.Name()]
		if o.Name() == "" || known && level == o.Level() || names[k] != "" || fmt.Sprint(o) != o.Name() {
			t.Errorf("%v: option %d of level %d is listed before as %q", o, o.Number(), o.Level(), names[k])
		}
		labels[o.Name()], names[k] = o.Level(), o.Name()
	}
	if len(labels) == 0 {
		t.Error("no options")
	}
}

// Without their high bits, these values would be in range.
func TestOutOfRange(t *testing.T) {
	fd := tcp4(t)
	tests := map[string]error{
		"seconds":           Setsockopt(fd, TCP_KEEPIDLE, (1<<32+30)*time.Second),
		"negative seconds":  Setsockopt(fd, TCP_KEEPIDLE, -time.Second),
		"milliseconds":      Setsockopt(fd, TCP_USER_TIMEOUT, (1<<32+30)*time.Millisecond),
		"microseconds":      Setsockopt(fd, TCP_TX_DELAY, (1<<32+30)*time.Microsecond),
		"negative length":   Setsockopt(fd, ALG_SET_AEAD_AUTHSIZE, -1),
		"negative linger":   Setsockopt(fd, SO_LINGER, Linger{true, -1}),
		"timeval too large": Setsockopt(fd, SO_RCVTIMEO, math.MaxInt64),
	}
	if tooLarge := 8192; strconv.IntSize > 32 {
		tooLarge |= 1 << (40 % strconv.IntSize)
		tests["int"] = Setsockopt(fd, SO_RCVBUF, tooLarge)
		tests["negative int"] = Setsockopt(fd, SO_RCVBUF, -tooLarge)
		tests["linger"] = Setsockopt(fd, SO_LINGER, Linger{true, tooLarge})
	}
	for what, err := range tests {
		if err != EINVAL {
			t.Errorf("%s: %v, want EINVAL", what, err)
		}
	}
	if err := Setsockopt(fd, SO_RCVTIMEO, -time.Nanosecond); err != EDOM {
		t.Errorf("negative timeval: %v, want EDOM", err)
	}
}

// A time is not rounded down to zero, which would mean no timeout.
func TestShortestTimeout(t *testing.T) {
	fd := tcp4(t)
	check(t, Setsockopt(fd, SO_RCVTIMEO, time.Nanosecond))
	if got, err := Getsockopt(fd, SO_RCVTIMEO); err != nil || got <= 0 || got > 100*time.Millisecond {
		t.Errorf("SO_RCVTIMEO = %v, %v, want more than 0 and at most 100ms", got, err)
	}
}

// hasState waits until a TCP socket is in a state: the peer's segment may be on its way.
func hasState(want TCPState) func(t *testing.T, fd int) {
	return func(t *testing.T, fd int) {
		t.Helper()
		deadline := time.Now().Add(5 * time.Second)
		for {
			info, err := Getsockopt(fd, TCP_INFO)
			check(t, err)
			if info.State == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("TCP_INFO: State = %v, want %v", info.State, want)
			}
		}
	}
}

func TestTCPStates(t *testing.T) {
	needKernel(t)
	client, server := tcpPair(t)
	check(t, Shutdown(client, SHUT_WR))
	hasState(TCP_CLOSE_WAIT)(t, server)
	hasState(TCP_FIN_WAIT2)(t, client)
}

func TestTCPInfoCounts(t *testing.T) {
	needKernel(t)
	client, server := tcpPair(t)
	_, err := Send(client, make([]byte, 1000), 0)
	check(t, err)
	await(t, server, POLLIN)
	info, err := Getsockopt(server, TCP_INFO)
	if err != nil || info.BytesReceived != 1000 {
		t.Errorf("BytesReceived = %d, %v, want 1000", info.BytesReceived, err)
	}
}

func TestOwnOption(t *testing.T) {
	needKernel(t)
	own := Uint32Option("TCP_SYNCNT", SOL_TCP, 7)
	set(tcp4, own, 5, 5).run(t, tcp4(t))
}

func TestGetsockoptBytes(t *testing.T) {
	needKernel(t)
	p := make([]byte, 128)
	if n, err := GetsockoptBytes(tcp4(t), SOL_SOCKET, SO_TYPE.Number(), p); n != 4 || err != nil {
		t.Errorf("GetsockoptBytes of an int into 128 bytes = %d, %v, want 4", n, err)
	}
	if n, err := GetsockoptBytes(connected(t), SOL_TCP, TCP_INFO.Number(), p[:8]); n != 8 || err != nil || p[0] != byte(TCP_ESTABLISHED) {
		t.Errorf("GetsockoptBytes of TCP_INFO into 8 bytes = %d, %v, want 8", n, err)
	}
}

func TestBytesOption(t *testing.T) {
	needKernel(t)
	congestion := BytesOption("TCP_CONGESTION", SOL_TCP, unix.TCP_CONGESTION)
	fd := tcp4(t)
	check(t, Setsockopt(fd, congestion, []byte("reno")))
	if got, err := Getsockopt(fd, congestion); err != nil || string(got[:4]) != "reno" {
		t.Errorf("TCP_CONGESTION = %q, %v, want reno", got, err)
	}
	if got, err := Getsockopt(udp4(t), congestion); got != nil || err == nil {
		t.Errorf("TCP_CONGESTION of UDP = %q, %v, want an error", got, err)
	}
}

// Options whose values are addresses need a router or a firewall, so an option with any bytes stands in for them.
func TestAddrOption(t *testing.T) {
	o := AddrOption("SO_PRIORITY", SOL_SOCKET, SO_PRIORITY.Number())
	fd, want := udp4(t), raw(t, 5, "\x00\x00")
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		want = raw(t, 0, "\x00\x05")
	}
	check(t, Setsockopt(fd, o, want))
	if got, err := Getsockopt(fd, o); err != nil || got != want {
		t.Errorf("Getsockopt(SO_PRIORITY) = %x, %v, want %x", got.AppendTo(nil), err, want.AppendTo(nil))
	}
	if got, err := Getsockopt(-1, o); !got.IsZero() || err != EBADF {
		t.Errorf("SO_PRIORITY of a bad descriptor = %v, %v, want EBADF", got, err)
	}
}

func TestStructOptionOfAnotherSize(t *testing.T) {
	needKernel(t)
	type short struct{ State TCPState }
	type long struct {
		Type int32
		Rest [12]byte
	}
	if got, err := Getsockopt(connected(t), StructOption[short]("TCP_INFO", SOL_TCP, unix.TCP_INFO)); err != nil || got.State != TCP_ESTABLISHED {
		t.Errorf("Getsockopt of a struct shorter than the kernel's = %v, %v, want TCP_ESTABLISHED", got, err)
	}
	if got, err := Getsockopt(udp4(t), StructOption[long]("SO_TYPE", SOL_SOCKET, unix.SO_TYPE)); err != nil || got != (long{Type: SOCK_DGRAM}) {
		t.Errorf("Getsockopt of a struct longer than the kernel's = %v, %v, want a zero tail", got, err)
	}
}
