//go:build unix

package sock

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// GaiError is an error number of getaddrinfo(3) and getnameinfo(3), which is not an errno. The numbers are those of
// Linux on every platform. Compare with errors.Is: the error also wraps that of the resolver, such as a *net.DNSError
// or the error of the context.
type GaiError int

// Errors of getaddrinfo(3) and getnameinfo(3).
const (
	EAI_BADFLAGS   GaiError = -1 // unknown or contradictory flags
	EAI_NONAME     GaiError = -2 // no such host or service, or neither was given
	EAI_AGAIN      GaiError = -3 // no answer in time: try again later
	EAI_FAIL       GaiError = -4 // the resolver failed permanently
	EAI_FAMILY     GaiError = -6 // neither AF_INET nor AF_INET6
	EAI_SOCKTYPE   GaiError = -7 // unknown socket type, or not with that protocol
	EAI_SERVICE    GaiError = -8 // no such service for the socket type
	EAI_ADDRFAMILY GaiError = -9 // the host has no address of the family
)

var gaiErrors = map[GaiError]string{
	EAI_BADFLAGS:   "bad flags",
	EAI_NONAME:     "no such host or service",
	EAI_AGAIN:      "no answer in time",
	EAI_FAIL:       "the resolver failed",
	EAI_FAMILY:     "address family not supported",
	EAI_SOCKTYPE:   "socket type not supported",
	EAI_SERVICE:    "no such service for the socket type",
	EAI_ADDRFAMILY: "the host has no address of the family",
}

// Error returns the meaning of the number, as gai_strerror(3) does.
func (e GaiError) Error() string {
	if text, ok := gaiErrors[e]; ok {
		return text
	}
	return fmt.Sprintf("getaddrinfo error %d", int(e))
}

// Timeout reports whether the look-up timed out.
func (e GaiError) Timeout() bool { return e == EAI_AGAIN }

// lookupError adds the GaiError to an error of package net.
func lookupError(err error) error {
	code := EAI_FAIL
	var dns *net.DNSError
	var addr *net.AddrError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		code = EAI_AGAIN
	case errors.As(err, &addr), errors.As(err, &dns) && dns.IsNotFound:
		code = EAI_NONAME
	case dns != nil && dns.Temporary():
		code = EAI_AGAIN
	}
	return fmt.Errorf("%w: %w", code, err)
}
