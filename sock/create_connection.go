//go:build unix

package sock

import (
	"context"
	"errors"
	"net"
)

// CreateConnection connects to an address as ParseEndpoint reads it, tcp://localhost:80 or unix:@name for example, with
// socket(2) and connect(2): to each address of a host in turn, until one answers or ctx ends. fd blocks, and is -1 on error.
// The error joins those of all addresses, each a *net.OpError with the call's name and an Errno, ErrSelfConnect or ctx's
// error within, for errors.Is and errors.As. What isn't found, or no address at all, has an error of its own.
func CreateConnection(ctx context.Context, address string) (fd int, err error) {
	e, err := ParseEndpoint(address)
	if err != nil {
		return -1, err
	}
	addrs, err := e.Resolve(ctx)
	if err != nil {
		return -1, err
	}
	var failures []error
	for _, sa := range addrs {
		call := "socket"
		fd, err := Socket(sa.Family(), e.Type, e.Protocol)
		if err == nil {
			call = "connect"
			if err = ConnectContext(ctx, fd, sa); err == nil {
				return fd, nil
			}
			Close(fd)
		}
		failures = append(failures, &net.OpError{Op: call, Net: e.Network, Addr: sa, Err: err})
		if ctx.Err() != nil {
			break
		}
	}
	return -1, errors.Join(failures...)
}
