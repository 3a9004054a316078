//go:build linux

package interop_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// answerDNS answers a question for TXT with as many records of 250 bytes as its name has labels, and silent. not at all.
func answerDNS(w dns.ResponseWriter, question *dns.Msg) {
	name := question.Question[0].Name
	if name == "silent." {
		return
	}
	answer := new(dns.Msg).SetReply(question)
	for range strings.Count(name, ".") {
		answer.Answer = append(answer.Answer, &dns.TXT{
			Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET},
			Txt: []string{strings.Repeat("x", 250)},
		})
	}
	w.WriteMsg(answer)
}

// serveDNS starts a server, and gives a way to dial it.
func serveDNS(t *testing.T, client, server side, network string) (dialer func(ctx context.Context) (net.Conn, error)) {
	started, ended := make(chan struct{}), make(chan error)
	s := &dns.Server{Handler: dns.HandlerFunc(answerDNS), NotifyStartedFunc: func() { close(started) }}
	if network == "udp4" {
		s.PacketConn = packets(t, server, network, "127.0.0.1:0")
		dialer = func(ctx context.Context) (net.Conn, error) {
			return client.dial(ctx, network, s.PacketConn.LocalAddr().String())
		}
	} else {
		s.Listener, dialer = serve(t, client, server, network, "127.0.0.1:0")
	}
	go func() { ended <- s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(), <-ended); err != nil {
			t.Errorf("shutting the server down: %v", err)
		}
	})
	return dialer
}

func TestDNS(t *testing.T) {
	for network, most := range map[string]int{"udp4": 10, "tcp4": 100} {
		t.Run(network, func(t *testing.T) {
			everyPair(t, true, func(t *testing.T, client, server side) {
				dialer := serveDNS(t, client, server, network)
				c := dns.Client{Net: network, UDPSize: 4096, Timeout: time.Minute}
				conn := &dns.Conn{Conn: dial(t, dialer)}
				ask := func(ctx context.Context, name string) (*dns.Msg, error) {
					answer, _, err := c.ExchangeWithConnContext(ctx, new(dns.Msg).SetQuestion(name, dns.TypeTXT), conn)
					return answer, err
				}
				for _, records := range []int{1, most} {
					answer, err := ask(t.Context(), strings.Repeat("x.", records))
					check(t, err)
					if len(answer.Answer) != records {
						t.Errorf("answer = %v, want one with %d records", answer, records)
					}
				}

				resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer(ctx) }}
				if records, err := resolver.LookupTXT(t.Context(), "x.x.x."); len(records) != 3 || err != nil {
					t.Errorf("LookupTXT = %q, %v, want 3 records", records, err)
				}

				c.Timeout = soon
				if _, err := ask(t.Context(), "silent."); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the exchange at its deadline: %v, want os.ErrDeadlineExceeded", err)
				}
				c.Timeout = time.Minute
				time.AfterFunc(soon, func() { conn.Close() })
				if _, err := ask(t.Context(), "silent."); !errors.Is(err, net.ErrClosed) {
					t.Errorf("the exchange on a closed connection: %v, want net.ErrClosed", err)
				}
			})
		})
	}
}
