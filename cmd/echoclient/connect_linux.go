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
