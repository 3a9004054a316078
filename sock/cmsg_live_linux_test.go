package sock_test

import (
	"encoding/binary"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// turn sets an option whose value is a C int.
func turn(t testing.TB, fd, level, number, value int) {
	t.Helper()
	check(t, Setsockopt(fd, IntOption("", level, number), value))
}

// receiveWith receives a socket's next message, with its control messages. It fails if they were truncated.
func receiveWith(t testing.TB, fd, flags int) (Msg, string) {
	t.Helper()
	if flags&MSG_ERRQUEUE != 0 {
		await(t, fd, POLLERR)
	} else {
		await(t, fd, POLLIN)
	}
	p := make([]byte, 4096)
	m := Msg{Iov: [][]byte{p}, Control: make([]byte, 1024)}
	n, err := Recvmsg(fd, &m, flags)
	check(t, err)
	if m.Flags&MSG_CTRUNC != 0 {
		t.Fatal("control messages were truncated")
	}
	return m, string(p[:n])
}

// found returns the value of a control message, which must be present.
func found[T any](t testing.TB, m Msg, control CmsgType[T]) (v T) {
	t.Helper()
	for c := range Cmsgs(m.Control) {
		if v, ok := control.Parse(c); ok {
			return v
		}
	}
	t.Fatalf("no %v in %x", control, m.Control)
	return v
}

// has checks the value of a control message.
func has[T comparable](t testing.TB, m Msg, control CmsgType[T], want T) {
	t.Helper()
	if got := found(t, m, control); got != want {
		t.Errorf("%v is %+v, want %+v", control, got, want)
	}
}

func sendWith(t testing.TB, fd int, to Sockaddr, control []byte, text string) {
	t.Helper()
	n, err := Sendmsg(fd, &Msg{Name: to, Iov: [][]byte{[]byte(text)}, Control: control}, 0)
	if n != len(text) || err != nil {
		t.Fatalf("Sendmsg with %x = %d, %v", control, n, err)
	}
}

// oneWay returns two datagram sockets, both bound to the given address; a is connected to b.
func oneWay(t testing.TB, address string) (a, b int) {
	t.Helper()
	domain := inet(address).Family()
	a, b = bound(t, domain, SOCK_DGRAM, inet(address)), bound(t, domain, SOCK_DGRAM, inet(address))
	check(t, Connect(a, name(t, b)))
	return a, b
}

func TestSocketControls(t *testing.T) {
	needKernel(t)
	a, b := oneWay(t, "127.0.0.1:0")
	turn(t, b, SOL_SOCKET, unix.SO_RCVMARK, 1)
	needOption(t, SO_RCVPRIORITY, Setsockopt(b, SO_RCVPRIORITY, true))
	control := CMSG_SO_PRIORITY.Append(CMSG_SO_MARK.Append(nil, 0xfffffffe), 5)
	if _, err := Sendmsg(a, &Msg{Iov: [][]byte{[]byte("x")}, Control: control}, 0); err == EPERM {
		t.Skip("SO_MARK needs CAP_NET_ADMIN or CAP_NET_RAW")
	} else {
		check(t, err)
	}
	m, _ := receiveWith(t, b, 0)
	has(t, m, CMSG_SO_MARK, 0xfffffffe)
	has(t, m, CMSG_SO_PRIORITY, 5)
}

func TestDropCount(t *testing.T) {
	needKernel(t)
	a, b := oneWay(t, "127.0.0.1:0")
	turn(t, b, SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	check(t, Setsockopt(b, SO_RCVBUF, 1))
	for range 100 {
		sendWith(t, a, Sockaddr{}, nil, "dropped when the buffer is full")
	}
	for _, err := Recv(b, nil, MSG_DONTWAIT); err == nil; _, err = Recv(b, nil, MSG_DONTWAIT) {
	}
	sendWith(t, a, Sockaddr{}, nil, "x")
	m, _ := receiveWith(t, b, 0)
	if drops := found(t, m, CMSG_SO_RXQ_OVFL); drops == 0 || drops >= 100 {
		t.Errorf("SO_RXQ_OVFL says %d of 100 were dropped, want some but not all", drops)
	}
}

func TestTransmissionTime(t *testing.T) {
	needKernel(t)
	a, b := oneWay(t, "127.0.0.1:0")
	txtime := binary.NativeEndian.AppendUint32(nil, unix.CLOCK_MONOTONIC)
	check(t, SetsockoptBytes(a, SOL_SOCKET, unix.SO_TXTIME, append(txtime, 0, 0, 0, 0)))
	sendWith(t, a, Sockaddr{}, CMSG_TXTIME.Append(nil, 1), "x")
	if _, text := receiveWith(t, b, 0); text != "x" {
		t.Errorf("got %q, want \"x\"", text)
	}
}

func TestUnreadBytes(t *testing.T) {
	needKernel(t)
	client, server := tcpPair(t)
	turn(t, server, IPPROTO_TCP, unix.TCP_INQ, 1)
	sendWith(t, client, Sockaddr{}, nil, "0123456789")
	await(t, server, POLLIN)
	m := Msg{Iov: [][]byte{make([]byte, 4)}, Control: make([]byte, 64)}
	_, err := Recvmsg(server, &m, 0)
	check(t, err)
	has(t, m, CMSG_TCP_CM_INQ, 6)
}

func TestSegmentation(t *testing.T) {
	needKernel(t)
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		a, b := oneWay(t, address)
		segments := CMSG_UDP_SEGMENT.Append(nil, 4)
		sendWith(t, a, Sockaddr{}, segments, "aaaabbbbcc")
		for _, want := range []string{"aaaa", "bbbb", "cc"} {
			if _, text := receiveWith(t, b, 0); text != want {
				t.Errorf("got %q, want %q", text, want)
			}
		}
		turn(t, b, IPPROTO_UDP, unix.UDP_GRO, 1)
		sendWith(t, a, Sockaddr{}, segments, "aaaabbbbcc")
		m, text := receiveWith(t, b, 0)
		if text != "aaaabbbbcc" {
			t.Errorf("got %q, want all segments in one message", text)
		}
		has(t, m, CMSG_UDP_GRO, 4)
	}
}

func TestCredentials(t *testing.T) {
	for _, typ := range []int{SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET} {
		a, b := pair(t, typ)
		turn(t, b, SOL_SOCKET, unix.SO_PASSCRED, 1)
		for _, control := range [][]byte{nil, CMSG_CREDENTIALS.Append(nil, me)} {
			sendWith(t, a, Sockaddr{}, control, "x")
			m, _ := receiveWith(t, b, 0)
			has(t, m, CMSG_CREDENTIALS, me)
		}
	}
}

func TestPidfd(t *testing.T) {
	needKernel(t)
	a, b := pair(t, SOCK_STREAM)
	needOption(t, SO_PASSPIDFD, Setsockopt(b, SO_PASSPIDFD, true))
	sendWith(t, a, Sockaddr{}, nil, "x")
	m, _ := receiveWith(t, b, 0)
	pidfd := found(t, m, CMSG_PIDFD)
	if inheritable(t, pidfd) {
		t.Error("the descriptor is inheritable")
	}
	check(t, unix.PidfdSendSignal(pidfd, 0, nil, 0))
	check(t, Close(pidfd))
	// RecvFds closes the pidfd, which it does not return: TestMain checks for leaks.
	sendWith(t, a, Sockaddr{}, nil, "x")
	n, fds, err := RecvFds(b, make([]byte, 8), 4)
	if n != 1 || len(fds) != 0 || err != nil {
		t.Errorf("RecvFds = %d, %v, %v, want 1 byte and no descriptors", n, fds, err)
	}
}

func TestAuxdata(t *testing.T) {
	needKernel(t)
	const ETH_P_IP = 0x0800
	fd := rawSocket(t, AF_PACKET, SOCK_DGRAM, 0)
	turn(t, fd, SOL_PACKET, unix.PACKET_AUXDATA, 1)
	check(t, Bind(fd, Packet(PacketAddr{Protocol: ETH_P_IP, Ifindex: loopback(t).Index})))
	a, _ := oneWay(t, "127.0.0.1:0")
	sendWith(t, a, Sockaddr{}, nil, "x")
	const sent = 20 + 8 + 1 // the headers of IP and UDP, and the byte
	var m Msg
	n := 0
	for n != sent { // other programs' packets arrive, too
		await(t, fd, POLLIN)
		m = Msg{Iov: [][]byte{make([]byte, 128)}, Control: make([]byte, 128)}
		var err error
		n, err = Recvmsg(fd, &m, 0)
		check(t, err)
	}
	aux := found(t, m, CMSG_PACKET_AUXDATA)
	if int(aux.Len) != n || aux.Snaplen != aux.Len || aux.Status&TP_STATUS_USER == 0 {
		t.Errorf("auxiliary data = %+v, want that of a whole packet of %d bytes", aux, n)
	}
}

func TestNetlinkPktinfo(t *testing.T) {
	needKernel(t)
	fd := socket(t, AF_NETLINK, SOCK_RAW, unix.NETLINK_ROUTE)
	turn(t, fd, SOL_NETLINK, unix.NETLINK_PKTINFO, 1)
	request := binary.NativeEndian.AppendUint32(nil, unix.SizeofNlMsghdr+unix.SizeofRtGenmsg)
	request = binary.NativeEndian.AppendUint16(request, unix.RTM_GETLINK)
	request = binary.NativeEndian.AppendUint16(request, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	request = append(request, make([]byte, 8+unix.SizeofRtGenmsg)...)
	sendWith(t, fd, Netlink(0, 0), nil, string(request))
	m, _ := receiveWith(t, fd, 0)
	has(t, m, CMSG_NETLINK_PKTINFO, 0)
}
