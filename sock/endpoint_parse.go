//go:build unix

package sock

import (
	"errors"
	"fmt"
	"strings"
)

func parseEndpoint(s string) (Endpoint, error) {
	// Control characters at the end are a line's, not a path's: there they are written %XX. Spaces may be a path's.
	s = strings.TrimRight(strings.TrimLeft(s, " \t\r\n"), "\t\r\n")
	scheme, place, _ := strings.Cut(s, ":")
	_, known := findTransport(scheme)
	switch {
	case s == "":
		return Endpoint{}, errors.New("the address is empty")
	case s[0] == '@':
		scheme, place = "unix", s
	case s[0] == '/' || s[0] == '.':
		scheme, place = "unix", "//"+s
	case !known && strings.Contains(s, "://"):
		return Endpoint{}, fmt.Errorf("unknown transport %q: want %s", scheme, schemes())
	case !known:
		scheme, place = "tcp", escapeZone(s)
	}
	t, _ := findTransport(scheme)
	e := Endpoint{Network: t.scheme, Type: t.typ, Protocol: t.protocol}
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

// authority is HOST:PORT or CID:PORT, without what URLs put around it.
func authority(place string) string {
	place, query, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(place), "//"), "?")
	place = strings.TrimSuffix(place, "/")
	if ok {
		place += "?" + query
	}
	return place
}

// setUnix takes what follows "unix:": an abstract name after "@", or a path, after "//" or not.
func (e *Endpoint) setUnix(place string) (err error) {
	name, isAbstract := strings.CutPrefix(place, "@")
	if isAbstract {
		e.addr, err = parseAbstract(unescape(name))
	} else {
		e.addr, err = parsePath(unescape(strings.TrimPrefix(place, "//")))
	}
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
