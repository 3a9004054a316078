//go:build unix

package main

import (
	"bytes"
	"net"
	"testing"
	"time"
)

// datagramServer opens a UDP socket, and passes each datagram that it receives to answer.
func datagramServer(t testing.TB, answer func(conn net.PacketConn, p []byte, from net.Addr)) (addr string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	go answerDatagrams(conn, answer)
	return "udp4://" + conn.LocalAddr().String()
}

func answerDatagrams(conn net.PacketConn, answer func(conn net.PacketConn, p []byte, from net.Addr)) {
	p := make([]byte, 65536)
	for {
		n, from, err := conn.ReadFrom(p)
		if err != nil {
			return
		}
		answer(conn, p[:n], from)
	}
}

func TestDatagramWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, answer, stderr string }{
		{"wrong byte", "0123456X89", "wrong answer at byte 7: it isn't the datagram that was sent"},
		{"short", "0123", "wrong answer at byte 4: it isn't the datagram that was sent"},
		{"long", "0123456789!", "wrong answer at byte 10: it isn't the datagram that was sent"},
		{"empty", "", "wrong answer at byte 0: it isn't the datagram that was sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
			check(t, err)
			defer conn.Close()
			go func() {
				if _, from, err := conn.ReadFrom(make([]byte, 64)); err == nil {
					conn.WriteTo([]byte(tt.answer), from)
				}
			}()
			got := client(t, nil, "udp4://"+conn.LocalAddr().String(), "0123456789")
			expect(t, got, exitDifferent, tt.answer, tt.stderr)
		})
	}
}

// The network may duplicate a reply. The duplicate doesn't count as the reply to the next datagram.
func TestDatagramDoubled(t *testing.T) {
	t.Parallel()
	var last []byte
	addr := datagramServer(t, func(conn net.PacketConn, p []byte, from net.Addr) {
		if last != nil {
			conn.WriteTo(last, from)
		}
		conn.WriteTo(p, from)
		last = bytes.Clone(p)
	})
	input := random(10*datagramSize + 1)
	expect(t, client(t, bytes.NewReader(input), addr), exitOK, string(input), "")
}

// If only earlier replies come, however many, the reply counts as missing.
func TestDatagramDoubledForEver(t *testing.T) {
	t.Parallel()
	var first []byte
	addr := datagramServer(t, func(conn net.PacketConn, p []byte, from net.Addr) {
		if first == nil {
			first = bytes.Clone(p)
			conn.WriteTo(first, from)
			return
		}
		go func() {
			pace := time.NewTicker(10 * time.Millisecond)
			defer pace.Stop()
			for t.Context().Err() == nil {
				conn.WriteTo(first, from)
				<-pace.C
			}
		}()
	})
	input := random(2 * datagramSize)
	got := client(t, bytes.NewReader(input), addr, "-timeout", "5s")
	expect(t, got, exitTrouble, string(input[:datagramSize]), "recv "+addr+": timed out")
}
