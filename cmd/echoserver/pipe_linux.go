package main

import (
	"sync"

	"golang.org/x/sys/unix"

	"example.com/berkeley/sock"
)

const (
	canPour = true          // whether bulk goes through pipes here
	msgMore = sock.MSG_MORE // holds back what is sent, until more is or the socket is closed
)

const (
	bulkSize  = 64 << 10 // a client that sends so much at a time, or more, has bulk
	leastBulk = 16 << 10 // and less than that no more
	pipeSize  = 256 << 10
	maxPipes  = 128
)

// pipe is what a client's bytes go through without a copy: splice(2).
type pipe struct {
	r, w int
	held int // how much is in it
}

// pipes are those that exist. A client has one only while there is something in it.
type pipes struct {
	sync.Mutex
	free  []*pipe
	count int
}

// take gives an empty pipe, nil if there are as many as may be, or descriptors ran out.
func (p *pipes) take() *pipe {
	p.Lock()
	defer p.Unlock()
	if n := len(p.free); n > 0 {
		taken := p.free[n-1]
		p.free = p.free[:n-1]
		return taken
	}
	if p.count == maxPipes {
		return nil
	}
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil
	}
	p.count++
	unix.FcntlInt(uintptr(fds[0]), unix.F_SETPIPE_SZ, pipeSize) // as much as may be: without it, it holds bulkSize
	return &pipe{r: fds[0], w: fds[1]}
}

// give takes a pipe back, and closes it if there is something left in it.
func (p *pipes) give(given *pipe) {
	p.Lock()
	defer p.Unlock()
	if given.held == 0 {
		p.free = append(p.free, given)
		return
	}
	unix.Close(given.r)
	unix.Close(given.w)
	p.count--
}

// empty sends what is in the pipe.
func (p *pipe) empty(fd int) (n int64, err error) {
	for p.held > 0 {
		m, err := sock.Retry(func() (int, error) { return sock.Splice(p.r, nil, fd, nil, p.held, 0) })
		p.held -= m
		n += int64(m)
		if m == 0 && err == nil {
			err = sock.EIO // the pipe has less than was put in
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pour moves what is there through a pipe back to where it came from.
func (s *server) pour(c *client, buf []byte) (n int, done bool, err error) {
	p := s.pipes.take()
	if p == nil {
		return s.echo(c, buf)
	}
	n, err = sock.Retry(func() (int, error) { return sock.Splice(int(c.fd), nil, p.w, nil, pipeSize, 0) })
	if n == 0 {
		s.pipes.give(p)
		if err != nil && err != sock.EAGAIN && err != sock.EINVAL {
			return 0, false, c.failed("splice", err)
		}
		return s.echo(c, buf) // what splice(2) doesn't take, such as an urgent byte, is received, and the end seen
	}
	if n < leastBulk {
		c.pieces = small
	}
	c.listener.received.Add(int64(n))
	p.held = n
	sent, err := p.empty(int(c.fd))
	c.listener.sent.Add(sent)
	if p.held == 0 {
		s.pipes.give(p)
		return n, false, nil
	}
	c.owed = &spool{pipe: p}
	return n, false, c.failed("splice", err)
}
