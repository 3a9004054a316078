//go:build unix && !linux

package sock

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

func sockatmark(fd int) (int, syscall.Errno) {
	v, err := unix.IoctlGetInt(fd, unix.SIOCATMARK)
	if tracing() {
		traceSockatmark(fd, v, errnoOf(err))
	}
	return v, errnoOf(err)
}

func dup(fd int) (int, syscall.Errno) {
	nfd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if tracing() {
		traceDup(fd, nfd, errnoOf(err))
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
