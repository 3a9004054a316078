//go:build linux

package bench

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// BenchmarkCalls measures calls of package sock beside the same calls of golang.org/x/sys/unix, of C and of C with two threads.
// They take turns of some dozens of calls. It prints the nanoseconds of a call in the fastest turn of each: other work of the
// machine only adds to them. Use -benchtime 2000x or more.
func BenchmarkCalls(b *testing.B) {
	c, threads := startC(b), startC(b, "a second thread")
	for _, row := range calls {
		b.Run(row.name, func(b *testing.B) {
			f := newFixture(b)
			var ours, theirs, cs, threaded []time.Duration
			for round := 0; b.Loop(); round++ {
				turns := []func(){
					func() { ours = append(ours, f.turn(b, row, row.sock)) },
					func() { theirs = append(theirs, f.turn(b, row, row.unix)) },
					func() { cs = append(cs, c.turn(b, row.name)) },
					func() { threaded = append(threaded, threads.turn(b, row.name)) },
				}
				for i := range turns { // each begins in its turn
					turns[(round+i)%len(turns)]()
				}
			}
			b.ReportMetric(0, "ns/op") // a round's
			for _, side := range []struct {
				unit  string
				turns []time.Duration
			}{{"sock-ns", ours}, {"unix-ns", theirs}, {"C-ns", cs}, {"C2-ns", threaded}} {
				if fastest := slices.Min(append(side.turns, time.Hour)); fastest < time.Hour && fastest > 0 {
					b.ReportMetric(float64(fastest.Nanoseconds()), side.unit)
				}
			}
		})
	}
}

const (
	callBatch = 64 // calls of a turn
	callMany  = 8  // datagrams of a recvmmsg
)

// fixture is what the calls work on, the same as in peers/calls.c.
type fixture struct {
	stream           [2]int
	from, to         int
	listener, epfd   int
	address          sock.Sockaddr // of listener
	dialed, accepted []int
	p, all           []byte
	message          sock.Msg
	batch            *sock.Batch
	events           [8]unix.EpollEvent
}

func newFixture(b *testing.B) *fixture {
	f := &fixture{p: make([]byte, size), all: make([]byte, callBatch*size), batch: sock.NewBatch(callMany, size)}
	f.message.Iov = [][]byte{f.p}
	var err error
	f.stream, err = sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check(b, err)
	f.from, f.to = sockPair(b)
	f.listener, err = sock.CreateServer(sock.Inet(loopback), sock.ServerOptions{Backlog: callBatch})
	check(b, err)
	f.address, err = sock.Getsockname(f.listener)
	check(b, err)
	f.epfd, err = sock.EpollCreate1(0)
	check(b, err)
	check(b, sock.EpollCtl(f.epfd, sock.EPOLL_CTL_ADD, f.stream[0], &sock.EpollEvent{Events: sock.EPOLLOUT}))
	b.Cleanup(func() {
		for _, fd := range []int{f.stream[0], f.stream[1], f.listener, f.epfd} {
			sock.Close(fd)
		}
	})
	return f
}

// callRow is a call, and what comes before and after a turn without being counted.
type callRow struct {
	name          string
	times         int
	before, after func(*fixture) error
	sock, unix    func(*fixture) error // unix is nil if golang.org/x/sys/unix has no such call
}

