package sock_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// canInterface makes a virtual CAN bus in the test's own network namespace, and returns its index.
func canInterface(t *testing.T) (index int) {
	t.Helper()
	fd := rtnetlink(t, 0)
	e := binary.NativeEndian
	attribute := func(typ uint16, p []byte) []byte {
		b := e.AppendUint16(e.AppendUint16(nil, uint16(sizeAttribute+len(p))), typ)
		return append(append(b, p...), make([]byte, -len(p)&3)...)
	}
	kind := attribute(unix.IFLA_INFO_KIND, []byte("vcan"))
	p := make([]byte, sizeMessage+sizeLink)
	p = append(p, attribute(unix.IFLA_IFNAME, []byte("vcan0\x00"))...)
	p = append(p, attribute(unix.IFLA_LINKINFO, kind)...)
	e.PutUint32(p, uint32(len(p)))
	e.PutUint16(p[4:], unix.RTM_NEWLINK)
	e.PutUint16(p[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	sendTo(t, fd, p, Netlink(0, 0))
	for typ, p := range answers(t, fd) {
		errno := Errno(-int32(e.Uint32(p)))
		if errno == EOPNOTSUPP {
			t.Skip("this kernel does not support virtual CAN buses")
		}
		if typ != unix.NLMSG_ERROR || errno != 0 {
			t.Fatalf("creating the interface: message type %d, %v", typ, errno)
		}
	}
	i, err := IfNametoindex("vcan0")
	check(t, err)
	setUp(t, uint32(i))
	return i
}

// canFrame is struct can_frame of <linux/can.h>.
func canFrame(id uint32, data string) []byte {
	p := binary.NativeEndian.AppendUint32(nil, id)
	p = append(p, byte(len(data)), 0, 0, 0)
	return append(append(p, data...), make([]byte, 8-len(data))...)
}

// isCAN compares an address from the kernel, which omits the part that the protocol doesn't use.
func isCAN(t *testing.T, got, want Sockaddr) {
	t.Helper()
	if !bytes.HasPrefix(want.AppendTo(nil), got.AppendTo(nil)) || got.Len() < 8 {
		t.Errorf("address = %v, want %v", got, want)
	}
}

func TestCANRaw(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	sender, receiver := socket(t, AF_CAN, SOCK_RAW, CAN_RAW), socket(t, AF_CAN, SOCK_RAW, CAN_RAW)
	index := canInterface(t)
	for _, fd := range []int{sender, receiver} {
		check(t, Bind(fd, CAN(CANAddr{Ifindex: index})))
		isCAN(t, name(t, fd), CAN(CANAddr{Ifindex: index}))
	}
	filter := []CanFilter{{Id: 0x120, Mask: 0x7f0}}
	check(t, Setsockopt(receiver, CAN_RAW_FILTER, filter))
	if got, err := Getsockopt(receiver, CAN_RAW_FILTER); err != nil || len(got) != 1 || got[0] != filter[0] {
		t.Errorf("Getsockopt(CAN_RAW_FILTER) = %v, %v, want %v", got, err, filter)
	}
	for _, frame := range [][]byte{canFrame(0x110, "no"), canFrame(0x123, "yes")} {
		if n, err := Send(sender, frame, 0); n != len(frame) || err != nil {
			t.Errorf("Send = %d, %v", n, err)
		}
	}
	p, from := receiveFrom(t, receiver)
	if isCAN(t, from, CAN(CANAddr{Ifindex: index})); !bytes.Equal(p, canFrame(0x123, "yes")) {
		t.Errorf("received %x", p)
	}

	check(t, Setsockopt(sender, CAN_RAW_RECV_OWN_MSGS, true))
	_, err := Send(sender, canFrame(0x100, "own"), 0)
	check(t, err)
	m, text := receiveWith(t, sender, 0)
	if text != string(canFrame(0x100, "own")) || m.Flags&(MSG_DONTROUTE|MSG_CONFIRM) != MSG_DONTROUTE|MSG_CONFIRM {
		t.Errorf("received %x with flags %#x, want the sent frame with MSG_CONFIRM", text, m.Flags)
	}
}

// ISO-TP carries messages longer than a frame between two identifiers.
func TestCANIsotp(t *testing.T) {
	if !ownNetwork(t) {
		return
	}
	a, b := socket(t, AF_CAN, SOCK_DGRAM, CAN_ISOTP), socket(t, AF_CAN, SOCK_DGRAM, CAN_ISOTP)
	index := canInterface(t)
	const mine, theirs = 0x321, 0x123
	check(t, Bind(a, CAN(CANAddr{index, mine, theirs})))
	check(t, Bind(b, CAN(CANAddr{index, theirs, mine})))
	isCAN(t, name(t, a), CAN(CANAddr{index, mine, theirs}))
	text := bytes.Repeat([]byte("0123456789"), 20)
	if n, err := Send(a, text, 0); n != len(text) || err != nil {
		t.Errorf("Send = %d, %v", n, err)
	}
	if p, _ := receiveFrom(t, b); !bytes.Equal(p, text) {
		t.Errorf("received %q, want %q", p, text)
	}
}

func TestCANOptions(t *testing.T) {
	isotp := socket(t, AF_CAN, SOCK_DGRAM, CAN_ISOTP)
	valued(nil, CAN_ISOTP_OPTS, CanIsotpOptions{Flags: 1, TxpadContent: 0xcc, RxpadContent: 0xcc}).run(t, isotp)
	valued(nil, CAN_ISOTP_RECV_FC, CanIsotpFcOptions{Bs: 15, Stmin: 1, Wftmax: 2}).run(t, isotp)
	j1939 := socket(t, AF_CAN, SOCK_DGRAM, CAN_J1939)
	check(t, Setsockopt(j1939, SO_J1939_FILTER, []J1939Filter{{Pgn: 0x12300, PgnMask: 0x3ff00}}))
	valued(nil, SO_J1939_PROMISC, true).run(t, j1939)
	valued(nil, SO_J1939_SEND_PRIO, 3).run(t, j1939)
	valued(nil, SO_J1939_ERRQUEUE, true).run(t, j1939)
}
