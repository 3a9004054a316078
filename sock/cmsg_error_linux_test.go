package sock_test

import (
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// refusing returns the address of a UDP socket that receives from itself alone: to others its port is unused.
func refusing(t testing.TB, address string) Sockaddr {
	t.Helper()
	fd := bound(t, inet(address).Family(), SOCK_DGRAM, inet(address))
	to := name(t, fd)
	check(t, Connect(fd, to))
	return to
}

// The ICMP error for an earlier datagram is reported to the next send, which sends nothing. The one after that succeeds.
func TestSendAfterRefusal(t *testing.T) {
	needKernel(t)
	calls := map[string]func(fd int, to Sockaddr) (int, error){
		"Sendto": func(fd int, to Sockaddr) (int, error) { return Sendto(fd, []byte("x"), 0, to) },
		"Sendmsg": func(fd int, to Sockaddr) (int, error) {
			return Sendmsg(fd, &Msg{Name: to, Iov: [][]byte{[]byte("x")}}, 0)
		},
		"SendBatch": func(fd int, to Sockaddr) (int, error) {
			b := NewBatch(1, 1)
			b.Msg(0).Name = to
			return SendBatch(fd, b, 0)
		},
	}
	for call, send := range calls {
		t.Run(call, func(t *testing.T) {
			a := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
			b := bound(t, AF_INET, SOCK_DGRAM, inet("127.0.0.1:0"))
			turn(t, a, IPPROTO_IP, unix.IP_RECVERR, 1)
			sendWith(t, a, refusing(t, "127.0.0.1:0"), nil, "refused")
			await(t, a, POLLERR)
			for i, want := range []error{ECONNREFUSED, nil} {
				if _, err := send(a, name(t, b)); err != want {
					t.Errorf("send %d: %v, want %v", i, err, want)
				}
			}
			await(t, b, POLLIN)
			for i, want := range []error{nil, EAGAIN} {
				if _, err := Recv(b, make([]byte, 1), MSG_DONTWAIT); err != want {
					t.Errorf("Recv %d: %v, want %v", i, err, want)
				}
			}
		})
	}
}

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
		to := refusing(t, test.address)
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