var calls = []callRow{
	{"Send", callBatch, nothing, drain,
		func(f *fixture) error { _, err := sock.Send(f.stream[0], f.p, 0); return err },
		func(f *fixture) error { return unix.Send(f.stream[0], f.p, 0) }},
	{"Recv", callBatch, fill, nothing,
		func(f *fixture) error { _, err := sock.Recv(f.stream[1], f.p, 0); return err },
		func(f *fixture) error { _, _, err := unix.Recvfrom(f.stream[1], f.p, 0); return err }},
	{"TrySend", callBatch, nothing, drain,
		func(f *fixture) error { _, err := sock.TrySend(f.stream[0], f.p, 0); return err },
		nil},
	{"TryRecv", callBatch, fill, nothing,
		func(f *fixture) error { _, err := sock.TryRecv(f.stream[1], f.p, 0); return err },
		nil},
	{"Recvfrom", callBatch, fire, nothing,
		func(f *fixture) error { _, _, err := sock.Recvfrom(f.to, f.p, 0); return err },
		func(f *fixture) error { _, _, err := unix.Recvfrom(f.to, f.p, 0); return err }},
	{"Sendmsg", callBatch, nothing, drain,
		func(f *fixture) error { _, err := sock.Sendmsg(f.stream[0], &f.message, 0); return err },
		func(f *fixture) error { _, err := unix.SendmsgN(f.stream[0], f.p, nil, nil, 0); return err }},
	{"Recvmmsg", callBatch / callMany, fire, nothing,
		func(f *fixture) error { _, err := sock.Recvmmsg(f.to, f.batch, 0, nil); return err },
		nil},
	{"Accept", callBatch, dialAll, hangUp,
		func(f *fixture) error { fd, _, err := sock.Accept(f.listener); return f.accept(fd, err) },
		func(f *fixture) error {
			fd, _, err := unix.Accept4(f.listener, unix.SOCK_CLOEXEC)
			return f.accept(fd, err)
		}},
	{"EpollWait", callBatch, nothing, nothing,
		func(f *fixture) error { _, err := sock.EpollWait(f.epfd, f.events[:], 0); return err },
		func(f *fixture) error { _, err := unix.EpollWait(f.epfd, f.events[:], 0); return err }},
	{"Getsockopt", callBatch, nothing, nothing,
		func(f *fixture) error { _, err := sock.Getsockopt(f.to, sock.SO_RCVBUF); return err },
		func(f *fixture) error {
			_, err := unix.GetsockoptInt(f.to, unix.SOL_SOCKET, unix.SO_RCVBUF)
			return err
		}},
}

func nothing(*fixture) error { return nil }

// fill sends what a turn receives from the stream, and drain receives what it sent.
func fill(f *fixture) error  { _, err := sock.SendAll(f.stream[0], f.all, 0); return err }
func drain(f *fixture) error { _, err := sock.RecvFull(f.stream[1], f.all); return err }

// fire sends the datagrams that a turn receives.
func fire(f *fixture) error {
	for range callBatch {
		if _, err := sock.Send(f.from, f.p, 0); err != nil {
			return err
		}
	}
	return nil
}

func dialAll(f *fixture) error {
	for range callBatch {
		fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		f.dialed = append(f.dialed, fd)
		if err := sock.Connect(fd, f.address); err != nil {
			return err
		}
	}
	return nil
}

func (f *fixture) accept(fd int, err error) error {
	f.accepted = append(f.accepted, fd)
	return err
}

// hangUp resets the connections, so that none keeps its port.
func hangUp(f *fixture) error {
	for _, fd := range f.dialed {
		sock.Setsockopt(fd, sock.SO_LINGER, sock.Linger{Onoff: true})
	}
	for _, fd := range slices.Concat(f.dialed, f.accepted) {
		sock.Close(fd)
	}
	f.dialed, f.accepted = f.dialed[:0], f.accepted[:0]
	return nil
}

// turn makes a row's calls, and gives the time of one; 0 without a call.
func (f *fixture) turn(b *testing.B, row callRow, call func(*fixture) error) time.Duration {
	if call == nil {
		return 0
	}
	check(b, row.before(f))
	began := time.Now()
	for range row.times {
		if err := call(f); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began)
	check(b, row.after(f))
	return took / time.Duration(row.times)
}

// inC is peers/calls.c, waiting for turns. A nil one, where there is no C compiler, makes none.
type inC struct {
	in  io.Writer
	out *bufio.Reader
}

func startC(b *testing.B, args ...string) *inC {
	program := filepath.Join(b.TempDir(), "calls")
	if _, err := exec.LookPath("cc"); err != nil {
		b.Log("without C:", err)
		return nil
	}
	if text, err := exec.Command("cc", "-O2", "-Wall", "-pthread", "-o", program, "peers/calls.c").CombinedOutput(); err != nil {
		b.Fatalf("cc: %v: %s", err, text)
	}
	command := exec.Command(program, args...)
	in, err := command.StdinPipe()
	check(b, err)
	out, err := command.StdoutPipe()
	check(b, err)
	check(b, command.Start())
	b.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	return &inC{in, bufio.NewReader(out)}
}

func (c *inC) turn(b *testing.B, call string) time.Duration {
	if c == nil {
		return 0
	}
	var ns float64
	fmt.Fprintln(c.in, call)
	_, err := fmt.Fscanln(c.out, &ns)
	check(b, err)
	return time.Duration(ns)
}
