//go:build linux

// 19-netlink talks with the kernel itself: the same calls, of a family in which the peer is no program.
//
//	go run ./examples/19-netlink    the network interfaces, as ip(8) link has them
//
// New here: AF_NETLINK of netlink(7) and its NETLINK_ROUTE, rtnetlink(7): a question, and an answer of many messages.
// Try: strace ip link, which does the same; RTM_GETADDR; NETLINK_ADD_MEMBERSHIP, and the kernel tells of changes unasked.
// What breaks it: a buffer that is too small cuts an answer, as with every datagram; and a program that doesn't look whom an
// answer is from takes those of other programs.
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

// question asks for all links: struct nlmsghdr, struct ifinfomsg. They go out as they are in memory.
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

// answer prints the links of one datagram, in which there are several messages. more is whether others are to come.
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
			return false, fmt.Errorf("the kernel refuses: %x", m.Data)
		case unix.RTM_NEWLINK:
			if err := showLink(m); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// showLink prints a link: struct ifinfomsg, and of the attributes that follow it the name and the MTU.
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
