//go:build linux

package interop_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// serveSSH accepts clients with any name: a session echoes, and a forwarded connection leads to where target dials.
func serveSSH(l net.Listener, config *ssh.ServerConfig, target func(ctx context.Context) (net.Conn, error)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			conn, channels, requests, err := ssh.NewServerConn(c, config)
			if err != nil {
				return
			}
			defer conn.Close()
			go ssh.DiscardRequests(requests)
			for offered := range channels {
				var other io.ReadWriter
				if offered.ChannelType() == "direct-tcpip" {
					forwarded, err := target(context.Background())
					if err != nil {
						offered.Reject(ssh.ConnectionFailed, err.Error())
						continue
					}
					other = forwarded
				}
				channel, requests, err := offered.Accept()
				if err != nil {
					return
				}
				go ssh.DiscardRequests(requests)
				go joinSSH(channel, other)
			}
		}()
	}
}

// joinSSH copies both ways until either end stops sending, or echoes if there is no other end.
func joinSSH(channel ssh.Channel, other io.ReadWriter) {
	defer channel.Close()
	if other == nil {
		io.Copy(channel, channel)
		return
	}
	defer other.(io.Closer).Close()
	go io.Copy(channel, other)
	io.Copy(other, channel)
}

func TestSSH(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport.name, func(t *testing.T) {
			everyPair(t, transport.netHasIt, func(t *testing.T, client, server side) {
				l, dialer := serve(t, client, server, transport.network, transport.address)
				target, toTarget := serve(t, server, server, transport.network, transport.address)
				go echoEach(target)
				_, key, err := ed25519.GenerateKey(nil)
				check(t, err)
				signer, err := ssh.NewSignerFromKey(key)
				check(t, err)
				config := &ssh.ServerConfig{NoClientAuth: true}
				config.AddHostKey(signer)
				go serveSSH(l, config, toTarget)
				conn, channels, requests, err := ssh.NewClientConn(dial(t, dialer), "host", &ssh.ClientConfig{HostKeyCallback: ssh.FixedHostKey(signer.PublicKey())})
				check(t, err)
				c := ssh.NewClient(conn, channels, requests)
				defer c.Close()

				forwarded, err := c.DialContext(t.Context(), "tcp", "192.0.2.1:1")
				check(t, err)
				defer forwarded.Close()
				session, _, err := c.OpenChannel("session", nil)
				check(t, err)
				var both sync.WaitGroup
				for _, through := range []io.ReadWriter{forwarded, session} {
					both.Go(func() { exchangeBytes(t, through, 300<<10) })
				}
				both.Wait()
				time.AfterFunc(soon, func() { conn.Close() })
				if _, err := forwarded.Read(make([]byte, 1)); err == nil {
					t.Error("Read on a closed connection succeeded, want an error")
				}
				if err := c.Wait(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Wait: %v, want net.ErrClosed", err)
				}
			})
		})
	}
}

// echoEach sends every client what it sent.
func echoEach(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() { io.Copy(c, c); c.Close() }()
	}
}

// exchangeBytes sends while it receives the echo.
func exchangeBytes(t *testing.T, c io.ReadWriter, size int) {
	sent, received := content(size), make([]byte, size)
	go io.Copy(c, bytes.NewReader(sent))
	if _, err := io.ReadFull(c, received); err != nil {
		t.Error(err)
	}
	checkEcho(t, sent, received)
}
