//go:build unix

package sock

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrSelfConnect is the error of a connection whose two ends are the same socket: no server listened on the port, and
// the kernel picked that very port for the client. To connect a socket to itself on purpose, use Connect.
var ErrSelfConnect = errors.New("connected to itself: no server listens there")

// ConnectContext is connect(2) that ends when ctx does, with the error of ctx. It finishes attempts after EINTR and
// EINPROGRESS, waits for room in the queue of an AF_UNIX server, and leaves fd blocking. Other errors are Errnos of
// connect(2), ErrSelfConnect, and an *os.SyscallError of another call that it takes, such as socketpair(2), by which the end
// of ctx wakes it. After an error close fd, since an attempt may still be in progress. It holds an OS thread while it waits.
func ConnectContext(ctx context.Context, fd int, sa Sockaddr) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	pending, err := beginConnect(fd, sa)
	for err == EAGAIN && sa.Family() == unix.AF_UNIX {
		if err = pause(ctx); err == nil {
			pending, err = beginConnect(fd, sa)
		}
	}
	if pending {
		err = awaitConnect(ctx, fd)
	}
	if err != nil {
		return err
	}
	return finishConnect(fd)
}

// beginConnect makes fd non-blocking and calls connect(2). pending is true if the attempt is in progress.
func beginConnect(fd int, sa Sockaddr) (pending bool, err error) {
	if err := SetNonblock(fd, true); err != nil && err != EBADF { // which connect(2) reports itself
		return false, os.NewSyscallError("ioctl", err)
	}
	err = Connect(fd, sa)
	if err == EINPROGRESS || err == EINTR {
		return true, nil
	}
	return false, err
}

// finishConnect makes a connected socket ready for use.
func finishConnect(fd int) error {
	if isSelfConnected(fd) {
		return ErrSelfConnect
	}
	return os.NewSyscallError("ioctl", SetNonblock(fd, false))
}

// pause waits a while, for what no descriptor reports: a full AF_UNIX queue has room again, or another call ended.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}

// awaitConnect waits until an attempt to connect or ctx ends.
func awaitConnect(ctx context.Context, fd int) error {
	done, release, err := endOf(ctx)
	if err != nil {
		return err
	}
	defer release()
	fds := [2]Pollfd{{Fd: int32(fd), Events: unix.POLLOUT}, {Fd: int32(done), Events: unix.POLLIN}}
	if _, err := Retry(func() (int, error) { return Poll(fds[:], -1) }); err != nil {
		return os.NewSyscallError("poll", err)
	}
	if fds[0].Revents == 0 {
		return ctx.Err()
	}
	errno, err := Getsockopt(fd, SO_ERROR)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	return result(Errno(errno))
}

// endOf returns a descriptor that becomes readable when ctx ends, or -1, which poll(2) ignores, if it never
// does. The caller must call release.
func endOf(ctx context.Context) (fd int, release func(), err error) {
	if ctx.Done() == nil {
		return -1, func() {}, nil
	}
	pair, err := Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, nil, os.NewSyscallError("socketpair", err)
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(woken); Shutdown(pair[1], unix.SHUT_RDWR) })
	return pair[0], func() {
		if !stop() {
			<-woken
		}
		Close(pair[0])
		Close(pair[1])
	}, nil
}

// isSelfConnected reports whether both ends of an AF_INET or AF_INET6 connection are the same socket.
func isSelfConnected(fd int) bool {
	local, err := Getsockname(fd)
	if err != nil || !local.AddrPort().IsValid() {
		return false
	}
	if peer, err := Getpeername(fd); err != nil || local != peer {
		return false
	}
	typ, err := Getsockopt(fd, SO_TYPE)
	return err == nil && hasConnections(typ)
}
