package sock_test

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// A conversation with the kernel over NETLINK_ROUTE, which lists the interfaces with their indexes and flags.
// Everything else about them comes as attributes, for syscall.ParseNetlinkRouteAttr.
func ExampleNetlink() {
	fd, err := sock.Socket(sock.AF_NETLINK, sock.SOCK_RAW, sock.NETLINK_ROUTE)
	must(err)
	defer sock.Close(fd)
	request, err := binary.Append(nil, binary.NativeEndian, struct {
		Header unix.NlMsghdr
		Link   unix.IfInfomsg
	}{Header: unix.NlMsghdr{
		Len:   unix.SizeofNlMsghdr + unix.SizeofIfInfomsg,
		Type:  unix.RTM_GETLINK,
		Flags: unix.NLM_F_REQUEST | unix.NLM_F_DUMP,
	}})
	must(err)
	_, err = sock.Sendto(fd, request, 0, sock.Netlink(0, 0)) // port 0 is the kernel
	must(err)

	p := make([]byte, 32<<10)
	for done := false; !done; {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, p, 0) })
		must(err)
		messages, err := syscall.ParseNetlinkMessage(p[:n])
		must(err)
		for _, m := range messages {
			done = done || m.Header.Type == unix.NLMSG_DONE || m.Header.Type == unix.NLMSG_ERROR
			if m.Header.Type != unix.RTM_NEWLINK {
				continue
			}
			var link unix.IfInfomsg
			_, err := binary.Decode(m.Data, binary.NativeEndian, &link)
			must(err)
			if name, err := sock.IfIndextoname(int(link.Index)); err == nil && name == "lo" {
				fmt.Println(name, "is the loopback:", link.Flags&unix.IFF_LOOPBACK != 0)
			}
		}
	}
	// Output: lo is the loopback: true
}
