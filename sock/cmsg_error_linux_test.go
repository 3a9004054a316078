package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A datagram to an unused port comes back as an error, with its destination and the address of the refusing host.
func TestRefusedPort(t *testing.T) {
	needKernel(t)
	for _, test := range []struct {
		address, offender string
		level, option     int
		want              ExtendedError
	}{
		{"127.0.0.1:0", "127.0.0.1:0", IPPROTO_IP, unix.IP_RECVERR, ExtendedError{Origin: SO_EE_ORIGIN_ICMP, Type: 3, Code: 3}},
		{"[::1]:0", "[::1]:0", IPPROTO_IPV6, unix.IPV6_RECVERR, ExtendedError{Origin: SO_EE_ORIGIN_ICMP6, Type: 1, Code: 4}},
	} {
		a := bound(t, inet(test.address).Family(), SOCK_DGRAM, inet(test.address))
		turn(t, a, test.level, test.option, 1)
		gone, err := Socket(inet(test.address).Family(), SOCK_DGRAM, 0)
		check(t, err)
		check(t, Bind(gone, inet(test.address)))
		to := name(t, gone)
		check(t, Close(gone))
		sendWith(t, a, to, nil, "refused")
		m, text := receiveWith(t, a, MSG_ERRQUEUE)
		if m.Name.AddrPort() != to.AddrPort() || text != "refused" || m.Flags&MSG_ERRQUEUE == 0 {
			t.Errorf("got %q to %v, flags %#x, want \"refused\" to %v, flag MSG_ERRQUEUE", text, m.Name, m.Flags, to)
		}
		test.want.Errno = ECONNREFUSED
		got := found(t, m, CMSG_RECVERR)
		if got.Offender.AddrPort() != inet(test.offender).AddrPort() {
			t.Errorf("offender is %v, want %v", got.Offender, test.offender)
		}
		got.Offender = Sockaddr{}
		if got != test.want {
			t.Errorf("got error %+v, want %+v", got, test.want)
		}
		if z, ok := got.Zerocopy(); ok {
			t.Errorf("Zerocopy() = %+v, want none", z)
		}
		if _, _, ok := got.Timestamp(); ok {
			t.Error("Timestamp() reports a time, want none")
		}
	}
}

func TestZerocopy(t *testing.T) {
	needKernel(t)
	client, server := tcpPair(t)
	turn(t, client, SOL_SOCKET, unix.SO_ZEROCOPY, 1)
	buffer := make([]byte, 1000)
	const sends = 3
	for range sends {
		n, err := Send(client, buffer, MSG_ZEROCOPY)
		if n != len(buffer) || err != nil {
			t.Fatalf("Send = %d, %v", n, err)
		}
		_, err = RecvFull(server, make([]byte, len(buffer)))
		check(t, err)
	}
	for next := uint32(0); next < sends; {
		m, text := receiveWith(t, client, MSG_ERRQUEUE)
		z, ok := found(t, m, CMSG_RECVERR).Zerocopy()
		if !ok || z.First != next || z.Last < z.First || z.Last >= sends || !z.Copied || text != "" {
			t.Fatalf("got %+v, %t, text %q, want the range from %d, copied as on loopback", z, ok, text, next)
		}
		next = z.Last + 1
	}
}
