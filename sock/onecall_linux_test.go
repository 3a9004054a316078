package sock_test

import (
	"cmp"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// oneCalls are calls, in an order in which none has to wait, and the one line that strace prints for each.
var oneCalls = []struct {
	name string
	call func(f *fixture) error
	want string
}{
	{"Socket", func(f *fixture) (err error) { f.fd, err = Socket(AF_INET, SOCK_STREAM, 0); return },
		`^socket\(AF_INET, SOCK_STREAM\|SOCK_CLOEXEC, `},
	{"Bind", func(f *fixture) error { return Bind(f.fd, f.loopback) }, `^bind\(\d+, \{sa_family=AF_INET, `},
	{"Listen", func(f *fixture) error { return Listen(f.fd, 1) }, `^listen\(\d+, 1\)`},
	{"Close", func(f *fixture) error { return Close(f.fd) }, `^close\(`},
	{"Socketpair", func(f *fixture) (err error) { f.pair, err = Socketpair(AF_UNIX, SOCK_DGRAM, 0); return },
		`^socketpair\(AF_UNIX, SOCK_DGRAM\|SOCK_CLOEXEC, `},
	{"Accept", func(f *fixture) (err error) { f.server, _, err = Accept(f.listener); return },
		`^accept4\(\d+, \{.*\}, \[128 => 16\], SOCK_CLOEXEC\)`},
	{"Accept4", func(f *fixture) (err error) { f.server4, _, err = Accept4(f.listener, SOCK_NONBLOCK); return },
		`^accept4\(\d+, \{.*\}, \[128 => 16\], SOCK_CLOEXEC\|SOCK_NONBLOCK\)`},
	{"Connect", func(f *fixture) error { return Connect(f.other, f.own) }, `^connect\(\d+, \{sa_family=AF_INET, `},
	{"Connect to Unspec", func(f *fixture) error { return Connect(f.other, Unspec()) }, `^connect\(\d+, \{sa_family=AF_UNSPEC, `},
	{"Getsockname", func(f *fixture) error { _, err := Getsockname(f.server); return err }, `^getsockname\(.* \[128 => 16\]\)`},
	{"Getpeername", func(f *fixture) error { _, err := Getpeername(f.server); return err }, `^getpeername\(.* \[128 => 16\]\)`},
	{"Send", func(f *fixture) error { _, err := Send(f.pair[0], []byte("send"), 0); return err },
		`^sendto\(\d+, "send", 4, 0, NULL, 0\) = 4`},
	{"Recv", func(f *fixture) error { _, err := Recv(f.pair[1], make([]byte, 64), 0); return err },
		`^recvfrom\(\d+, "send", 64, 0, NULL, NULL\) = 4`},
	{"TrySend", func(f *fixture) error { _, err := TrySend(f.pair[0], []byte("send"), MSG_NOSIGNAL); return err },
		`^sendto\(\d+, "send", 4, MSG_DONTWAIT\|MSG_NOSIGNAL, NULL, 0\) = 4`},
	{"TryRecv", func(f *fixture) error { _, err := TryRecv(f.pair[1], make([]byte, 64), MSG_TRUNC); return err },
		`^recvfrom\(\d+, "send", 64, MSG_TRUNC\|MSG_DONTWAIT, NULL, NULL\) = 4`},
	{"Send no bytes", func(f *fixture) error { _, err := Send(f.pair[0], nil, 0); return err },
		`^sendto\(\d+, (NULL|""), 0, 0, NULL, 0\) = 0`},
	{"Recv no bytes", func(f *fixture) error { _, err := Recv(f.pair[1], nil, 0); return err },
		`^recvfrom\(\d+, (NULL|""), 0, 0, NULL, NULL\) = 0`},
	{"SendAll", func(f *fixture) error { _, err := SendAll(f.pair[0], []byte("all"), 0); return err }, `^sendto\(.* = 3`},
	{"RecvFull", func(f *fixture) error { _, err := RecvFull(f.pair[1], make([]byte, 3)); return err }, `^recvfrom\(.* = 3`},
	{"SendFds", func(f *fixture) error { _, err := SendFds(f.pair[0], []byte("fd"), f.udp); return err },
		`^sendmsg\(.*"fd".*cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=\[\d+\].*, 0\) = 2`},
	{"RecvFds", func(f *fixture) error {
		_, fds, err := RecvFds(f.pair[1], make([]byte, 2), 1)
		f.received = fds
		return err
	}, `^recvmsg\(.*"fd".*cmsg_type=SCM_RIGHTS, cmsg_data=\[\d+\].*msg_controllen=(20|16), .*, MSG_CMSG_CLOEXEC\) = 2`},
	{"Sendto", func(f *fixture) error { _, err := Sendto(f.udp, []byte("to"), 0, f.own); return err },
		`^sendto\(\d+, "to", 2, 0, \{sa_family=AF_INET, .*\}, 16\) = 2`},
	{"Recvfrom", func(f *fixture) error { _, _, err := Recvfrom(f.udp, make([]byte, 64), 0); return err },
		`^recvfrom\(\d+, "to", 64, 0, \{sa_family=AF_INET, .*\}, \[128 => 16\]\) = 2`},
	{"Sendmsg", func(f *fixture) error {
		_, err := Sendmsg(f.udp, &Msg{Name: f.own, Iov: [][]byte{[]byte("one"), []byte("two")}}, 0)
		return err
	}, `^sendmsg\(\d+, \{msg_name=\{sa_family=AF_INET, .*\}, msg_namelen=16, msg_iov=\[\{iov_base="one", iov_len=3\}, \{iov_base="two", iov_len=3\}\], msg_iovlen=2, msg_controllen=0, .*\}, 0\) = 6`},
	{"Recvmsg", func(f *fixture) error { _, err := Recvmsg(f.udp, &Msg{Iov: [][]byte{make([]byte, 64)}}, 0); return err },
		`^recvmsg\(\d+, \{msg_name=\{sa_family=AF_INET, .*\}, msg_namelen=128 => 16, .*\}, 0\) = 6`},
	{"Sendmmsg", func(f *fixture) error {
		b := NewBatch(2, 3)
		b.Msg(0).Name, b.Msg(1).Name = f.own, f.own
		_, err := Sendmmsg(f.udp, b, 0)
		return err
	}, `^sendmmsg\(\d+, \[.*\], 2, 0\) = 2`},
	{"Recvmmsg", func(f *fixture) error { _, err := Recvmmsg(f.udp, NewBatch(2, 64), 0, nil); return err },
		`^recvmmsg\(\d+, \[.*\], 2, MSG_CMSG_CLOEXEC, NULL\) = 2`},
	{"SendBatch", func(f *fixture) error {
		b := NewBatch(2, 3)
		b.Msg(0).Name, b.Msg(1).Name = f.own, f.own
		_, err := SendBatch(f.udp, b, 0)
		return err
	}, `^sendmmsg\(\d+, \[.*\], 2, 0\) = 2`},
	{"Recvmmsg after SendBatch", func(f *fixture) error { _, err := Recvmmsg(f.udp, NewBatch(2, 64), 0, nil); return err },
		`^recvmmsg\(\d+, \[.*\], 2, MSG_CMSG_CLOEXEC, NULL\) = 2`},
	{"Shutdown", func(f *fixture) error { return Shutdown(f.server, SHUT_WR) }, `^shutdown\(\d+, SHUT_WR\)`},
	{"Getsockopt int", func(f *fixture) error { _, err := Getsockopt(f.server, SO_RCVBUF); return err },
		`^getsockopt\(\d+, SOL_SOCKET, SO_RCVBUF, \[\d+\], \[4\]\)`},
	{"Getsockopt string", func(f *fixture) error { _, err := Getsockopt(f.server, TCP_CONGESTION); return err },
		`^getsockopt\(\d+, SOL_TCP, TCP_CONGESTION, `},
	{"Getsockopt struct", func(f *fixture) error { _, err := Getsockopt(f.server, TCP_INFO); return err },
		`^getsockopt\(\d+, SOL_TCP, TCP_INFO, `},
	{"Setsockopt bool", func(f *fixture) error { return Setsockopt(f.server, SO_KEEPALIVE, true) },
		`^setsockopt\(\d+, SOL_SOCKET, SO_KEEPALIVE, \[1\], 4\)`},
	{"Setsockopt linger", func(f *fixture) error { return Setsockopt(f.server, SO_LINGER, Linger{true, 5}) },
		`^setsockopt\(\d+, SOL_SOCKET, SO_LINGER, \{l_onoff=1, l_linger=5\}, 8\)`},
	{"Setsockopt string", func(f *fixture) error { return Setsockopt(f.server, TCP_CONGESTION, "reno") },
		`^setsockopt\(\d+, SOL_TCP, TCP_CONGESTION, .*, 4\)`},
	{"GetsockoptBytes", func(f *fixture) error {
		_, err := GetsockoptBytes(f.server, SOL_SOCKET, SO_TYPE.Number(), make([]byte, 64))
		return err
	}, `^getsockopt\(\d+, SOL_SOCKET, SO_TYPE, .*\[64 => 4\]\)`},
	{"SetsockoptBytes", func(f *fixture) error {
		return SetsockoptBytes(f.server, SOL_SOCKET, SO_KEEPALIVE.Number(), make([]byte, 4))
	}, `^setsockopt\(\d+, SOL_SOCKET, SO_KEEPALIVE, \[0\], 4\)`},
	{"SocketError", func(f *fixture) error { return SocketError(f.server) }, `^getsockopt\(\d+, SOL_SOCKET, SO_ERROR, \[0\], \[4\]\)`},
	{"SetNonblock", func(f *fixture) error { return SetNonblock(f.udp, true) }, `^ioctl\(\d+, FIONBIO, \[1\]\)`},
	{"SetInheritable", func(f *fixture) error { return SetInheritable(f.udp, false) }, `^fcntl\(\d+, F_SETFD, FD_CLOEXEC\)`},
	{"Poll", func(f *fixture) error {
		_, err := Poll([]Pollfd{{Fd: int32(f.udp), Events: POLLOUT}}, 1000)
		return err
	},
		`^p?poll\(\[\{fd=\d+, events=POLLOUT\}\], 1, .*revents=POLLOUT`},
	{"EpollCreate1", func(f *fixture) (err error) { f.epfd, err = EpollCreate1(0); return }, `^epoll_create1\(EPOLL_CLOEXEC\)`},
	{"EpollCtl", func(f *fixture) error { return EpollCtl(f.epfd, EPOLL_CTL_ADD, f.udp, &EpollEvent{Events: EPOLLOUT}) },
		`^epoll_ctl\(\d+, EPOLL_CTL_ADD, \d+, \{events=EPOLLOUT, `},
	{"EpollWait", func(f *fixture) error { _, err := EpollWait(f.epfd, make([]EpollEvent, 4), 1000); return err },
		`^epoll_p?wait\(\d+, \[\{events=EPOLLOUT, .*\}\], 4, 1000.* = 1`},
}

// fixture holds the sockets and addresses that the oneCalls use and create.
type fixture struct {
	loopback, own        Sockaddr
	listener, udp, other int
	fd, server, server4  int
	epfd                 int
	pair                 [2]int
	received             []int
}

// TestOneCall runs this program under strace, where it makes each call between two access(2) calls whose path
// says which one it is. The traced calls don't include the runtime's own, such as futex(2). mmap(2), with
// which the heap grows, is ignored.
func TestOneCall(t *testing.T) {
	if underStrace() {
		makeOneCalls(t)
		return
	}
	made := callsBetweenMarks(strace(t, "-e", everyCall))
	for i, c := range oneCalls {
		got := made[strconv.Itoa(i)]
		if len(got) != 1 || !regexp.MustCompile(c.want).MatchString(got[0]) {
			t.Errorf("%s makes %d system calls: %q, want one that matches %s", c.name, len(got), got, c.want)
		}
	}
}

// TestOneSubmit is TestOneCall for a ring, whose two mappings are ignored like the heap's.
func TestOneSubmit(t *testing.T) {
	r := newRing(t, 4)
	a, b := pair(t, SOCK_STREAM)
	p := make([]byte, 64)
	oneCallEach(t, []waitCall{
		{"NewRing", func() error {
			r, err := NewRing(3)
			t.Cleanup(func() { r.Close() })
			return err
		}, `^io_uring_setup\(3, \{flags=IORING_SETUP_SUBMIT_ALL, .*sq_entries=4, `},
		{"Submit", func() error {
			for range 2 {
				r.Send(a, p, 0)
				r.Recv(b, p, 0)
			}
			return r.Submit()
		}, `^io_uring_enter\(\d+, 4, 0, 0, NULL, (0|8)\) = 4`},
		{"Close", r.Close, `^close\(\d+\) = 0`},
	})
}

// mark leaves a line in the trace.
func mark(s string) { unix.Access("mark/"+s, 0) }

func makeOneCalls(t *testing.T) {
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	f := &fixture{loopback: inet("127.0.0.1:0")}
	f.udp = bound(t, AF_INET, SOCK_DGRAM, f.loopback)
	f.own = name(t, f.udp)
	f.other = socket(t, AF_INET, SOCK_DGRAM, 0)
	var sa Sockaddr
	f.listener, sa = listener(t)
	check(t, Connect(socket(t, AF_INET, SOCK_STREAM, 0), sa))
	check(t, Connect(socket(t, AF_INET, SOCK_STREAM, 0), sa))
	for i, c := range oneCalls {
		mark(strconv.Itoa(i))
		err := c.call(f)
		mark("end")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, fd := range append(f.received, f.server, f.server4, f.epfd, f.pair[0], f.pair[1]) {
		check(t, Close(fd))
	}
}

var (
	tracedLine = regexp.MustCompile(`^(\d+) +(.*)$`)
	padding    = regexp.MustCompile(`\) +=`)
	resumed    = regexp.MustCompile(`^<\.\.\. \w+ resumed>`)
	markedPath = regexp.MustCompile(`^faccessat2?\(.*"mark/(\w+)"`)
)

// callsBetweenMarks returns the calls that follow each mark in the thread that left it, up to the next mark. It joins
// lines that strace split because another thread made a call. A call that the kernel restarts after a signal, unseen by
// the program, has a line for each start: the first has the arguments of the program, since the kernel continues with
// the remaining time, and the last has the result.
func callsBetweenMarks(text string) map[string][]string {
	calls := map[string][]string{}
	marks, unfinished, interrupted := map[string]string{}, map[string]string{}, map[string]string{}
	for line := range strings.Lines(text) {
		m := tracedLine.FindStringSubmatch(strings.TrimSpace(padding.ReplaceAllString(line, ") =")))
		if m == nil {
			continue
		}
		thread, call := m[1], m[2]
		if begun, ok := strings.CutSuffix(call, " <unfinished ...>"); ok {
			unfinished[thread] = begun
			continue
		}
		call = resumed.ReplaceAllString(call, strings.ReplaceAll(unfinished[thread], "$", "$$"))
		if begun, _, ok := strings.Cut(call, ") = ? ERESTART"); ok {
			interrupted[thread] = cmp.Or(interrupted[thread], begun)
			continue
		}
		if begun := interrupted[thread]; begun != "" {
			call = begun + call[max(0, strings.LastIndex(call, ") = ")):]
			delete(interrupted, thread)
		}
		if m := markedPath.FindStringSubmatch(call); m != nil {
			marks[thread] = m[1]
		} else if marks[thread] != "" && !strings.HasPrefix(call, "mmap") {
			calls[marks[thread]] = append(calls[marks[thread]], call)
		}
	}
	return calls
}

func TestCallsBetweenMarks(t *testing.T) {
	calls := callsBetweenMarks(`7 faccessat2(AT_FDCWD, "mark/1", F_OK, 0) = -1 ENOENT (No such file or directory)
7 send(3, "x", 1, 0 <unfinished ...>
8 close(9)          = 0
7 <... send resumed>) = 1
7 ppoll(NULL, 0, {tv_sec=0, tv_nsec=9}, NULL, 8) = ? ERESTARTNOHAND (To be restarted if no handler)
7 ppoll(NULL, 0, {tv_sec=0, tv_nsec=4}, NULL, 8) = ? ERESTARTNOHAND (To be restarted if no handler)
7 ppoll(NULL, 0, {tv_sec=0, tv_nsec=0}, NULL, 8) = 0 (Timeout)
7 poll([{fd=3, events=POLLIN}], 1, 9) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)
7 restart_syscall(<... resuming interrupted poll ...>) = 0 (Timeout)
7 faccessat2(AT_FDCWD, "mark/2", F_OK, 0) = -1 ENOENT (No such file or directory)
7 close(3)          = 0
`)
	want := []string{`send(3, "x", 1, 0) = 1`, "ppoll(NULL, 0, {tv_sec=0, tv_nsec=9}, NULL, 8) = 0 (Timeout)", "poll([{fd=3, events=POLLIN}], 1, 9) = 0 (Timeout)"}
	if !slices.Equal(calls["1"], want) || !slices.Equal(calls["2"], []string{"close(3) = 0"}) {
		t.Errorf("calls = %q, want %q and one more", calls, want)
	}
}
