package main

import (
	"fmt"
	"math/rand/v2"

	"example.com/berkeley/sock"
)

// prepareSource lets the kernel choose the port only when the server's address is known. Then connections to different
// servers can use the same port.
func prepareSource(fd int, sa sock.Sockaddr) error {
	if !sa.AddrPort().IsValid() || sa.AddrPort().Port() != 0 {
		return nil
	}
	return sock.Setsockopt(fd, sock.IP_BIND_ADDRESS_NO_PORT, true)
}

// refuseRights has the kernel refuse descriptors that the server of a unix socket passes, which it can since Linux 6.16:
// unix(7) SO_PASSRIGHTS. Otherwise the kernel closes them as the client receives what they came with, and a server can
// make a close take longer than any timeout.
func refuseRights(fd int) error { return sock.Setsockopt(fd, sock.SO_PASSRIGHTS, false) }

// bindAbstract gives a datagram socket of AF_UNIX an abstract name: a server can't answer a socket without one. The kernel
// picks the name, except in some versions of gVisor.
func bindAbstract(fd int) error {
	err := sock.Bind(fd, sock.Unnamed())
	if err != sock.EINVAL {
		return err
	}
	sa, err := sock.Abstract(fmt.Sprintf("echoclient-%016x", rand.Uint64()))
	if err != nil {
		return err
	}
	return sock.Bind(fd, sa)
}
