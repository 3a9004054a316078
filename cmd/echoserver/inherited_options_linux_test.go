package main_test

import (
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// bound returns a bound socket of a transport, as a service manager would pass it.
func bound(t *testing.T, transport string) (fd int, addr string) {
	t.Helper()
	e, err := sock.ParseEndpoint(transport)
	if err != nil {
		t.Fatal(err)
	}
	sa, err := sock.ParseSockaddr(transport)
	if err != nil {
		t.Fatal(err)
	}
	if fd, err = sock.Socket(sa.Family(), e.Type, e.Protocol); err != nil {
		t.Skip("socket:", err)
	}
	t.Cleanup(func() { sock.Close(fd) })
	if err := sock.Bind(fd, sa); err != nil {
		t.Skip("bind:", err)
	}
	if !e.Datagram() {
		if err := sock.Listen(fd, 10); err != nil {
			t.Fatal(err)
		}
	}
	if sa, err = sock.Getsockname(fd); err != nil {
		t.Fatal(err)
	}
	return fd, e.URL(sa)
}

// inherits starts a server that inherits a socket.
func inherits(t *testing.T, fd int, args ...string) *cmdtest.Server {
	t.Helper()
	return cmdtest.StartProgram(t, activated(t, []int{fd}, "", append([]string{cmdtest.Build(t, "echoserver")}, args...)...))
}

// wantDatagrams sends several datagrams at once, short and long, and checks that each comes back as it was sent.
func wantDatagrams(t *testing.T, addr string) {
	t.Helper()
	fd := dial(t, addr)
	messages := [][]byte{[]byte("Hello"), {}, pattern(1200), pattern(9000), []byte("world")}
	for _, message := range messages {
		send(t, fd, message)
	}
	buf := make([]byte, 64<<10)
	for range messages {
		n, err := sock.Retry(func() (int, error) { return sock.Recv(fd, buf, 0) })
		if err != nil {
			t.Fatalf("Recv with %d datagrams outstanding: %v", len(messages), err)
		}
		i := slices.IndexFunc(messages, func(p []byte) bool { return string(p) == string(buf[:n]) })
		if i < 0 {
			t.Fatalf("received a datagram of %d bytes that was not sent", n)
		}
		messages = slices.Delete(messages, i, i+1) // event loops may overtake each other
	}
}

// sendAndGo makes the server answer a client that has gone.
func sendAndGo(t *testing.T, server *cmdtest.Server, addr string) {
	t.Helper()
	stoppedWhile(t, server, func() bool {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_DGRAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer sock.Close(fd)
		if _, err := sock.Sendto(fd, []byte("gone"), 0, sock.Inet(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), addrPort(addr).Port()))); err != nil {
			t.Fatal(err)
		}
		return true
	})
}

// The server corrects options of an inherited socket that would change the echo or keep the server busy.
func TestOptionsOfInheritedDatagramSockets(t *testing.T) {
	t.Parallel()
	const sent = unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	tests := []struct {
		option sock.AnyOption
		value  any
		want   any // nil if the value may stay
	}{
		{sock.UDP_GRO, true, nil},
		{sock.UDP_SEGMENT, 100, 0},
		{sock.UDP_CORK, true, false},
		{sock.UDP_ENCAP, 2, 0}, // UDP_ENCAP_ESPINUDP: the kernel takes what looks like IPsec
		{sock.SO_BROADCAST, true, false},
		{sock.SO_TIMESTAMPING, sock.SoTimestamping{Flags: sent}, sock.SoTimestamping{}},
		{sock.IP_RECVERR, true, false},
		{sock.IP_RECVOPTS, true, false},
		{sock.SO_PEEK_OFF, 3, nil},
		{sock.SO_RCVTIMEO, time.Millisecond, nil},
		{sock.SO_SNDTIMEO, time.Millisecond, nil},
	}
	for _, tt := range tests {
		t.Run(tt.option.Name(), func(t *testing.T) {
			t.Parallel()
			fd, addr := bound(t, "udp4://0.0.0.0:0")
			if err := tt.option.Set(fd, tt.value); err != nil {
				t.Skip("the option cannot be set here:", err)
			}
			server := inherits(t, fd)
			wantDatagrams(t, "udp://127.0.0.2:"+port(addr))
			sendAndGo(t, server, addr)
			wantDatagrams(t, "udp://127.0.0.2:"+port(addr))
			wantCalm(t, server)
			if got, err := tt.option.Get(fd); tt.want != nil && got != tt.want {
				t.Errorf("the option has value %v, %v; want %v", got, err, tt.want)
			}
			server.Stop(syscall.SIGTERM)
			if failed := counted(t, server, "failed"); failed != 0 {
				t.Errorf("%d answers failed, want 0:\n%s", failed, server.Stderr())
			}
		})
	}
}

