//go:build unix

package sock

import (
	"context"
	"errors"
	"net"
	"os"
)

// CreateConnection connects to an address that ParseEndpoint reads, such as tcp://localhost:80 or unix:@name:
// socket(2), connect(2). fd blocks, and is -1 on error. Each attempt holds an OS thread while it waits. Unlike Dial,
// it sets no options.
//
// The addresses of a host are tried as RFC 8305 says: IPv6 and IPv4 alternate, the next attempt starts 250 ms after
// the last one or as soon as that fails, and the first connection wins. At most 16 attempts run at once. If ctx has a
// deadline, its time is divided among the waiting addresses, with at least 2 seconds for each. A datagram socket gets
// the first address that has a route, since connect(2) does not ask its peer.
//
// The error joins those of all addresses. Each is a *net.OpError with the name of the call, and wraps an Errno,
// ErrSelfConnect or the error of ctx. A failed look-up, or an address that cannot be read, has an error of its own.
func CreateConnection(ctx context.Context, address string) (fd int, err error) {
	e, err := ParseEndpoint(address)
	if err != nil {
		return -1, err
	}
	addrs, err := e.ResolvePeer(ctx)
	if err != nil {
		return -1, err
	}
	h := happyEyeballs[int]{
		open: func(sa Sockaddr) (int, error) {
			fd, err := Socket(sa.Family(), e.Type, e.Protocol)
			return fd, os.NewSyscallError("socket", err)
		},
		connect: ConnectContext,
		close:   func(fd int) { Close(fd) },
		explain: e.explain,
		delay:   attemptDelay,
		atOnce:  maxAttempts,
	}
	if fd, err = h.connectAny(ctx, addrs); err != nil {
		return -1, err
	}
	return fd, nil
}

// explain adds the call and the address to the error of an attempt.
func (e Endpoint) explain(sa Sockaddr, err error) error {
	if err == nil {
		return nil
	}
	op := "connect"
	if call := (*os.SyscallError)(nil); errors.As(err, &call) {
		op, err = call.Syscall, call.Err
	}
	return &net.OpError{Op: op, Net: e.Network, Addr: sa, Err: err}
}
