package main_test

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// The page shows the right number of clients, and the states of both ends of each.
func TestWatchShowsClients(t *testing.T) {
	for _, listen := range []string{"tcp4://127.0.0.1:0", "tcp6://[::1]:0", "tcp://[::]:0"} {
		t.Run(listen, func(t *testing.T) {
			t.Parallel()
			if !hasIPv6() && strings.Contains(listen, "[") {
				t.Skip("no IPv6 here")
			}
			s := startWatched(t, "-listen", listen)
			_, port, err := net.SplitHostPort(s.address())
			if err != nil {
				t.Fatal(err)
			}
			host := "127.0.0.1"
			if strings.Contains(listen, "::1") {
				host = "::1"
			}
			var all []*net.TCPConn
			for range 3 {
				all = append(all, watchedClient(t, net.JoinHostPort(host, port)))
			}
			e := s.await("/events", "3 clients", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 3 })
			if e.Sentence != "3 clients, 4 sockets: 1 listener and one for each client" || e.Listeners[0].State != "LISTEN" || e.Listeners[0].Limit != 4096 {
				t.Errorf("event with 3 clients = %+v; want 1 listener with a limit of 4096, and 4 sockets", e)
			}
			for _, r := range e.Rows {
				if r.In != 5 || r.Far != "ESTABLISHED" || !r.FD {
					t.Errorf("row of a client = %+v; want 5 bytes in, a descriptor and the client's state", r)
				}
			}
			e = s.await("/events?filter="+all[1].LocalAddr().String(), "one of 3", func(e pageEvent) bool { return e.Matching == 1 && e.Total == 3 })
			if e.Rows[0].Client != all[1].LocalAddr().String() {
				t.Errorf("rows that the filter finds = %+v; want %v", e.Rows, all[1].LocalAddr())
			}
			all[0].Close()
			s.await("/events", "TIME_WAIT", func(e pageEvent) bool {
				i := slices.IndexFunc(e.Rows, func(r row) bool { return r.State == "" })
				return i >= 0 && e.Rows[i].Far == "TIME_WAIT" && e.inState("ESTABLISHED") == 2
			})
		})
	}
}

// If a client shuts down its writing side and reads nothing, the page shows CLOSE_WAIT and what the server holds for
// the client. Its life has both.
func TestWatchHalfClose(t *testing.T) {
	s := startWatched(t, "-mode", "message")
	conn, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := conn.(*net.TCPConn)
	events := s.stream("/events") // keeps the sampler running
	go func() {
		for range events {
		}
	}()
	s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 })
	const size = 16 << 20
	if _, err := c.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	e := s.await("/events", "CLOSE_WAIT", func(e pageEvent) bool {
		return e.inState("CLOSE_WAIT") == 1 && e.Rows[0].In == size && e.Rows[0].Far == "FIN_WAIT2"
	})
	if r := e.Rows[0]; r.Held == 0 || r.Held > size || r.Out >= size {
		t.Errorf("row after the half-close = %+v; want bytes that the server holds", r)
	}
	life := s.get("GET", "/client/"+e.Rows[0].ID+"/events")
	line, err := bufio.NewReader(life.Body).ReadString('\n')
	if err != nil || !strings.Contains(line, `"state":"ESTABLISHED","far":"ESTABLISHED"}`) || !strings.Contains(line, `"state":"CLOSE_WAIT","far":"FIN_WAIT2"}`) {
		t.Errorf("first event of the life = %s, %v; want ESTABLISHED at both ends, then CLOSE_WAIT and FIN_WAIT2", line, err)
	}
	if drawing := s.body("/client/" + e.Rows[0].ID + "/life.svg"); !strings.Contains(drawing, "SYN") || !strings.Contains(drawing, "FIN") {
		t.Errorf("the drawing does not contain SYN and FIN:\n%s", drawing)
	}
	if page := s.body("/client/" + e.Rows[0].ID); !strings.Contains(page, `data-client="`+e.Rows[0].ID+`"`) {
		t.Errorf("the page is not that of client %s:\n%s", e.Rows[0].ID, page)
	}
}

// The page shows clients of a unix socket, and a datagram socket.
func TestWatchOtherTransports(t *testing.T) {
	path := t.TempDir() + "/socket"
	s := startWatched(t, "-listen", "unix://"+path, "-listen", "udp://127.0.0.1:0")
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e := s.await("/events", "a client", func(e pageEvent) bool { return e.inState("ESTABLISHED") == 1 && e.Rows[0].FD })
	if e.Sentence != "1 client, 3 sockets: 1 listener and 1 socket for datagrams and one for each client" {
		t.Errorf("Sentence = %q, want 1 client and 3 sockets", e.Sentence)
	}
	if e.Listeners[0].State != "LISTEN" || e.Listeners[1].State != "bound" || e.Rows[0].Counts {
		t.Errorf("event = %+v; want listeners in states LISTEN and bound, and a row without counts", e)
	}
}

