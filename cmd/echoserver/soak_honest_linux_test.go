package main_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"example.com/berkeley/sock"
)

// honestKinds are the clients that must get back all their bytes: some 100 in stream mode. Each has conversations in
// sequence.
var honestKinds = []struct {
	name     string
	networks string
	clients  int // per listener
	converse func(ctx context.Context, s *soak, addr string) error
}{
	{"have short conversations", "tcp4 unix unixpacket", 23, converseShortly},
	{"have long conversations", "tcp4 unix unixpacket", 4, converseLong},
	{"send datagrams", "udp4 unixgram", 7, exchangeDatagrams},
}

// serveHonest runs the honest clients. They begin new conversations until ctx is done, and finish those that they have
// begun.
func (s *soak) serveHonest(ctx context.Context) {
	var all sync.WaitGroup
	counts := make([]peerCount, len(honestKinds))
	for i, kind := range honestKinds {
		counts[i].name = kind.name
		for _, addr := range s.addrsOf(kind.networks) {
			for range kind.clients {
				all.Go(func() {
					counts[i].repeat(ctx, func() (goOn bool) {
						err := kind.converse(ctx, s, addr)
						if err != nil {
							s.t.Errorf("%s: %v", addr, err)
						}
						return err == nil
					})
				})
			}
		}
	}
	all.Wait()
	s.logCounts("honest clients that", counts)
}

// dialSoak connects to a server. Each call on the socket, connect(2) included, has a timeout.
func dialSoak(addr string, patience time.Duration) (fd int, err error) {
	e, err := sock.ParseEndpoint(addr)
	if err != nil {
		return -1, err
	}
	sa, err := sock.ParseSockaddr(addr)
	if err != nil {
		return -1, err
	}
	fd, err = sock.Socket(sa.Family(), e.Type, e.Protocol)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	err = errors.Join(sock.Setsockopt(fd, sock.SO_RCVTIMEO, patience), sock.Setsockopt(fd, sock.SO_SNDTIMEO, patience))
	if err == nil && e.Datagram() && sa.Family() == sock.AF_UNIX {
		err = sock.Bind(fd, sock.Unnamed())
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = sock.ConnectContext(ctx, fd, sa)
	}
	if err != nil {
		sock.Close(fd)
		return -1, fmt.Errorf("connect: %w", err)
	}
	return fd, nil
}

// converseShortly has a conversation of a few or many bytes.
func converseShortly(_ context.Context, _ *soak, addr string) error {
	return converse(addr, somePattern(1+rand.IntN(1<<rand.IntN(21))))
}

// converse sends a message and its end, and at the same time receives the whole answer.
func converse(addr string, message []byte) error {
	fd, err := dialSoak(addr, soakPatience)
	if err != nil {
		return err
	}
	defer sock.Close(fd)
	sent := make(chan error, 1)
	go func() { sent <- sendToTheEnd(fd, message) }()
	err = expect(fd, message)
	sock.Shutdown(fd, sock.SHUT_RDWR) // ends sending, in case the answer ended early
	if sendErr := <-sent; err == nil {
		err = sendErr
	}
	return err
}

// sendToTheEnd sends a message, and shuts down the writing side.
func sendToTheEnd(fd int, message []byte) error {
	if err := sendAll(fd, message); err != nil {
		return err
	}
	return sock.Shutdown(fd, sock.SHUT_WR)
}

// sendAll sends a message, in pieces that fit a record.
func sendAll(fd int, message []byte) error {
	for rest := message; len(rest) > 0; {
		n, err := sock.SendAll(fd, rest[:min(32<<10, len(rest))], 0)
		if err != nil {
			return fmt.Errorf("send: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

// expect receives until the end, and checks that exactly these bytes came.
func expect(fd int, want []byte) error {
	if err := expectPart(fd, want); err != nil {
		return err
	}
	n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, make([]byte, 1), 0) })
	if n > 0 {
		return fmt.Errorf("received more than the %d bytes that were sent", len(want))
	}
	return err
}

// expectPart receives the next bytes, and checks that they are these.
func expectPart(fd int, want []byte) error {
	buf := make([]byte, min(64<<10, len(want)))
	for got := 0; got < len(want); {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf[:min(len(buf), len(want)-got)], 0) })
		if n == 0 && err == nil {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("received %d of %d bytes: %w", got, len(want), err)
		}
		if !bytes.Equal(buf[:n], want[got:got+n]) {
			return fmt.Errorf("received other bytes than were sent, between %d and %d of %d", got, got+n, len(want))
		}
		got += n
	}
	return nil
}

// converseLong sends small pieces on one connection until its time is over. In stream mode each comes back before the
// next is sent; in message mode all come back at the end.
func converseLong(ctx context.Context, s *soak, addr string) error {
	fd, err := dialSoak(addr, soakPatience)
	if err != nil {
		return err
	}
	defer sock.Close(fd)
	message := somePattern(1 << 20)
	sent, received := 0, 0
	for piece := 100; ctx.Err() == nil && sent+piece <= len(message); sent += piece {
		if err := sendAll(fd, message[sent:sent+piece]); err != nil {
			return err
		}
		if s.mode == "stream" {
			if err := expectPart(fd, message[sent:sent+piece]); err != nil {
				return err
			}
			received += piece
		}
		time.Sleep(5 * time.Millisecond) // an interactive pace
	}
	if err := sock.Shutdown(fd, sock.SHUT_WR); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return expect(fd, message[received:sent])
}

// exchangeDatagrams sends numbered datagrams, and waits for the answer to each.
func exchangeDatagrams(ctx context.Context, _ *soak, addr string) error {
	fd, err := dialSoak(addr, soakPatience)
	if err != nil {
		return err
	}
	defer sock.Close(fd)
	const pause = 100 * time.Millisecond // before a datagram is sent again
	if err := errors.Join(sock.Setsockopt(fd, sock.SO_RCVTIMEO, pause), sock.Setsockopt(fd, sock.SO_SNDTIMEO, pause)); err != nil {
		return fmt.Errorf("setsockopt: %w", err)
	}
	client := binary.BigEndian.AppendUint64(nil, rand.Uint64())
	for number := uint64(0); ; number++ {
		datagram := binary.BigEndian.AppendUint64(slices.Clone(client), number)
		err := exchange(fd, append(datagram, somePattern(rand.IntN(4000))...))
		if err != nil || number == 100 || ctx.Err() != nil {
			return err
		}
	}
}

// exchange sends a datagram repeatedly until the answer comes: either may be lost if a queue is full.
func exchange(fd int, datagram []byte) error {
	const header = 16
	buf := make([]byte, 64<<10)
	for deadline := time.Now().Add(soakPatience); time.Now().Before(deadline); {
		if _, err := sock.Send(fd, datagram, 0); err != nil && err != sock.EAGAIN && err != sock.EINTR {
			return fmt.Errorf("send: %w", err)
		}
		for {
			n, err := sock.Recv(fd, buf, 0)
			if err == sock.EAGAIN || err == sock.EINTR {
				break
			}
			switch {
			case err != nil:
				return fmt.Errorf("recv: %w", err)
			case bytes.Equal(buf[:n], datagram):
				return nil
			case n < header || string(buf[:8]) != string(datagram[:8]) || binary.BigEndian.Uint64(buf[8:]) >= binary.BigEndian.Uint64(datagram[8:]):
				return fmt.Errorf("received a datagram of %d bytes, not the %d that were sent", n, len(datagram))
			}
			// This is the second answer to an earlier datagram that was sent twice.
		}
	}
	return fmt.Errorf("no answer to a datagram of %d bytes in %v", len(datagram), soakPatience)
}
