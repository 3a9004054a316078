package sock_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// If both addresses of a host refuse, the error has package net's type and joins the errors of both.
func TestDialerTriesEveryAddress(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	silent := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.1:0"))
	port := portOf(name(t, silent))
	second := bound(t, AF_INET, SOCK_STREAM, inet("127.0.0.2:"+port))

	for _, delay := range []time.Duration{0, time.Millisecond, -1} {
		d := Dialer{FallbackDelay: delay}
		_, err := d.DialContext(t.Context(), "tcp", "two.test:"+port)
		op, ok := err.(*net.OpError)
		if !ok || op.Op != "dial" || op.Net != "tcp" || op.Timeout() || !errors.Is(err, ECONNREFUSED) {
			t.Fatalf("got %v, want a *net.OpError with ECONNREFUSED", err)
		}
		for _, address := range []string{"127.0.0.1:" + port, "127.0.0.2:" + port} {
			if !strings.Contains(err.Error(), "dial tcp "+address+": connect: connection refused") {
				t.Errorf("got %v, want it to name %s", err, address)
			}
		}
	}

	check(t, Listen(second, 1))
	c, err := Dial(t.Context(), "tcp://two.test:"+port)
	check(t, err)
	defer c.Close()
	if c.RemoteAddr().String() != "127.0.0.2:"+port {
		t.Errorf("connected to %v, want the second address", c.RemoteAddr())
	}
}

// If the first address drops packets, the second one is tried, and the first one's socket is closed.
func TestDialerSilentAddress(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, sa := full(t, inet("127.0.0.1:0"))
	_, second := server(t, inet("127.0.0.2:"+portOf(sa)), ServerOptions{})
	d := Dialer{FallbackDelay: time.Millisecond}
	c, err := d.DialURL(t.Context(), "tcp://two.test:"+portOf(sa))
	check(t, err)
	defer c.Close()
	if got, _ := SockaddrOf(c.RemoteAddr()); got != second {
		t.Errorf("connected to %v, want the second address", got)
	}
}

// A dial that takes too long fails with a timeout like package net's, even with several attempts in progress.
func TestDialerTimesOut(t *testing.T) {
	fakeDNS(t, map[string][]string{"two.test.": {"127.0.0.1", "127.0.0.2"}})
	_, sa := full(t, inet("127.0.0.1:0"))
	full(t, inet("127.0.0.2:"+portOf(sa)))
	for _, delay := range []time.Duration{time.Millisecond, -1} {
		begun := 0
		connects(t, func(string) { begun++ })
		d := Dialer{Timeout: 200 * time.Millisecond, FallbackDelay: delay}
		_, err := d.Dial("tcp", "two.test:"+portOf(sa))
		SetTrace(nil)
		if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("delay %v: %v, want a timeout", delay, err)
		}
		if delay < 0 && begun != 1 {
			t.Errorf("%d attempts began, want 1, because the first one had not ended", begun)
		}
	}
}

// A look-up that takes too long fails with a timeout too.
func TestDialerHasNoTimeToLookUp(t *testing.T) {
	d := Dialer{Timeout: 1}
	_, err := d.Dial("tcp", "localhost:1")
	if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); !ok || dns.Name != "localhost" || !dns.IsTimeout {
		t.Errorf("got %#v, want a *net.DNSError of localhost with a timeout", err)
	}
}

// An unnamed AF_UNIX socket has the addresses that package net gives it.
func TestUnnamedEnds(t *testing.T) {
	a, _ := connPair(t, SOCK_STREAM)
	file, err := a.File()
	check(t, err)
	defer file.Close()
	theirs, err := net.FileConn(file)
	check(t, err)
	defer theirs.Close()
	if a.LocalAddr().String() != theirs.LocalAddr().String() || a.RemoteAddr().String() != theirs.RemoteAddr().String() {
		t.Errorf("addresses %q and %q, want %q and %q", a.LocalAddr(), a.RemoteAddr(), theirs.LocalAddr(), theirs.RemoteAddr())
	}
}