// Another process that has the socket turns on an option that has the kernel queue errors, or times of sending. They keep
// the socket ready, and the server isn't busy with that.
func TestErrorQueueOfInheritedSockets(t *testing.T) {
	t.Parallel()
	const sent = unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	options := []struct {
		sock.AnyOption
		value any
	}{
		{sock.IP_RECVERR, true},
		{sock.SO_TIMESTAMPING, sock.SoTimestamping{Flags: sent}},
	}
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, o := range options {
			t.Run(o.Name(), func(t *testing.T) {
				fd, addr := bound(t, "udp4://127.0.0.1:0")
				server := inherits(t, fd, "-engine", engine)
				if err := o.Set(fd, o.value); err != nil {
					t.Skip("the option cannot be set here:", err)
				}
				for range 2 {
					sendAndGo(t, server, addr)
					wantDatagrams(t, addr)
					wantCalm(t, server)
				}
			})
		}
	})
}

// Turning on all boolean options at once doesn't change the echo.
func TestAllOptionsOfInheritedDatagramSockets(t *testing.T) {
	t.Parallel()
	transports := map[string]string{
		"udp4://127.0.0.1:0": "127.0.0.1", "udp4://0.0.0.0:0": "127.0.0.2",
		"udp6://[::1]:0": "[::1]", "udp://[::]:0": "127.0.0.2",
		"unixgram://" + t.TempDir() + "/datagram": "",
	}
	for transport, host := range transports {
		t.Run(transport, func(t *testing.T) {
			fd, addr := bound(t, transport)
			turnAllOn(t, fd)
			server := inherits(t, fd)
			if host != "" {
				addr = "udp://" + host + ":" + port(addr)
			}
			for range 3 {
				wantDatagrams(t, addr)
			}
			wantCalm(t, server)
		})
	}
}

// turnAllOn turns on all options of a socket that are off.
func turnAllOn(t *testing.T, fd int) {
	t.Helper()
	set := 0
	for _, o := range sock.Options() {
		if value, err := o.Get(fd); err == nil && value == false && o.Set(fd, true) == nil {
			set++
		}
	}
	if set == 0 {
		t.Fatal("no option could be turned on")
	}
}

// The same for the connections of a listener.
func TestAllOptionsOfInheritedListeners(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		for _, transport := range connections(t) {
			t.Run(transport, func(t *testing.T) {
				fd, addr := bound(t, transport)
				turnAllOn(t, fd)
				server := inherits(t, fd, "-engine", engine, "-mode", mode)
				for _, size := range []int{1, 100_000} {
					wantEcho(t, addr, pattern(size))
				}
				wantCalm(t, server)
			})
		}
	})
}

// The server corrects a listener's inherited options on its clients, and leaves them on the listener.
func TestOptionsOfInheritedListeners(t *testing.T) {
	t.Parallel()
	tests := []struct {
		option sock.AnyOption
		value  any
		trace  string
	}{
		{sock.SO_RCVLOWAT, 100, "SO_RCVLOWAT, [1], 4) = 0"},
		{sock.SO_RCVTIMEO, time.Millisecond, "SO_RCVTIMEO_OLD, "},
		{sock.SO_SNDTIMEO, time.Millisecond, "SO_SNDTIMEO_OLD, "},
		{sock.SO_PEEK_OFF, 5, "SO_PEEK_OFF, [-1], 4) = 0"},
		{sock.TCP_CORK, true, "TCP_CORK, [0], 4) = 0"},
		{sock.IP_RECVERR, true, "IP_RECVERR, [0], 4) = 0"},
		{sock.SO_TIMESTAMPING, sock.SoTimestamping{Flags: unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE}, "SO_TIMESTAMPING_OLD, "},
	}
	for _, tt := range tests {
		t.Run(tt.option.Name(), func(t *testing.T) {
			forEachEngine(t, func(t *testing.T, engine string) {
				fd, addr := bound(t, "tcp4://127.0.0.1:0")
				if err := tt.option.Set(fd, tt.value); err != nil {
					t.Skip("the option cannot be set here:", err)
				}
				value, err := tt.option.Get(fd) // the kernel may have rounded it
				if err != nil {
					t.Fatal(err)
				}
				early := dial(t, addr) // connected before the server starts
				server := inherits(t, fd, "-engine", engine, "-idle-timeout", "0", "-trace")
				for _, client := range []int{early, dial(t, addr)} {
					send(t, client, []byte("x"))
					receive(t, client, []byte("x"))
					server.WaitLog(tt.trace)
					fds := []sock.Pollfd{{Fd: int32(client), Events: sock.POLLRDHUP}}
					if n, err := sock.Retry(func() (int, error) { return sock.Poll(fds, 50) }); n != 0 || err != nil {
						t.Errorf("Poll of a client's connection = %d, %v; want 0, nil while it stays open", n, err)
					}
					shutdown(t, client) // before the next one: the iterative engine serves one at a time
					wantAnswer(t, client, nil)
				}
				if now, err := tt.option.Get(fd); now != value || err != nil {
					t.Errorf("the listener's option has value %v, %v; want %v as before", now, err, value)
				}
			})
		})
	}
}
