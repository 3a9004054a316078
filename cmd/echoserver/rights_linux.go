package main

import "example.com/berkeley/sock"

// refuseRights has the kernel refuse descriptors that clients of a unix socket pass, which it can since Linux 6.16. No one
// wants them, so the kernel closes them as the server receives what they came with, and a client can make a close take
// long: unix(7) SO_PASSRIGHTS, socket(7) SO_LINGER. Accepted sockets inherit the option.
func (s *server) refuseRights(l *listener) error {
	return s.optional(l, "SO_PASSRIGHTS", sock.Setsockopt(l.fd, sock.SO_PASSRIGHTS, false))
}
