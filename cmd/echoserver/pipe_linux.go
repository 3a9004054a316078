package main

import (
	"sync"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
	"example.com/berkeley/sock"
)

const (
	canSplice = true          // whether bulk goes through pipes here
	msgMore   = sock.MSG_MORE // delays the bytes until more are sent or the socket is closed
)

const (
	bulkSize = 64 << 10 // a client that sends at least this much at a time has bulk
	minBulk  = 16 << 10 // until it sends less than this
	pipeSize = 256 << 10
)

// pipe carries a client's bytes without a copy: splice(2).
type pipe struct {
	r, w int
	held int // bytes in it
}

// pipes holds the server's pipes, at most maxPipes. A client has one only while it contains bytes.
type pipes struct {
	mu    sync.Mutex
	free  []*pipe
	count int
}

// take returns an empty pipe, or nil if the limit is reached or descriptors ran out.
func (p *pipes) take() *pipe {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		taken := p.free[n-1]
		p.free = p.free[:n-1]
		return taken
	}
	if p.count >= maxPipes {
		return nil
	}
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil
	}
	p.count++
	// This may fail: then the pipe holds bulkSize, as it must in gVisor, some versions of which send the first bytes of a
	// pipe again in place of those after 64 KiB. Only Linux rounds a size up to a power of two.
	if size, err := unix.FcntlInt(uintptr(fds[0]), unix.F_SETPIPE_SZ, pipeSize-1); err == nil && size < pipeSize {
		unix.FcntlInt(uintptr(fds[0]), unix.F_SETPIPE_SZ, bulkSize)
	}
	return &pipe{r: fds[0], w: fds[1]}
}

// give takes a pipe back. If it isn't empty or enough pipes are free, give closes it, and returns true.
func (p *pipes) give(given *pipe, enough int) (closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if given.held == 0 && len(p.free) < enough {
		p.free = append(p.free, given)
		return false
	}
	p.close(given)
	return true
}

// giveUp closes a free pipe. It returns false if no pipe is free.
func (p *pipes) giveUp() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return false
	}
	p.close(p.free[n-1])
	p.free = p.free[:n-1]
	return true
}

func (p *pipes) close(closed *pipe) {
	unix.Close(closed.r)
	unix.Close(closed.w)
	p.count--
}

// takePipe returns an empty pipe, or nil if no pipe is available or clients wait for descriptors.
func (s *server) takePipe() *pipe {
	if s.shortage.exists() {
		return nil
	}
	return s.pipes.take()
}

// givePipe takes a pipe back.
func (s *server) givePipe(p *pipe) {
	enough := maxFreePipes
	if s.shortage.exists() {
		enough = 0
	}
	if s.pipes.give(p, enough) {
		s.vacancies.add()
	}
}

// fill receives into the empty pipe what a socket has. Where splice(2) isn't available, the pipe stays empty and the error is nil.
// The errnos that say so may also be the connection's own error, which the kernel reports only once: a second call then returns
// something else.
func (p *pipe) fill(fd int) (err error) {
	receive := func() (int, error) { return sock.Splice(fd, nil, p.w, nil, pipeSize, 0) }
	if p.held, err = sock.Retry(receive); !callerr.Unavailable(err) {
		return err
	}
	held, again := sock.Retry(receive)
	if p.held = held; held > 0 || again == err {
		return nil
	}
	return err
}

// drain sends the bytes in the pipe.
func (p *pipe) drain(fd int) (n int64, err error) {
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

// splice moves the received bytes through a pipe back to the client.
func (s *server) splice(c *client, buf []byte) (done bool, err error) {
	p := s.takePipe()
	if p == nil {
		return s.echo(c, buf)
	}
	err = p.fill(int(c.fd))
	if p.held == 0 {
		s.givePipe(p)
		if err != nil && err != sock.EAGAIN {
			return false, c.failed("splice", err)
		}
		return s.echo(c, buf) // receives what splice(2) can't move, such as an urgent byte, and sees the end
	}
	if p.held < minBulk {
		c.pieces = small
	}
	c.listener.counters.received.Add(int64(p.held))
	sent, err := p.drain(int(c.fd))
	c.listener.counters.sent.Add(sent)
	if p.held == 0 {
		s.givePipe(p)
		return false, nil
	}
	c.pending = &spool{pipe: p}
	s.watch.holds(c)
	return false, c.failed("splice", err)
}
