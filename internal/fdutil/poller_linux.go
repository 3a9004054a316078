package fdutil

import (
	"os"

	"golang.org/x/sys/unix"
)

// rehearse makes the calls that the runtime's poller will make. It returns the error of the first that fails.
func rehearse() error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return named(os.NewSyscallError("epoll_create1", err))
	}
	defer unix.Close(epfd)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return named(os.NewSyscallError("eventfd2", err))
	}
	defer unix.Close(fd)
	if err := unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		return named(os.NewSyscallError("epoll_ctl", err))
	}
	return nil
}
