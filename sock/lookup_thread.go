//go:build unix

package sock

import (
	"context"
	"net"
	"os"
)

// ask lets a resolver answer a question. This is net.DefaultResolver, whose sockets are made on any thread. If the
// calling thread is in another network namespace than the others, it is a resolver whose sockets the calling thread
// makes, as in C. A Dial of net.DefaultResolver is respected.
func ask[T any](question func(*net.Resolver) (T, error)) (T, error) {
	if net.DefaultResolver.Dial != nil || !isElsewhere() {
		return question(net.DefaultResolver)
	}
	return askFromHere(question)
}

// isElsewhere reports whether the calling thread is in another network namespace than the other
// threads: network_namespaces(7).
func isElsewhere() bool {
	here := networkNamespace()
	there := make(chan string)
	go func() { there <- networkNamespace() }()
	return here != <-there
}

// networkNamespace returns the identity of the calling thread's network namespace, "" on systems without namespaces.
func networkNamespace() string {
	name, _ := os.Readlink("/proc/thread-self/ns/net")
	return name
}

// dial is a resolver's request for a socket.
type dial struct {
	ctx              context.Context
	network, address string
	conn             net.Conn
	err              error
	done             chan struct{}
}

// askFromHere makes the sockets of a look-up on the calling thread, while the look-up runs in another goroutine.
func askFromHere[T any](question func(*net.Resolver) (T, error)) (answer T, err error) {
	dials, answered := make(chan *dial), make(chan struct{})
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		d := &dial{ctx: ctx, network: network, address: address, done: make(chan struct{})}
		select {
		case dials <- d:
			<-d.done
			return d.conn, d.err
		case <-answered: // another server has answered
			return nil, net.ErrClosed
		}
	}}
	go func() {
		defer close(answered)
		answer, err = question(resolver)
	}()
	for {
		select {
		case d := <-dials:
			d.conn, d.err = (&net.Dialer{}).DialContext(d.ctx, d.network, d.address)
			close(d.done)
		case <-answered:
			return answer, err
		}
	}
}
