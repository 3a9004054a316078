package sock_test

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// dropAll is a filter that drops all packets, and passAll one that passes them all.
var (
	dropAll = []SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	passAll = []SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: math.MaxUint32}}
)

func TestFilter(t *testing.T) {
	needKernel(t)
	from := udp4Connected(t)
	arrives(t, from, from, true)
	check(t, Setsockopt(from, SO_ATTACH_FILTER, dropAll))
	arrives(t, from, from, false)
	if got, err := Getsockopt(from, SO_GET_FILTER); err != nil || !slices.Equal(got, dropAll) {
		t.Errorf("Getsockopt(SO_GET_FILTER) = %v, %v, want %v", got, err, dropAll)
	}
	check(t, Setsockopt(from, SO_ATTACH_FILTER, passAll))
	arrives(t, from, from, true)
	check(t, Setsockopt(from, SO_ATTACH_FILTER, dropAll))
	check(t, Setsockopt(from, SO_DETACH_FILTER, 0))
	arrives(t, from, from, true)
}

// The kernel sees only 16 bits of a program's length.
func TestFilterLength(t *testing.T) {
	needKernel(t)
	fd := udp4(t)
	for _, n := range []int{0, 4097, 1<<16 + 1} {
		if err := Setsockopt(fd, SO_ATTACH_FILTER, slices.Repeat(passAll, n)); err != EINVAL {
			t.Errorf("%d instructions: %v, want EINVAL", n, err)
		}
	}
	longest := slices.Repeat(passAll, 4096)
	err := Setsockopt(fd, SO_ATTACH_FILTER, longest)
	if err == ENOMEM {
		t.Skip("net.core.optmem_max is too small for the longest program")
	}
	check(t, err)
	if got, err := Getsockopt(fd, SO_GET_FILTER); err != nil || len(got) != len(longest) {
		t.Errorf("Getsockopt(SO_GET_FILTER) = %d instructions, %v, want %d", len(got), err, len(longest))
	}
}

// The program picks the second of two sockets on one port for every sender.
func TestReuseportFilter(t *testing.T) {
	needKernel(t)
	first := udp4(t)
	check(t, Setsockopt(first, SO_REUSEPORT, true))
	check(t, Setsockopt(first, SO_ATTACH_REUSEPORT_CBPF, []SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 1}}))
	check(t, Bind(first, inet("127.0.0.1:0")))
	second := udp4(t)
	check(t, Setsockopt(second, SO_REUSEPORT, true))
	check(t, Bind(second, name(t, first)))
	for range 8 {
		from := udp4(t)
		check(t, Connect(from, name(t, first)))
		arrives(t, from, second, true)
	}
}

func TestICMPv6Filter(t *testing.T) {
	const request, reply = 128, 129
	fd := icmp6(t)
	needKernel(t)
	err := Connect(fd, inet("[::1]:0"))
	if err == EADDRNOTAVAIL {
		t.Skip("no such address on this system:", err)
	}
	check(t, err)
	var f ICMPv6Filter
	f.SetBlockAll()
	f.SetPass(reply)
	check(t, Setsockopt(fd, ICMPV6_FILTER, f))
	if got, err := Getsockopt(fd, ICMPV6_FILTER); err != nil || got != f {
		t.Errorf("Getsockopt(ICMPV6_FILTER) = %v, %v, want %v", got, err, f)
	}
	_, err = Send(fd, []byte{request, 0, 0, 0, 0, 7, 0, 1}, 0)
	check(t, err)
	await(t, fd, POLLIN)
	var p [64]byte
	if n, err := Recv(fd, p[:], 0); n != 8 || err != nil || p[0] != reply {
		t.Errorf("Recv = %v, %v, want the reply first", p[:n], err)
	}
}

func TestICMPv6FilterMacros(t *testing.T) {
	var f ICMPv6Filter
	f.SetBlock(0)
	f.SetBlock(135)
	f.SetBlock(255)
	for typ := range 256 {
		if blocked := typ == 0 || typ == 135 || typ == 255; f.WillPass(uint8(typ)) == blocked {
			t.Errorf("WillPass(%d) = %t, want %t", typ, blocked, !blocked)
		}
	}
	f.SetBlockAll()
	f.SetPass(135)
	if f.WillPass(134) || !f.WillPass(135) || f.WillPass(136) {
		t.Error("SetPass changes other types than its own, or not its own")
	}
	if f.SetPassAll(); f != (ICMPv6Filter{}) {
		t.Errorf("SetPassAll leaves %v", f)
	}
}

