package main

import "example.com/berkeley/sock"

// prepareSource lets the kernel choose the port when the server's address is known. Each server then has all of the
// ports, not one server each port.
func prepareSource(fd int, sa sock.Sockaddr) error {
	if !sa.AddrPort().IsValid() || sa.AddrPort().Port() != 0 {
		return nil
	}
	return sock.Setsockopt(fd, sock.IP_BIND_ADDRESS_NO_PORT, true)
}