// During a drain the health check fails and the streams end, while clients are still served.
func TestWatchDrain(t *testing.T) {
	s := startWatched(t, "-grace", "1m")
	c := watchedClient(t, s.address())
	if response := s.get("GET", "/healthz"); response.StatusCode != http.StatusOK {
		t.Errorf("GET /healthz = %s, want 200", response.Status)
	}
	events := s.stream("/events")
	<-events
	s.Signal(syscall.SIGTERM)
	s.WaitLog("stopping")
	draining := false
	for e := range events {
		draining = e.Draining
	}
	if !draining {
		t.Error("the stream ends without an event whose Draining is true")
	}
	if response := s.get("GET", "/healthz"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET /healthz during the drain = %s, want 503", response.Status)
	}
	if _, err := io.WriteString(c, "more"); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Error(err)
	}
	c.Close()
	if state := s.Wait(); state.ExitCode() != 0 {
		t.Errorf("exit code = %d, want 0", state.ExitCode())
	}
}

var metricLine = regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+.*|[a-z_]+(\{listener="[^"]+"\})? [0-9.e+-]+)$`)

func TestWatchMetrics(t *testing.T) {
	s := startWatched(t)
	watchedClient(t, s.address())
	text := s.body("/metrics")
	for line := range strings.Lines(text) {
		if !metricLine.MatchString(strings.TrimSpace(line)) {
			t.Errorf("line %q is not in Prometheus' format", line)
		}
	}
	for _, want := range []string{
		"# TYPE echoserver_accepted_total counter\n", "# TYPE echoserver_clients gauge\n",
		fmt.Sprintf("echoserver_accepted_total{listener=%q} 1\n", s.Addr()),
		fmt.Sprintf("echoserver_clients{listener=%q} 1\n", s.Addr()),
		fmt.Sprintf("echoserver_received_bytes_total{listener=%q} 5\n", s.Addr()),
		"echoserver_draining 0\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics do not contain %q:\n%s", want, text)
		}
	}
}

// Where sock_diag is refused, the page has the counters, and the metrics lack what only the kernel knows.
func TestWatchWithoutKernel(t *testing.T) {
	t.Parallel()
	noNetlink := []cmdtest.Call{{Number: unix.SYS_SOCKET, Args: map[int]int{0: sock.AF_NETLINK}}}
	server := cmdtest.StartProgram(t, cmdtest.Refused(t, sock.EAFNOSUPPORT, noNetlink, cmdtest.Build(t, "echoserver"),
		"-listen", "tcp4://127.0.0.1:0", "-watch", "127.0.0.1:0"))
	s := watched(t, server)
	watchedClient(t, s.address())
	e := <-s.stream("/events")
	if want := "1 client, 2 sockets: 1 listener and one for each client"; !strings.Contains(e.Problem, "EAFNOSUPPORT") || e.Sentence != want {
		t.Errorf("problem %q, sentence %q; want EAFNOSUPPORT, %q", e.Problem, e.Sentence, want)
	}
	text := s.body("/metrics")
	if !strings.Contains(text, fmt.Sprintf("echoserver_clients{listener=%q} 1\n", s.Addr())) || strings.Contains(text, "echoserver_listener_drops_total{") {
		t.Errorf("the metrics are\n%swant 1 client, and no drops", text)
	}
}

// Sockets that share an address have one line of each metric together: Prometheus refuses duplicates.
func TestMetricsOfSharedAddress(t *testing.T) {
	t.Parallel()
	fds, addrs := listeners(t, false)
	server := cmdtest.StartProgram(t, activated(t, []int{fds[0], fds[0]}, "", cmdtest.Build(t, "echoserver"), "-watch", "127.0.0.1:0"))
	s := watched(t, server)
	_, address, _ := strings.Cut(addrs[0], "://")
	watchedClient(t, address)
	watchedClient(t, address)
	text := s.body("/metrics")
	lines := map[string]bool{}
	for line := range strings.Lines(text) {
		series, _, _ := strings.Cut(line, " ")
		if lines[series] && series != "#" {
			t.Errorf("the metrics have %s twice", series)
		}
		lines[series] = true
	}
	if want := fmt.Sprintf("echoserver_clients{listener=%q} 2\n", s.Addr()); !strings.Contains(text, want) {
		t.Errorf("the metrics are\n%swant %s", text, want)
	}
}

// A viewer who comes when descriptors have run out sees the sockets as soon as there are some again.
func TestWatchDescriptorLimit(t *testing.T) {
	t.Parallel()
	s := startWatched(t)
	pid, free := s.Cmd.Process.Pid, 0
	for isOpen := true; isOpen; free++ {
		_, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, free))
		isOpen = err == nil
	}
	limit := func(n uint64) {
		var old unix.Rlimit
		err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &old)
		if err == nil {
			err = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: min(n, old.Max), Max: old.Max}, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(uint64(free)) // one more, for the viewer's connection
	events := s.stream("/events")
	switch e := <-events; {
	case e.Problem == "":
		t.Fatal("the page shows the sockets, though the server has no descriptor left to list them")
	case !strings.Contains(e.Problem, "EMFILE"):
		t.Skip("no sock_diag here:", e.Problem)
	}
	limit(math.MaxUint64)
	for late := time.After(cmdtest.Patience); ; {
		select {
		case e := <-events:
			if e.Problem == "" {
				return
			}
		case <-late:
			t.Fatal("the page still has no sockets")
		}
	}
}