// mptcpConnected returns a client of a listener, both MPTCP.
func mptcpConnected(t testing.TB) int {
	l := mptcp(t)
	check(t, Bind(l, inet("127.0.0.1:0")))
	check(t, Listen(l, 1))
	fd := mptcp(t)
	check(t, Connect(fd, name(t, l)))
	return fd
}

func repairing(t testing.TB) int {
	fd := tcp4(t)
	err := Setsockopt(fd, TCP_REPAIR, 1)
	if err == EPERM {
		t.Skip("TCP_REPAIR needs CAP_NET_ADMIN")
	}
	check(t, err)
	return fd
}

func valued[T any](open func(testing.TB) int, o Option[T], v T) optionTest {
	return optionTest{o, open, func(t *testing.T, fd int) {
		err := Setsockopt(fd, o, v)
		if err == EPERM {
			t.Skip("needs privileges that this process lacks")
		}
		check(t, err)
		if got, err := Getsockopt(fd, o); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("Getsockopt(%s) = %v, %v, want %v", o, got, err, v)
		}
	}}
}

var valueTests = []optionTest{
	set(udp4, SO_TIMESTAMP, true, true),
	set(udp4, SO_TIMESTAMPNS, true, true),
	valued(udp4, SO_TIMESTAMPING, SoTimestamping{Flags: unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE}),
	valued(udp4, SO_TXTIME, SockTxtime{unix.CLOCK_MONOTONIC, 1}),
	valued(tcp4, SO_MAX_PACING_RATE, 1<<20),
	valued(tcp4, SO_MAX_PACING_RATE, math.MaxUint),
	valued(tcp4, SO_BUSY_POLL, 0),
	valued(udp4, SO_PEEK_OFF, 7),
	valued(udp4, IP_LOCAL_PORT_RANGE, 50000<<16|40000),
	valued(udp4, IP_OPTIONS, []byte{1, 1, 1, 0}),
	valued(udp4Connected, UDP_SEGMENT, 1000),
	valued(udp6, IPV6_UNICAST_IF, 1),
	valued(udp6, IPV6_DSTOPTS, []byte{0, 0, 1, 4, 0, 0, 0, 0}),
	valued(tcp4, TCP_FASTOPEN_KEY, []byte("0123456789abcdef")),
	valued(tcp4, TCP_SYNCNT, 3),
	valued(vsock, SO_VM_SOCKETS_BUFFER_SIZE, 1<<16),
	valued(vsock, SO_VM_SOCKETS_BUFFER_MAX_SIZE, 1<<33),
	valued(repairing, TCP_REPAIR_QUEUE, 1),
	valued(udplite, UDPLITE_SEND_CSCOV, 8),
	valued(icmp, ICMP_FILTER, 1<<3),
	valued(packet, PACKET_VERSION, unix.TPACKET_V3),
}

func TestOptionValues(t *testing.T) {
	needKernel(t)
	for _, test := range valueTests {
		t.Run(test.option.Name(), func(t *testing.T) { test.run(t, test.open(t)) })
	}
}

func TestPeerGroups(t *testing.T) {
	needKernel(t)
	groups, err := Getsockopt(local(t), SO_PEERGROUPS)
	want, err2 := unix.Getgroups()
	if err != nil || err2 != nil || len(groups) != len(want) {
		t.Errorf("Getsockopt(SO_PEERGROUPS) = %v, %v, want %v", groups, err, want)
	}
}

