//go:build linux

// 15-options prints every option of a socket with its default value, and shows one that isn't what it was set to.
//
//	go run ./examples/15-options         a TCP socket
//	go run ./examples/15-options udp6    another kind: tcp, tcp6, mptcp, udp, udp6, unix, netlink
//
// New here: getsockopt(2) and setsockopt(2), and Options, the list of all options that package sock knows. The manual
// explains them in socket(7), ip(7), ipv6(7), tcp(7) and udp(7).
//
// Try: compare two kinds with diff; run it on another kernel. sysctl net.ipv4.tcp_rmem shows where the default SO_RCVBUF of
// TCP comes from.
//
// What breaks it: relying on a default, or believing that what you set is what is in force.
//
// Remember: after setsockopt, ask getsockopt.
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
		fmt.Fprintf(os.Stderr, "unknown kind of socket %q: want tcp, tcp6, mptcp, udp, udp6, unix or netlink\n", name)
		os.Exit(64)
	}
	fd, err := sock.Socket(kind.domain, kind.typ, kind.protocol)
	check("socket", err)
	defer sock.Close(fd)
	show(fd)
	set(fd)
}

// show prints the options that a socket has. The others belong to other kinds of sockets, or can only be set.
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
		fmt.Printf("  %-26s %s\n", option.Name(), text(value))
		shown++
	}
	fmt.Printf("%d of %d options\n\n", shown, len(sock.Options()))
}

// set shows that the kernel decides what an option becomes: it doubles SO_RCVBUF, to have room for its own data.
func set(fd int) {
	const want = 10000
	check("setsockopt", sock.Setsockopt(fd, sock.SO_RCVBUF, want))
	got, err := sock.Getsockopt(fd, sock.SO_RCVBUF)
	check("getsockopt", err)
	fmt.Printf("SO_RCVBUF set to %d is %d\n", want, got)
}

// text returns a value as text, and of a long structure the beginning.
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
