//go:build linux

// 34-netlink talks to the kernel itself: the same calls, in an address family in which the peer is no program. It asks for
// what ip link prints.
//
//	go run ./examples/34-netlink
//
// New here: AF_NETLINK of netlink(7) and its NETLINK_ROUTE, rtnetlink(7): one question, and an answer of many messages.
//
// Try: strace ip link, which makes the same calls; RTM_GETADDR; NETLINK_ADD_MEMBERSHIP, with which the kernel reports
// changes without being asked.
//
// What breaks it: a buffer that is too small cuts an answer, as with every datagram. And a program that doesn't check who
// sent an answer also believes other programs, if they have CAP_NET_ADMIN.
//
// Remember: the kernel can be a peer, with an address and a protocol.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

func main() {
	fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_RAW, sock.NETLINK_ROUTE)
	check("socket", err)
	defer sock.Close(fd)
	check("bind", sock.Bind(fd, sock.Netlink(0, 0))) // the kernel picks a port, as in 03-names: 0 is the kernel's own
	name, err := sock.Getsockname(fd)
	check("getsockname", err)
	fmt.Println("own name:", name)

	_, err = sock.Sendto(fd, question(), 0, sock.Netlink(0, 0))
	check("sendto", err)
	for more := true; more; {
		p := make([]byte, 1<<16)
		n, from, err := sock.Recvfrom(fd, p, 0)
		check("recvfrom", err)
		if from == sock.Netlink(0, 0) {
			more, err = answer(p[:n])
			check("answer", err)
		}
	}
}

// question asks for all links: struct nlmsghdr and struct ifinfomsg, as they are in memory.
func question() []byte {
	var request struct {
		unix.NlMsghdr
		unix.IfInfomsg
	}
	request.NlMsghdr.Len = uint32(binary.Size(request))
	request.NlMsghdr.Type = unix.RTM_GETLINK
	request.NlMsghdr.Flags = unix.NLM_F_REQUEST | unix.NLM_F_DUMP
	p, err := binary.Append(nil, binary.NativeEndian, request)
	check("request", err)
	return p
}

// answer prints the links of one datagram, which carries several messages, and reports whether more will come.
func answer(p []byte) (more bool, err error) {
	messages, err := syscall.ParseNetlinkMessage(p)
	if err != nil {
		return false, err
	}
	for _, m := range messages {
		switch m.Header.Type {
		case unix.NLMSG_DONE:
			return false, nil
		case unix.NLMSG_ERROR:
			return false, fmt.Errorf("the kernel refused: %x", m.Data)
		case unix.RTM_NEWLINK:
			if err := showLink(m); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// showLink prints a link: struct ifinfomsg, and two of the attributes that follow it, the name and the MTU.
func showLink(m syscall.NetlinkMessage) error {
	var info unix.IfInfomsg
	if _, err := binary.Decode(m.Data, binary.NativeEndian, &info); err != nil {
		return err
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(&m)
	if err != nil {
		return err
	}
	var name string
	var mtu uint32
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			name = unix.ByteSliceToString(a.Value)
		case unix.IFLA_MTU:
			mtu = binary.NativeEndian.Uint32(a.Value)
		}
	}
	fmt.Printf("%d: %s, MTU %d, up %t\n", info.Index, name, mtu, info.Flags&unix.IFF_UP != 0)
	return nil
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
