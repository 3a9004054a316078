//go:build unix

package sock

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ParseError is the error of ParseEndpoint and ParseSockaddr.
type ParseError struct {
	Text string // as it was given
	Err  error  // what is wrong with Text
	what string // what Text should have been, with a space after it
}

// Error returns the text, and what is wrong with it.
func (e *ParseError) Error() string { return e.what + strconv.Quote(e.Text) + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the text.
func (e *ParseError) Unwrap() error { return e.Err }

func parseEndpoint(s string) (Endpoint, error) {
	// Control characters at the end belong to the line, since a path has them as %XX. Spaces may belong to a path.
	s = strings.TrimRight(strings.TrimLeft(s, " \t\r\n"), "\t\r\n")
	if s == "" {
		return Endpoint{}, errors.New("the address is empty")
	}
	scheme, place, _ := strings.Cut(s, ":")
	t, known := findTransport(scheme)
	isUnix := strings.IndexByte("@/.", s[0]) >= 0
	switch {
	case isUnix:
		t, _ = findTransport("unix")
	case !known && strings.Contains(s, "://"):
		return Endpoint{}, fmt.Errorf("unknown transport %q: want %s", scheme, schemes())
	case !known:
		t, _ = findTransport("tcp")
	}
	e := t.endpoint()
	switch {
	case isUnix:
		return e, e.setUnix(s)
	case !known:
		return e, e.setHost(authority(s))
	}
	return e, t.setPlace(&e, place)
}

// findTransport finds the transport of a scheme, in letters of either case.
func findTransport(scheme string) (t transport, ok bool) {
	for _, t := range transports {
		if strings.EqualFold(t.scheme, scheme) {
			return t, true
		}
	}
	return transport{}, false
}

// schemes lists the transports for an error.
func schemes() string {
	var names []string
	for _, t := range transports {
		names = append(names, t.scheme)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// authority returns HOST:PORT or CID:PORT, without the rest of a URL.
func authority(place string) string {
	place, query, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(place), "//"), "?")
	place = strings.TrimSuffix(place, "/")
	if ok {
		place += "?" + query
	}
	return place
}

// setUnixURL parses the part after "unix:": an abstract name after "@", or a path, with or without "//".
func (e *Endpoint) setUnixURL(place string) (err error) {
	if path, ok := strings.CutPrefix(place, "//"); ok {
		e.addr, err = parsePath(unescape(path))
		return err
	}
	return e.setUnix(place)
}

// setUnix parses an abstract name after "@", or a path, in which %XX is a byte.
func (e *Endpoint) setUnix(place string) (err error) {
	if name, ok := strings.CutPrefix(place, "@"); ok {
		e.addr, err = parseAbstract(unescape(name))
	} else {
		e.addr, err = parsePath(unescape(place))
	}
	return err
}

// setUnixNet parses a literal path, or an abstract name after "@".
func (e *Endpoint) setUnixNet(address string) (err error) {
	e.addr, err = sockaddrUnix(address)
	return err
}

func parsePath(path string) (Sockaddr, error) {
	sa, err := Unix(path)
	switch {
	case path == "":
		return Sockaddr{}, errors.New("the path is missing")
	case len(path) > unixPathMax:
		return Sockaddr{}, fmt.Errorf("the path has %d bytes, more than the %d of a socket's", len(path), unixPathMax)
	case err != nil:
		return Sockaddr{}, errors.New("a path cannot contain a NUL (an abstract name is written @NAME)")
	}
	return sa, nil
}
