package sock_test

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/berkeley/sock"
)

// An abstract name needs no file, and disappears with its socket.
func ExampleAbstract() {
	address, err := sock.Abstract("example of package sock")
	must(err)
	fd, err := sock.Socket(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fd)
	must(sock.Bind(fd, address))
	name, err := sock.Getsockname(fd)
	fmt.Println(name, err)
	// Output: @example of package sock <nil>
}

func ExampleEpollWait() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	epfd, err := sock.EpollCreate1(0)
	must(err)
	defer sock.Close(epfd)

	must(sock.EpollCtl(epfd, sock.EPOLL_CTL_ADD, fds[1], &sock.EpollEvent{Events: sock.EPOLLIN, Fd: int32(fds[1])}))
	_, err = sock.Send(fds[0], []byte("x"), 0)
	must(err)
	var events [16]sock.EpollEvent
	n, err := sock.Retry(func() (int, error) { return sock.EpollWait(epfd, events[:], -1) })
	must(err)
	for _, ev := range events[:n] {
		fmt.Println(ev.Fd == int32(fds[1]), ev.Events == sock.EPOLLIN)
	}
	// Output: true true
}

// One process opens a file, and another reads it.
func ExampleSendFds() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	r, w, err := os.Pipe()
	must(err)
	defer r.Close()

	_, err = sock.SendFds(fds[0], []byte("a pipe"), int(w.Fd()))
	must(err)
	must(w.Close()) // the receiver has its own descriptor
	var p [16]byte
	n, received, err := sock.RecvFds(fds[1], p[:], 1)
	must(err)
	fmt.Printf("%s: %d descriptor\n", p[:n], len(received))

	file := os.NewFile(uintptr(received[0]), "pipe")
	_, err = file.WriteString("by another")
	must(err)
	must(file.Close())
	n, err = r.Read(p[:])
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output:
	// a pipe: 1 descriptor
	// by another, <nil>
}

// Several buffers make one message. At the receiver, a control message says more about it: here, who sent it.
func ExampleRecvmsg() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	must(sock.Setsockopt(fds[1], sock.SO_PASSCRED, true))

	_, err = sock.Sendmsg(fds[0], &sock.Msg{Iov: [][]byte{[]byte("head, "), []byte("body")}}, 0)
	must(err)
	p := make([]byte, 64)
	m := sock.Msg{Iov: [][]byte{p}, Control: make([]byte, 256)}
	n, err := sock.Recvmsg(fds[1], &m, 0)
	must(err)
	fmt.Printf("%s\n", p[:n])
	for c := range sock.Cmsgs(m.Control) {
		if cred, ok := sock.CMSG_CREDENTIALS.Parse(c); ok {
			fmt.Println("from this process:", int(cred.Pid) == os.Getpid())
		}
	}
	// Output:
	// head, body
	// from this process: true
}

// A control message that is sent applies to this message only: here, it sets the source address.
func ExampleSendmsg() {
	receiver, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(receiver)
	must(sock.Bind(receiver, sock.Inet(netip.MustParseAddrPort("127.0.0.1:0"))))
	to, err := sock.Getsockname(receiver)
	must(err)
	sender, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(sender)

	info := sock.InPktinfo{SpecDst: netip.MustParseAddr("127.0.0.9")}
	control := sock.CMSG_IP_PKTINFO.Append(nil, info)
	_, err = sock.Sendmsg(sender, &sock.Msg{Name: to, Iov: [][]byte{[]byte("x")}, Control: control}, 0)
	must(err)
	_, from, err := sock.Recvfrom(receiver, make([]byte, 16), 0)
	fmt.Println(from.AddrPort().Addr(), err)
	// Output: 127.0.0.9 <nil>
}

// Many datagrams are sent by one call, and received by one.
func ExampleBatch() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_DGRAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])

	out := sock.NewBatch(3, 0) // the caller sets the buffers
	for i, text := range []string{"one", "two", "three"} {
		out.Msg(i).Iov = [][]byte{[]byte(text)}
	}
	n, err := sock.SendBatch(fds[0], out, 0)
	fmt.Println(n, err)

	in := sock.NewBatch(16, 1500)
	n, err = sock.Recvmmsg(fds[1], in, sock.MSG_WAITFORONE, nil)
	must(err)
	for i := range n {
		fmt.Printf("%s\n", in.Msg(i).Iov[0][:in.N(i)])
	}
	// Output:
	// 3 <nil>
	// one
	// two
	// three
}

// With io_uring one call receives from many sockets; without it, the Ring calls recv for each.
func ExampleRing() {
	var clients, servers [3]int
	var buffers [3][16]byte
	for i := range clients {
		fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
		must(err)
		clients[i], servers[i] = fds[0], fds[1]
		defer sock.Close(fds[0])
		defer sock.Close(fds[1])
	}
	for i, text := range []string{"one", "two"} { // the third sends nothing
		_, err := sock.Send(clients[i], []byte(text), 0)
		must(err)
	}
	report := func(i, n int, err error) { fmt.Printf("%q, %v\n", buffers[i][:n], err) }

	ring, err := sock.NewRing(len(servers))
	if err != nil {
		for i, fd := range servers {
			n, err := sock.Recv(fd, buffers[i][:], sock.MSG_DONTWAIT)
			report(i, n, err)
		}
		return
	}
	defer ring.Close()
	for i, fd := range servers {
		ring.Recv(fd, buffers[i][:], 0)
	}
	must(ring.Submit())
	for i := range servers {
		n, err := ring.Result(i)
		report(i, n, err)
	}
	// Output:
	// "one", <nil>
	// "two", <nil>
	// "", resource temporarily unavailable
}

func ExampleSendfile() {
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	must(err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	file, err := os.CreateTemp("", "")
	must(err)
	defer os.Remove(file.Name())
	defer file.Close()
	_, err = file.WriteString("Hello, world")
	must(err)

	offset := int64(len("Hello, "))
	n, err := sock.Sendfile(fds[0], int(file.Fd()), &offset, 100)
	fmt.Println(n, offset, err)
	p := make([]byte, 16)
	n, err = sock.Recv(fds[1], p, 0)
	fmt.Printf("%s, %v\n", p[:n], err)
	// Output:
	// 5 12 <nil>
	// world, <nil>
}
