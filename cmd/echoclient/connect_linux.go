package main

import "example.com/berkeley/sock"

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
