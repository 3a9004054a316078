package main_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"example.com/berkeley/sock"
)

// An urgent byte after a gap in the stream makes a socket ready forever, with nothing to receive: the server doesn't
// spin, and the client counts as idle.
func TestUrgentByteAfterHole(t *testing.T) {
	t.Parallel()
	if !socktest.AsRoot(t) {
		return
	}
	if err := canRepair(); err != nil {
		t.Skip(err)
	}
	const timeout = 2 * time.Second
	forEachServer(t, func(t *testing.T, engine, mode string) {
		server := cmdtest.Start(t, "-engine", engine, "-mode", mode, "-idle-timeout", timeout.String(), "-listen", "tcp4://127.0.0.1:0")
		fd := dial(t, server.Addr())
		if mode == "stream" {
			send(t, fd, []byte("Hello"))
			receive(t, fd, []byte("Hello"))
		}
		before := cpuTime(t, server)
		if err := sendUrgentAfterHole(fd); err != nil {
			t.Fatal(err)
		}
		waitHangup(t, fd)
		wantReset(t, fd)
		if spent := cpuTime(t, server) - before; spent > timeout/10 {
			t.Errorf("the server spent %v of processor time while there was nothing to receive, want at most %v", spent, timeout/10)
		}
	})
}

// The queues of TCP_REPAIR_QUEUE: linux/tcp.h.
const (
	tcpRecvQueue = 1
	tcpSendQueue = 2
)

// sendUrgentAfterHole sends a segment on a TCP connection over IPv4 that skips one byte and carries an urgent one: raw(7).
// It requires CAP_NET_ADMIN and CAP_NET_RAW.
func sendUrgentAfterHole(fd int) error {
	next, err := sequence(fd, tcpSendQueue)
	if err != nil {
		return err
	}
	acked, err := sequence(fd, tcpRecvQueue)
	if err != nil {
		return err
	}
	from, err := sock.Getsockname(fd)
	if err != nil {
		return err
	}
	to, err := sock.Getpeername(fd)
	if err != nil {
		return err
	}
	raw, err := sock.Socket(sock.AF_INET, sock.SOCK_RAW, sock.IPPROTO_TCP)
	if err != nil {
		return err
	}
	defer sock.Close(raw)
	_, err = sock.Sendto(raw, urgentSegment(from, to, next+1, acked), 0, to)
	return err
}

// canRepair returns why sendUrgentAfterHole is impossible here, or nil.
func canRepair() error {
	raw, err := sock.Socket(sock.AF_INET, sock.SOCK_RAW, sock.IPPROTO_TCP)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer sock.Close(raw)
	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer sock.Close(fd)
	if err := sock.Setsockopt(fd, sock.TCP_REPAIR, 1); err != nil {
		return fmt.Errorf("setsockopt TCP_REPAIR: %w", err)
	}
	return nil
}

// sequence returns the sequence number of a queue's next byte: tcp(7) TCP_REPAIR.
func sequence(fd, queue int) (uint32, error) {
	const offWithoutProbe = -1
	if err := sock.Setsockopt(fd, sock.TCP_REPAIR, 1); err != nil {
		return 0, err
	}
	defer sock.Setsockopt(fd, sock.TCP_REPAIR, offWithoutProbe)
	if err := sock.Setsockopt(fd, sock.TCP_REPAIR_QUEUE, queue); err != nil {
		return 0, err
	}
	return sock.Getsockopt(fd, sock.TCP_QUEUE_SEQ)
}

// urgentSegment returns a TCP segment with one urgent byte: RFC 9293, section 3.1.
func urgentSegment(from, to sock.Sockaddr, seq, ack uint32) []byte {
	const headerSize, ackPshUrg, window, payload = 20, 0x38, 0xffff, "!"
	source, destination := from.AddrPort(), to.AddrPort()
	var b []byte
	b = binary.BigEndian.AppendUint16(b, source.Port())
	b = binary.BigEndian.AppendUint16(b, destination.Port())
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, headerSize/4<<4, ackPshUrg)
	b = binary.BigEndian.AppendUint16(b, window)
	b = binary.BigEndian.AppendUint16(b, 0) // the checksum
	b = binary.BigEndian.AppendUint16(b, 1) // the urgent pointer: after the byte
	b = append(b, payload...)
	pseudo := append(source.Addr().AsSlice(), destination.Addr().AsSlice()...)
	pseudo = binary.BigEndian.AppendUint16(append(pseudo, 0, sock.IPPROTO_TCP), uint16(len(b)))
	binary.BigEndian.PutUint16(b[16:], checksum(append(pseudo, b...)))
	return b
}

// checksum returns the Internet checksum: RFC 1071.
func checksum(p []byte) uint16 {
	var sum uint32
	for i, b := range p {
		if i%2 == 0 {
			sum += uint32(b) << 8
		} else {
			sum += uint32(b)
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
