//go:build unix

package sock

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// ErrSelfConnect is a connection whose two ends are one socket: the kernel happened to pick the very port that the
// client wanted to reach, where nobody listens.
var ErrSelfConnect = errors.New("connected to itself: nobody listens there")

// ConnectContext is connect(2) that ends when ctx does, with ctx's error. It finishes attempts that EINTR or EINPROGRESS
// left, waits for room in an AF_UNIX server's queue, and leaves fd blocking. Other errors are Errnos, and ErrSelfConnect.
// After an error close fd: an attempt may be going on. It holds an OS thread while it waits.
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

// beginConnect makes fd non-blocking and calls connect(2). An attempt that goes on is pending.
func beginConnect(fd int, sa Sockaddr) (pending bool, err error) {
	if err := SetNonblock(fd, true); err != nil {
		return false, err
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
	return SetNonblock(fd, false)
}

// pause lets some time go by: for a full queue of AF_UNIX, no descriptor tells when it has room.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}

// awaitConnect waits for the end of an attempt to connect, or of ctx.
func awaitConnect(ctx context.Context, fd int) error {
	done, release, err := endOf(ctx)
	if err != nil {
		return err
	}
	defer release()
	fds := [2]Pollfd{{Fd: int32(fd), Events: unix.POLLOUT}, {Fd: int32(done), Events: unix.POLLIN}}
	if _, err := Retry(func() (int, error) { return Poll(fds[:], -1) }); err != nil {
		return err
	}
	if fds[0].Revents == 0 {
		return ctx.Err()
	}
	return SocketError(fd)
}

// endOf gives a descriptor that poll(2) finds readable once ctx has ended; or -1, which poll ignores, if it never does.
// release must be called.
func endOf(ctx context.Context) (fd int, release func(), err error) {
	if ctx.Done() == nil {
		return -1, func() {}, nil
	}
	pair, err := Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, nil, err
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

// isSelfConnected tells whether a socket of AF_INET or AF_INET6 is its own peer.
func isSelfConnected(fd int) bool {
	local, err := Getsockname(fd)
	if err != nil || !local.AddrPort().IsValid() {
		return false
	}
	peer, err := Getpeername(fd)
	return err == nil && local == peer
}
