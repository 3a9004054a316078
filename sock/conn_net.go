//go:build unix

package sock

import (
	"cmp"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
)

// Read receives into p: recv(2), as io.Reader. The end of a connection is io.EOF; an empty datagram is not.
func (c *Conn) Read(p []byte) (n int, err error) {
	if len(p) == 0 && c.hasEnd() {
		return 0, c.opError("read", c.Control(func(int) error { return nil }))
	}
	n, err = c.Recv(p, 0)
	if err != nil {
		return n, c.opError("read", err)
	}
	if n == 0 && c.hasEnd() {
		return 0, io.EOF
	}
	return n, nil
}

// Write sends all of p: send(2), on a stream with as many calls as needed. n is less than len(p) only with an error.
func (c *Conn) Write(p []byte) (n int, err error) {
	d := &c.writer
	d.Lock()
	defer d.release()
	d.p, d.flags, d.n = p, 0, 0
	call := (*direction).send
	if c.isStream() {
		call = (*direction).sendAll
	}
	err = c.do(d, "send", call)
	return d.n, c.opError("write", err)
}

// consume removes n bytes from the front of the buffers.
func consume(v *net.Buffers, n int) {
	for len(*v) > 0 {
		first := (*v)[0]
		if len(first) > n {
			(*v)[0] = first[n:]
			return
		}
		n -= len(first)
		(*v)[0], *v = nil, (*v)[1:]
	}
}

// LocalAddr returns the address that the socket is bound to: getsockname(2). It is a *net.TCPAddr, *net.UDPAddr,
// *net.IPAddr or *net.UnixAddr ("@" for no name on Linux, as in package net), or a Sockaddr if package net has no type
// for it. The address of a connection is asked for once. After Close, LocalAddr returns the last known address. If no
// address is known, it returns the wildcard address, in the same type.
func (c *Conn) LocalAddr() net.Addr {
	if addr := c.localName(); addr != (Sockaddr{}) {
		return addr
	}
	return c.kind.wildcard()
}

// localName is LocalAddr, or the zero Sockaddr if the address is not known. The addresses of a connection don't change, and
// errors name them: asking each time would cost a web server a system call per request.
func (c *Conn) localName() net.Addr {
	c.names.Lock()
	defer c.names.Unlock()
	if c.local == nil || c.remote == nil || !c.hasEnd() {
		c.Control(func(fd int) error { c.askLocal(fd); return nil })
	}
	return orZero(c.local)
}

// RemoteAddr returns the address that the socket is connected to: getpeername(2). It has the types of LocalAddr. Once
// known, the address is remembered, even after the connection is lost.
func (c *Conn) RemoteAddr() net.Addr {
	c.names.Lock()
	defer c.names.Unlock()
	if c.remote == nil {
		c.Control(func(fd int) error { c.askRemote(fd); return nil })
	}
	return orZero(c.remote)
}

// askLocal asks the kernel for the local address. The last known one stays if the kernel has none.
func (c *Conn) askLocal(fd int) {
	if sa, err := Getsockname(fd); err == nil {
		c.local = c.kind.addr(sa)
	}
}

// askRemote asks the kernel for the peer's address. If there is one now, connecting has also changed the local address.
func (c *Conn) askRemote(fd int) {
	if sa, err := Getpeername(fd); err == nil {
		c.setRemote(sa)
		c.askLocal(fd)
	}
}

// setRemote stores the peer's address. The zero Sockaddr means that the socket has no peer. The caller
// must hold c.names, unless it has just made the Conn.
func (c *Conn) setRemote(sa Sockaddr) {
	c.remote = nil
	if !sa.IsZero() {
		c.remote = c.kind.addr(sa)
	}
	c.hasPeer.Store(c.remote != nil)
}

// orZero returns the zero Sockaddr for an address that is not known.
func orZero(addr net.Addr) net.Addr {
	if addr == nil {
		return Sockaddr{}
	}
	return addr
}

// setLocal remembers the local address, which LocalAddr returns after Close.
func (c *Conn) setLocal(sa Sockaddr) {
	c.names.Lock()
	defer c.names.Unlock()
	c.local = c.kind.addr(sa)
}

// learnNames asks for both addresses while the connection exists: after it is lost, the
// kernel no longer reports the peer's.
func (c *Conn) learnNames() (local, remote Sockaddr) {
	var told struct{ local, remote Sockaddr }
	c.raw.Control(func(fd uintptr) {
		told.local, _ = Getsockname(int(fd))
		told.remote, _ = Getpeername(int(fd))
	})
	c.names.Lock()
	defer c.names.Unlock()
	c.local = nil
	if !told.local.IsZero() {
		c.local = c.kind.addr(told.local)
	}
	c.setRemote(told.remote)
	return told.local, told.remote
}

// opError makes a *net.OpError with the addresses from an error of a Conn.
func (c *Conn) opError(op string, err error) error {
	if err == nil {
		return nil
	}
	local, remote := c.localName(), known(c.RemoteAddr())
	if remote == nil && c.hasEnd() { // a listener
		return c.ownError(op, err)
	}
	return opError(op, c.networkOf(local), known(local), remote, err)
}

// ownError is opError for calls without a peer: as in package net, Addr is then the socket's own address.
func (c *Conn) ownError(op string, err error) error {
	if err == nil {
		return nil
	}
	local := c.localName()
	return opError(op, c.networkOf(local), nil, known(local), err)
}

// networkOf returns the network for errors of a Conn whose local address, if it is known, is local.
func (c *Conn) networkOf(local net.Addr) string {
	if known(local) != nil {
		return cmp.Or(c.network, local.Network())
	}
	return cmp.Or(c.network, NetworkOf(c.kind.domain, c.kind.typ, c.kind.protocol), c.kind.wildcard().Network())
}

// known returns nil for an absent address.
func known(addr net.Addr) net.Addr {
	if addr == (Sockaddr{}) {
		return nil
	}
	return addr
}

// Listener returns a listening socket as a net.Listener, for http.Serve for example: listen(2). Closing either closes
// both. Each accepted connection is a *Conn.
func (c *Conn) Listener() net.Listener { return &listener{Conn: c} }

type listener struct {
	*Conn
	path   string      // of the file to remove, or ""
	file   os.FileInfo // what bind(2) made there
	keep   atomic.Bool
	unlink sync.Once
}

// SetUnlinkOnClose sets whether Close removes the socket's file, if ListenConfig made it: unlink(2). It does by default.
func (l *listener) SetUnlinkOnClose(unlink bool) { l.keep.Store(!unlink) }

func (l *listener) Addr() net.Addr { return l.LocalAddr() }

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Conn.Accept()
	if err != nil {
		return nil, l.ownError("accept", err)
	}
	return c, nil
}

// Close removes the file first, so that no client finds a file without a server.
func (l *listener) Close() error {
	if l.path != "" && !l.keep.Load() {
		l.unlink.Do(l.removeFile)
	}
	return l.Conn.Close()
}

// removeFile removes the socket's file, and nothing that has taken its place, such as the file of a server that goes on.
func (l *listener) removeFile() {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.file) {
		os.Remove(l.path)
	}
}
