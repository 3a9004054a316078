package sock_test

import (
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A datagram to a port that nobody has comes back as an error, with the address that it went to and who refused it.
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
		send(t, a, to, nil, "refused")
		m, text := receive(t, a, MSG_ERRQUEUE)
		if m.Name.AddrPort() != to.AddrPort() || text != "refused" || m.Flags&MSG_ERRQUEUE == 0 {
			t.Errorf("it was %q to %v, flags %#x; want %v", text, m.Name, m.Flags, to)
		}
		test.want.Errno = ECONNREFUSED
		got := found(t, m, CMSG_RECVERR)
		if got.Offender.AddrPort() != inet(test.offender).AddrPort() {
			t.Errorf("%v refused it; want %v", got.Offender, test.offender)
		}
		got.Offender = Sockaddr{}
		if got != test.want {
			t.Errorf("the error is %+v; want %+v", got, test.want)
		}
		if z, ok := got.Zerocopy(); ok {
			t.Errorf("it is read as %+v", z)
		}
		if _, _, ok := got.Timestamp(); ok {
			t.Error("it is read as a time")
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
		m, text := receive(t, client, MSG_ERRQUEUE)
		z, ok := found(t, m, CMSG_RECVERR).Zerocopy()
		if !ok || z.First != next || z.Last < z.First || z.Last >= sends || !z.Copied || text != "" {
			t.Fatalf("%+v, %t, %q; want the range from %d, copied as on loopback", z, ok, text, next)
		}
		next = z.Last + 1
	}
}

// The time at which a packet went out comes back through the error queue, under the number that it was given.
func TestSentTime(t *testing.T) {
	needKernel(t)
	const when = unix.SOF_TIMESTAMPING_SOFTWARE | unix.SOF_TIMESTAMPING_OPT_ID | unix.SOF_TIMESTAMPING_OPT_TSONLY
	for _, test := range []struct {
		name    string
		flags   int
		control []byte
		id      uint32
	}{
		{"by the option", when | unix.SOF_TIMESTAMPING_TX_SOFTWARE, nil, 0},
		{"by the packet", when, AppendControl(nil, CMSG_SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_TX_SOFTWARE), 0},
		{"by its own number", when | unix.SOF_TIMESTAMPING_TX_SOFTWARE, AppendControl(nil, CMSG_TS_OPT_ID, 77), 77},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, _ := oneWay(t, "127.0.0.1:0")
			turn(t, a, SOL_SOCKET, unix.SO_TIMESTAMPING, test.flags)
			before := time.Now().Truncate(time.Microsecond)
			_, err := Sendmsg(a, &Msg{Iov: [][]byte{[]byte("x")}, Control: test.control}, 0)
			if err == EINVAL && test.id != 0 {
				t.Skip("this kernel is older than SCM_TS_OPT_ID")
			}
			check(t, err)
			m, _ := receive(t, a, MSG_ERRQUEUE)
			got := found(t, m, CMSG_TIMESTAMPING).Software
			if got.Before(before) || got.After(time.Now()) {
				t.Errorf("the time is %v; it was after %v", got, before)
			}
			point, id, ok := found(t, m, CMSG_RECVERR).Timestamp()
			if !ok || point != SCM_TSTAMP_SND || id != test.id {
				t.Errorf("the point is %d, the number %d, %t; want %d", point, id, ok, test.id)
			}
		})
	}
}
