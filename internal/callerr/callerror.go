//go:build unix

// Package callerr has the errors of the commands: which call failed, on what address.
package callerr

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"example.com/berkeley/sock"
)

// CallError is a system call that failed: which, on what address, and why.
type CallError struct {
	Call    string // its C name
	Address string // the address it was about
	Err     error
}

// Error reads like this: bind tcp://127.0.0.1:80: EACCES (permission denied).
func (e *CallError) Error() string {
	text := fmt.Sprintf("%s %s: %s", e.Call, e.Address, Describe(e.Err))
	if e.Err == sock.EINVAL && lacksZone(e.Address) {
		text += ": a link-local address needs an interface, as in [fe80::1%eth0]:80"
	}
	return text
}

// lacksZone reports whether a URL has a link-local IPv6 address without a zone.
func lacksZone(url string) bool {
	_, rest, _ := strings.Cut(url, "[")
	host, _, _ := strings.Cut(rest, "]")
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == ""
}

// Unwrap is the error as package sock's helpers return it.
func (e *CallError) Unwrap() error { return os.NewSyscallError(e.Call, e.Err) }

// Describe names an errno and explains it; other errors explain themselves.
func Describe(err error) string {
	if errno, ok := err.(sock.Errno); ok {
		return fmt.Sprintf("%s (%v)", sock.ErrnoName(errno), errno)
	}
	return err.Error()
}

// OnFile names the call and the errno of an error of package os.
func OnFile(err error) error {
	failed, ok := err.(*os.PathError)
	if !ok {
		return err
	}
	return &CallError{Call: failed.Op, Address: failed.Path, Err: failed.Err}
}

// Line is an error as one line, whatever a user put into it.
func Line(err error) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(err.Error())
}
