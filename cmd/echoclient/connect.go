//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"example.com/berkeley/internal/endpoint"
	"example.com/berkeley/sock"
)

// errSelf is a TCP connection whose two ends are the same socket: the kernel happened to pick the port that the client
// wants to reach, where nobody listens.
var errSelf = errors.New("connected to itself: nobody listens there")

// longestWait is the longest time that every kernel's structures hold.
const longestWait = (1<<31 - 1) * time.Second

var errTimeout = errors.New("timed out")

// connect connects to the first address of the server that answers.
func connect(ctx context.Context, o *options) (*conversation, error) {
	if o.connectTimeout > 0 {
		timed, cancel := context.WithTimeout(ctx, o.connectTimeout)
		defer cancel()
		ctx = timed
	}
	addrs, err := o.server.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	var failures []string
	for _, sa := range addrs {
		c, err := connectTo(o, sa)
		if err == nil {
			return c, nil
		}
		failures = append(failures, err.Error())
	}
	return nil, errors.New(strings.Join(failures, "; "))
}

// connectTo connects to one address.
func connectTo(o *options, sa sock.Sockaddr) (*conversation, error) {
	c := &conversation{options: o, remote: o.server.URL(sa)}
	fd, err := sock.Socket(sa.Family(), o.server.Type, 0)
	if err != nil {
		return nil, c.failed("socket", err)
	}
	c.fd = fd
	if call, err := c.open(sa); err != nil {
		sock.Close(fd)
		return nil, c.failed(call, err)
	}
	return c, nil
}

// open connects the socket, and tells the call that failed.
func (c *conversation) open(sa sock.Sockaddr) (call string, err error) {
	if c.server.Datagram() && sa.Family() == sock.AF_UNIX {
		if err := bindDatagram(c.fd); err != nil {
			return "bind", err
		}
	}
	connect := connectInet
	if sa.Family() == sock.AF_UNIX {
		connect = connectUnix
	}
	if err := connect(c.fd, sa, c.connectTimeout); err != nil {
		return "connect", err
	}
	local, err := sock.Getsockname(c.fd)
	if err != nil {
		return "getsockname", err
	}
	peer, err := sock.Getpeername(c.fd)
	if err != nil {
		return "getpeername", err
	}
	if local == peer && local.AddrPort().IsValid() {
		return "connect", errSelf
	}
	c.local = c.server.URL(local)
	return "setsockopt", c.prepare()
}

// connectInet connects without blocking, so that it can stop waiting, and leaves the socket blocking.
func connectInet(fd int, sa sock.Sockaddr, timeout time.Duration) error {
	if err := sock.SetNonblock(fd, true); err != nil {
		return err
	}
	err := sock.Connect(fd, sa)
	if err == sock.EINPROGRESS || err == sock.EINTR {
		err = awaitConnect(fd, timeout)
	}
	if err != nil {
		return err
	}
	return sock.SetNonblock(fd, false)
}

// awaitConnect waits for the end of an attempt to connect.
func awaitConnect(fd int, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	fds := []sock.Pollfd{{Fd: int32(fd), Events: sock.POLLOUT}}
	for {
		msec := -1
		if timeout > 0 {
			msec = int(min(max(0, time.Until(deadline).Milliseconds()+1), time.Hour.Milliseconds()))
		}
		n, err := sock.Poll(fds, msec)
		switch {
		case err == sock.EINTR:
		case err != nil:
			return err
		case n == 0 && time.Now().Before(deadline):
		case n == 0:
			return errTimeout
		default:
			return sock.SocketError(fd)
		}
	}
}

// connectUnix connects a socket of AF_UNIX. There, a full queue is nothing in progress that poll(2) could wait for; a
// blocking connect(2) waits for room.
func connectUnix(fd int, sa sock.Sockaddr, timeout time.Duration) error {
	if err := sock.Setsockopt(fd, sock.SO_SNDTIMEO, min(timeout, longestWait)); err != nil {
		return err
	}
	_, err := sock.Retry(func() (struct{}, error) { return struct{}{}, sock.Connect(fd, sa) })
	if err == sock.EAGAIN {
		return errTimeout
	}
	return err
}

// bindDatagram gives a datagram socket of AF_UNIX a name, without which nobody could answer it.
func bindDatagram(fd int) error {
	if runtime.GOOS == "linux" {
		return sock.Bind(fd, sock.Unnamed()) // the kernel picks an abstract name
	}
	dir, err := os.MkdirTemp("", "echoclient")
	if err != nil {
		return err
	}
	// The name is of use only to who connects by path, and the server has it with each datagram.
	defer os.RemoveAll(dir)
	sa, err := sock.Unix(filepath.Join(dir, "socket"))
	if err != nil {
		return err
	}
	return sock.Bind(fd, sa)
}

// prepare sets the options of a connected socket.
func (c *conversation) prepare() error {
	// From time to time, calls return to look whether anything moves.
	tick := min(c.timeout/4, longestWait)
	if err := sock.Setsockopt(c.fd, sock.SO_RCVTIMEO, tick); err != nil {
		return err
	}
	if err := sock.Setsockopt(c.fd, sock.SO_SNDTIMEO, tick); err != nil {
		return err
	}
	return c.setReset(true)
}

// setReset tells whether the end of this process resets the connection. As long as it does, a server can't take half of
// the input for the whole, however the client ends.
func (c *conversation) setReset(on bool) error {
	return sock.Setsockopt(c.fd, sock.SO_LINGER, sock.Linger{Onoff: on, Seconds: 0})
}

func (c *conversation) failed(call string, err error) error {
	return &endpoint.CallError{Call: call, Address: c.remote, Err: err}
}
