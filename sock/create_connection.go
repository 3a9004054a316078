//go:build unix

package sock

import "context"

// CreateConnection connects to an address as ParseEndpoint reads it, tcp://localhost:80 or unix:@name for example, with
// socket(2) and connect(2). fd blocks, and is -1 on error. It holds an OS thread while it waits.
//
// A host's addresses are tried as RFC 8305 says: IPv6 and IPv4 in turn, the next one 250 ms after the last or at once if that
// failed, and the first that answers wins. At most 16 attempts are under way; if ctx has a deadline, its time is divided
// among the addresses that wait for their turn, with 2 seconds at least for each. Datagram sockets get the first address
// that there is a route to, because connect(2) does not ask their peer.
//
// The error joins those of all addresses, each a *net.OpError with the call's name and an Errno, ErrSelfConnect or ctx's
// error within, for errors.Is and errors.As. A failed look-up, or an address that can't be read, has an error of its own.
func CreateConnection(ctx context.Context, address string) (fd int, err error) {
	e, err := ParseEndpoint(address)
	if err != nil {
		return -1, err
	}
	addrs, err := e.ResolvePeer(ctx)
	if err != nil {
		return -1, err
	}
	h := happyEyeballs{Endpoint: e, ctx: ctx, addrs: interleave(addrs)}
	return h.connect()
}
