//go:build unix && !linux

package sock

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func sockatmark(fd int) (int, syscall.Errno) {
	trace := traced()
	v, err := unix.IoctlGetInt(fd, unix.SIOCATMARK)
	if trace != nil {
		trace.sockatmark(fd, v, errnoOf(err))
	}
	return v, errnoOf(err)
}

func dup(fd int) (int, syscall.Errno) {
	trace := traced()
	nfd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if trace != nil {
		trace.dup(fd, nfd, errnoOf(err))
	}
	return nfd, errnoOf(err)
}

func ifNametoindex(name string) (int, syscall.Errno) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return 0, ENODEV
	}
	return ifi.Index, 0
}

func ifIndextoname(index int) (string, syscall.Errno) {
	ifi, err := net.InterfaceByIndex(index)
	if err != nil {
		return "", ENODEV
	}
	return ifi.Name, 0
}
