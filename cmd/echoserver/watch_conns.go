//go:build unix

package main

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// viewerConns are the connections of viewers that are not streams. Their number is limited, and a new connection
// replaces the oldest, so silent and slow ones neither keep other viewers out nor take descriptors from clients.
// Streams have a separate limit.
type viewerConns struct {
	most int
	mu   sync.Mutex
	all  []net.Conn // the oldest first
}

type viewerConnKey struct{}

// add adds a new connection, and puts it into the context of its requests.
func (v *viewerConns) add(ctx context.Context, c net.Conn) context.Context {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.all) >= v.most {
		v.all[0].Close()
		v.all = slices.Delete(v.all, 0, 1)
	}
	v.all = append(v.all, c)
	return context.WithValue(ctx, viewerConnKey{}, c)
}

func (v *viewerConns) remove(c net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = slices.DeleteFunc(v.all, func(other net.Conn) bool { return other == c })
}

// changed is called for each state of a connection.
func (v *viewerConns) changed(c net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		v.remove(c)
	}
}

// release removes the connection of a stream, which closes it at its end.
func (v *viewerConns) release(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Connection", "close")
	if c, ok := r.Context().Value(viewerConnKey{}).(net.Conn); ok {
		v.remove(c)
	}
}