func TestPeerPidfd(t *testing.T) {
	needKernel(t)
	pidfd, err := Getsockopt(local(t), SO_PEERPIDFD)
	needOption(t, SO_PEERPIDFD, err)
	defer Close(pidfd)
	if flags, err := unix.FcntlInt(uintptr(pidfd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("F_GETFD of the pidfd = %#x, %v, want FD_CLOEXEC", flags, err)
	}
}

func TestNetlinkMemberships(t *testing.T) {
	needKernel(t)
	fd := netlink(t)
	check(t, Setsockopt(fd, NETLINK_ADD_MEMBERSHIP, 5))
	if got, err := Getsockopt(fd, NETLINK_LIST_MEMBERSHIPS); err != nil || len(got) == 0 || got[0] != 1<<4 {
		t.Errorf("Getsockopt(NETLINK_LIST_MEMBERSHIPS) = %x, %v, want group 5", got, err)
	}
	check(t, Setsockopt(fd, NETLINK_DROP_MEMBERSHIP, 5))
}

func TestPathMTU(t *testing.T) {
	needKernel(t)
	fd := udp6Connected(t)
	info, err := Getsockopt(fd, IPV6_PATHMTU)
	mtu, err2 := Getsockopt(fd, IPV6_MTU)
	if err != nil || err2 != nil || int(info.MTU) != mtu || mtu == 0 || !info.Addr.IsZero() {
		t.Errorf("Getsockopt(IPV6_PATHMTU): address %v, MTU %d, %v, want no address, MTU %d", info.Addr, info.MTU, err, mtu)
	}
}

func TestMPTCPInfo(t *testing.T) {
	needKernel(t)
	fd := mptcpConnected(t)
	_, err := Send(fd, make([]byte, 1000), 0)
	check(t, err)
	info, err := Getsockopt(fd, MPTCP_INFO)
	if err != nil || info.Token == 0 {
		t.Errorf("Getsockopt(MPTCP_INFO) = %+v, %v, want a token", info, err)
	}
	t.Run("counters", func(t *testing.T) {
		p := make([]byte, binary.Size(info))
		if n, err := GetsockoptBytes(fd, SOL_MPTCP, MPTCP_INFO.Number(), p); n < len(p) {
			t.Skipf("this kernel's MPTCP_INFO has %d bytes, %v", n, err)
		}
		if info.BytesSent != 1000 || info.SubflowsTotal != 1 {
			t.Errorf("Getsockopt(MPTCP_INFO) = %+v, want 1000 bytes sent over one subflow", info)
		}
	})
}

// Both ends need the key, or nothing arrives.
func TestMD5Sig(t *testing.T) {
	needKernel(t)
	l, sa := listener(t)
	key := TCPMD5Sig{Addr: inet("127.0.0.1:0"), Key: "secret"}
	check(t, Setsockopt(l, TCP_MD5SIG, key))
	fd := tcp4(t)
	check(t, Setsockopt(fd, TCP_MD5SIG, key))
	check(t, Connect(fd, sa))
	accepted(t, l)
	key.Key = string(make([]byte, 81))
	if err := Setsockopt(fd, TCP_MD5SIG, key); err != EINVAL {
		t.Errorf("Setsockopt(TCP_MD5SIG) with a key of 81 bytes = %v, want EINVAL", err)
	}
}

// The ring exists if it can be mapped with the size in the struct.
func TestPacketRing(t *testing.T) {
	needKernel(t)
	fd := packet(t)
	check(t, Setsockopt(fd, PACKET_VERSION, unix.TPACKET_V3))
	check(t, Setsockopt(fd, PACKET_RX_RING, TpacketReq3{Block_size: 1 << 16, Block_nr: 2, Frame_size: 1 << 11, Frame_nr: 64}))
	ring, err := unix.Mmap(fd, 0, 1<<17, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	check(t, err)
	check(t, unix.Munmap(ring))
	if _, err := unix.Mmap(fd, 0, 1<<18, unix.PROT_READ, unix.MAP_SHARED); err != EINVAL {
		t.Errorf("mmap of more than the ring: %v, want EINVAL", err)
	}
}

func TestXDPUmem(t *testing.T) {
	needKernel(t)
	fd := xdp(t)
	umem, err := unix.Mmap(-1, 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	check(t, err)
	t.Cleanup(func() { unix.Munmap(umem) })
	check(t, Setsockopt(fd, XDP_UMEM_REG, XDPUmemReg{Umem: umem, ChunkSize: 2048}))
	check(t, Setsockopt(fd, XDP_UMEM_FILL_RING, 64))
	check(t, Setsockopt(fd, XDP_RX_RING, 64))
	if offsets, err := Getsockopt(fd, XDP_MMAP_OFFSETS); err != nil || offsets.Rx.Desc == 0 || offsets.Fr.Producer == offsets.Fr.Consumer {
		t.Errorf("Getsockopt(XDP_MMAP_OFFSETS) = %+v, %v, want offsets that differ", offsets, err)
	}
}
