//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

// Limits of what viewers can use of the server: connections, some of which may be streams, and time.
const (
	maxViewers       = 8 // fewer if the descriptor limit is low
	maxRequestHeader = 8 << 10
	viewerBuffer     = 128 << 10        // send buffer of a viewer's connection: an event or two
	requestTime      = 10 * time.Second // to receive a request, and to send a response or an event
	viewerIdleTime   = 30 * time.Second // between requests
)

// maxStreams is the largest number of streams, and of other connections of viewers.
var maxStreams = max(1, min(maxViewers, descriptorLimit/32))

var errNotLoopback = errors.New("not a loopback address; -watch-public allows it")

// watcher serves the page of -watch. It reads the listeners' counters and asks the kernel about sockets; neither it nor
// the engine ever waits for the other. A nil watcher does nothing.
type watcher struct {
	server   *server
	tail     *logTail
	sampler  *sampler
	follower *follower
	holdings holdings
	places   chan struct{} // one value for each stream
	names    []string      // hosts that requests may name in addition to IP addresses
	listener net.Listener
	conns    viewerConns
	http     http.Server
}

func newWatcher(s *server, tail *logTail) *watcher {
	w := &watcher{server: s, tail: tail, places: make(chan struct{}, maxStreams), conns: viewerConns{most: maxStreams}}
	w.follower = newFollower()
	w.sampler = newSampler(s, w.follower)
	w.http = http.Server{
		Handler:           w.guard(w.routes()),
		ReadHeaderTimeout: requestTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime,
		IdleTimeout:       viewerIdleTime,
		MaxHeaderBytes:    maxRequestHeader,
		ConnContext:       w.conns.add,
		ConnState:         w.conns.changed,
		ErrorLog:          log.New(discard{s}, "", 0),
	}
	return w
}

// open listens at the address of -watch, with package sock.
func (w *watcher) open(ctx context.Context) error {
	if w == nil {
		return nil
	}
	host, _, err := net.SplitHostPort(w.server.options.watchAddress)
	if err != nil {
		return err
	}
	w.names = hostNames(host, w.server.options.watchPublic)
	config := sock.ListenConfig{Backlog: 2 * maxViewers, Control: func(_, address string, c syscall.RawConn) error {
		if !w.server.options.watchPublic && !isLoopback(address) {
			return errNotLoopback
		}
		return c.Control(func(fd uintptr) { _ = sock.Setsockopt(int(fd), sock.SO_SNDBUF, viewerBuffer) })
	}}
	lookUp, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := config.Listen(lookUp, "tcp", w.server.options.watchAddress)
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = &callerr.CallError{Call: call.Syscall, Address: "tcp://" + w.server.options.watchAddress, Err: call.Err}
	}
	if err != nil {
		return fmt.Errorf("-watch %s: %w", w.server.options.watchAddress, err)
	}
	w.listener = l
	return nil
}

// checkWatch refuses an address that is not valid for -watch; open refuses names that resolve to other addresses.
func (o *options) checkWatch() error {
	if o.watchAddress == "" {
		if o.watchPublic {
			return errors.New("-watch-public needs -watch")
		}
		return nil
	}
	host, port, err := net.SplitHostPort(o.watchAddress)
	if err != nil {
		return fmt.Errorf("-watch %s: want HOST:PORT such as 127.0.0.1:8080", o.watchAddress)
	}
	if _, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", port); err != nil || port == "" {
		return fmt.Errorf("-watch %s: no such port", o.watchAddress)
	}
	addr, err := netip.ParseAddr(host)
	if !o.watchPublic && (host == "" || err == nil && !addr.Unmap().IsLoopback()) {
		return fmt.Errorf("-watch %s: %w", o.watchAddress, errNotLoopback)
	}
	return nil
}

// isLoopback reports whether an address with a port is a loopback address.
func isLoopback(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// start serves the page until close. A failure of the page doesn't end the server.
func (w *watcher) start() {
	if w == nil {
		return
	}
	w.server.log.Info("watch page", "url", "http://"+w.listener.Addr().String()+"/")
	go func() {
		err := w.http.Serve(w.listener)
		if errno, ok := errors.AsType[sock.Errno](err); ok {
			err = &callerr.CallError{Call: "accept", Address: "tcp://" + w.listener.Addr().String(), Err: errno}
		}
		if err != http.ErrServerClosed {
			w.server.log.Error("the watch page ended", "err", callerr.Line(err))
		}
	}()
}

// close ends the page and its streams.
func (w *watcher) close() {
	if w == nil || w.listener == nil {
		return
	}
	w.http.Close()
	w.listener.Close()
}

// discard logs net/http's complaints, such as a viewer that sent no request, only with -v.
type discard struct{ *server }

func (d discard) Write(p []byte) (int, error) {
	if d.server.options.verbose {
		d.log.Debug("watch page", "err", strings.TrimSpace(string(p)))
	}
	return len(p), nil
}
