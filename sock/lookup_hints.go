//go:build unix

package sock

import (
	"context"
	"strconv"

	"golang.org/x/sys/unix"
)

// addrinfoSocket is a socket type that Getaddrinfo knows.
type addrinfoSocket struct {
	socktype, protocol int
	network            string // package net's name for the transport, whose services have names
	unasked            bool   // whether it is listed without a hint
	port               uint16
}

// addrinfoSockets are in C's order. Not every platform has names for the literal numbers.
var addrinfoSockets = []addrinfoSocket{
	{socktype: unix.SOCK_STREAM, protocol: unix.IPPROTO_TCP, network: "tcp", unasked: true},
	{socktype: unix.SOCK_DGRAM, protocol: unix.IPPROTO_UDP, network: "udp", unasked: true},
	{socktype: unix.SOCK_DGRAM, protocol: 136},     // IPPROTO_UDPLITE
	{socktype: unix.SOCK_STREAM, protocol: 132},    // IPPROTO_SCTP
	{socktype: unix.SOCK_SEQPACKET, protocol: 132}, // IPPROTO_SCTP
	{socktype: unix.SOCK_RAW, unasked: true},       // of any protocol
}

// sockets returns the socket types that have a service, with its port.
func (h *AddrinfoHints) sockets(ctx context.Context, service string) ([]addrinfoSocket, error) {
	port, numeric := parseService(service)
	if !numeric && h.Flags&AI_NUMERICSERV != 0 {
		return nil, EAI_NONAME
	}
	candidates := h.candidates()
	if len(candidates) == 0 {
		return nil, EAI_SOCKTYPE
	}
	var found []addrinfoSocket
	for _, s := range candidates {
		asked := len(candidates) == 1
		switch {
		case s.socktype == unix.SOCK_RAW && service != "" && (asked || !numeric):
			continue // raw sockets have no ports
		case numeric:
			s.port = port
		case s.network == "":
			continue
		default:
			port, err := lookupService(ctx, s.network, service)
			if err != nil {
				continue
			}
			s.port = port
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		return nil, EAI_SERVICE
	}
	return found, nil
}

// candidates returns the socket types that the hints allow: one, or all that are listed without a hint.
func (h *AddrinfoHints) candidates() (all []addrinfoSocket) {
	for _, s := range addrinfoSockets {
		isRaw := s.socktype == unix.SOCK_RAW
		switch {
		case h.Socktype == 0 && h.Protocol == 0:
			if s.unasked {
				all = append(all, s)
			}
		case h.Socktype != 0 && h.Socktype != s.socktype, h.Protocol != 0 && h.Protocol != s.protocol && !isRaw:
		default:
			if isRaw {
				s.protocol = h.Protocol
			}
			return []addrinfoSocket{s}
		}
	}
	return all
}

// parseService parses a port number, 0 for no service.
func parseService(service string) (port uint16, numeric bool) {
	if service == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(service, 10, 16)
	return uint16(n), err == nil
}
