//go:build unix && !linux

package sock

import "errors"

func (sa Sockaddr) linuxText() (string, Sockaddr) { return "", Sockaddr{} }

func (sa *Sockaddr) isAbstract() bool { return false }

// Name returns "", because only Linux has abstract names.
func (sa Sockaddr) Name() string { return "" }

var errNotLinux = errors.New("not a scheme of Linux's own")

func parseLinux(string, string) (Sockaddr, error) { return Sockaddr{}, errNotLinux }

func parseAbstract(string) (Sockaddr, error) {
	return Sockaddr{}, errors.New("abstract names are Linux's own")
}
