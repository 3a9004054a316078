//go:build linux

// 08-options prints every option that a socket has, and what it is before anybody sets it.
//
//	go run ./examples/08-options         of a TCP socket
//	go run ./examples/08-options udp6    of another one: tcp, tcp6, mptcp, udp, udp6, unix, netlink
//
// New here: getsockopt(2), setsockopt(2), and Options, the list of all that package sock knows. socket(7), ip(7), ipv6(7),
// tcp(7) and udp(7) say what they mean.
// Try: two kinds side by side, with diff; a kernel of another version; sysctl net.ipv4.tcp_rmem, which is where SO_RCVBUF
// of TCP is from.
// What breaks it: to rely on a default, or to believe that what was set is what is in force.
package main

import (
	"fmt"
	"os"

	"example.com/berkeley/sock"
)

var kinds = map[string]struct{ domain, typ, protocol int }{
	"tcp":     {sock.AF_INET, sock.SOCK_STREAM, 0},
	"tcp6":    {sock.AF_INET6, sock.SOCK_STREAM, 0},
	"mptcp":   {sock.AF_INET, sock.SOCK_STREAM, sock.IPPROTO_MPTCP},
	"udp":     {sock.AF_INET, sock.SOCK_DGRAM, 0},
	"udp6":    {sock.AF_INET6, sock.SOCK_DGRAM, 0},
	"unix":    {sock.AF_UNIX, sock.SOCK_STREAM, 0},
	"netlink": {sock.AF_NETLINK, sock.SOCK_RAW, 0},
}

var levels = map[int]string{
	sock.SOL_SOCKET:      "SOL_SOCKET",
	sock.IPPROTO_IP:      "IPPROTO_IP",
	sock.IPPROTO_IPV6:    "IPPROTO_IPV6",
	sock.IPPROTO_TCP:     "IPPROTO_TCP",
	sock.IPPROTO_UDP:     "IPPROTO_UDP",
	sock.IPPROTO_UDPLITE: "IPPROTO_UDPLITE",
	sock.SOL_MPTCP:       "SOL_MPTCP",
	sock.SOL_NETLINK:     "SOL_NETLINK",
}

func main() {
	name := "tcp"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	kind, ok := kinds[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "%s isn't a kind of socket that this program knows\n", name)
		os.Exit(64)
	}
	fd, err := sock.Socket(kind.domain, kind.typ, kind.protocol)
	check("socket", err)
	defer sock.Close(fd)
	show(fd)
	set(fd)
}

// show prints the options that a socket has. The others are of other kinds of sockets, or can only be set.
func show(fd int) {
	level, shown := -1, 0
	for _, option := range sock.Options() {
		value, err := option.Get(fd)
		if err != nil {
			continue
		}
		if option.Level() != level {
			level = option.Level()
			fmt.Println(levels[level])
		}
		fmt.Printf("  %-26s %s\n", option.Label(), text(value))
		shown++
	}
	fmt.Printf("%d of %d options\n\n", shown, len(sock.Options()))
}

// set shows that an option is what the kernel makes of it: SO_RCVBUF is doubled, for the kernel's own needs.
func set(fd int) {
	const want = 10000
	check("setsockopt", sock.Setsockopt(fd, sock.SO_RCVBUF, want))
	got, err := sock.Getsockopt(fd, sock.SO_RCVBUF)
	check("getsockopt", err)
	fmt.Printf("SO_RCVBUF set to %d is %d\n", want, got)
}

// text is a value, and of a long structure its beginning.
func text(value any) string {
	const most = 60
	s := fmt.Sprintf("%+v", value)
	if len(s) > most {
		return s[:most] + " ..."
	}
	return s
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
