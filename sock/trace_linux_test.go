package sock_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// These lines are what they are on every architecture, where strace isn't there to compare.
func TestTraceLines(t *testing.T) {
	epfd, other := epoll(t), socket(t, AF_INET, SOCK_STREAM, 0)
	data := uint64(other) // the C union of 32 and 64 bits, with zeros after the first 32
	if Htons(1) == 1 {
		data <<= 32
	}
	lines := linesOf(func() {
		fd, err := Socket(AF_INET, SOCK_STREAM, 0)
		check(t, err)
		check(t, Setsockopt(fd, SO_REUSEADDR, true))
		check(t, Setsockopt(fd, SO_LINGER, Linger{Onoff: true, Seconds: 5}))
		check(t, Bind(fd, inet("127.0.0.1:0")))
		check(t, Listen(fd, 10))
		_, err = Getsockname(fd)
		check(t, err)
		check(t, EpollCtl(epfd, EPOLL_CTL_ADD, fd, &EpollEvent{Events: EPOLLIN, Fd: int32(other)}))
		check(t, Close(fd))
		Connect(other, inet("[fe80::1%1]:80"))
		Sendmsg(other, &Msg{Iov: [][]byte{[]byte("a\n\x00"), nil}, Control: AppendRights(nil, 1, 2)}, MSG_NOSIGNAL)
	})
	checkLines(t, lines,
		"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = %d",
		"setsockopt(%d, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
		"setsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0",
		`bind(%d, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0`,
		"listen(%d, 10) = 0",
		`getsockname(%d, {sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("127.0.0.1")}, [128 => 16]) = 0`,
		fmt.Sprintf("epoll_ctl(%%d, EPOLL_CTL_ADD, %%d, {events=EPOLLIN, data={u32=%d, u64=%d}}) = 0", other, data),
		"close(%d) = 0",
		`connect(%d, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=if_nametoindex("lo")}, 28) = -1 EAFNOSUPPORT (Address family not supported by protocol)`,
		`sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="a\n\0", iov_len=3}, {iov_base=NULL, iov_len=0}], msg_iovlen=2, msg_control=[{cmsg_len=%d, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[1, 2]}], msg_controllen=%d, msg_flags=0}, MSG_NOSIGNAL) = -1 EPIPE (Broken pipe)`)
}

// Whatever the kernel is given, its line can be written, and has an end.
func FuzzTrace(f *testing.F) {
	needKernel(f) // qemu-user crashes on what some seeds send
	f.Add(SOL_SOCKET, SCM_RIGHTS, AppendRights(nil, 1, 2))
	f.Add(IPPROTO_IP, unix.IP_PKTINFO, AppendControl(nil, CMSG_IP_TTL, 64))
	f.Add(AF_NETLINK, unix.NLMSG_ERROR, netlinkMessage(unix.NLMSG_ERROR, 0, strings.Repeat("\x01", 20)))
	f.Add(AF_NETLINK, unix.NLMSG_ERROR, nestedErrors(20))
	f.Add(SOL_SOCKET, unix.SCM_SECURITY, []byte("label"))
	f.Add(IPPROTO_IP, unix.IP_RECVERR, make([]byte, 48))
	f.Fuzz(func(t *testing.T, level, name int, data []byte) {
		lines := linesOf(func() {
			SetsockoptBytes(-1, level, name, data)
			if sa, err := Raw(level, data); err == nil {
				Sendmsg(-1, &Msg{Name: sa, Iov: [][]byte{data}, Control: data}, name)
			}
			Sendmsg(-1, &Msg{Name: Netlink(0, 0), Iov: [][]byte{data}, Control: AppendCmsg(nil, level, name, data)}, 0)
		})
		for _, line := range lines {
			if !strings.Contains(line, " = -1 E") || !strings.HasSuffix(line, ")") || len(line) > longestLine {
				t.Errorf("a line is %q", line)
			}
		}
	})
}

// straceNames are those names that are not their constant's.
var straceNames = []string{
	"MSG_PROBE", "FIONREAD", "TIOCOUTQ", "SO_RCVTIMEO_OLD", "SO_SNDTIMEO_OLD", "SO_TIMESTAMP_OLD", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPING_OLD",
	"IP_ORIGDSTADDR", "IPV6_ORIGDSTADDR", "IPV6_ADD_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP", "SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD",
}

// A name in the tables is that of the constant beside it, and stands once in its table.
func TestTraceNames(t *testing.T) {
	fset, files := sources(t)
	checked := 0
	for file, syntax := range files {
		if !strings.HasPrefix(file, "trace_") {
			continue
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			table, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			seen := map[string]bool{}
			for _, row := range table.Elts {
				constant, name := nameRow(row)
				if name == "" {
					continue
				}
				if constant != "" && name != constant && !slices.Contains(straceNames, name) || seen[name] {
					t.Errorf("%v: %s is called %s", fset.Position(row.Pos()), constant, name)
				}
				seen[name] = true
				checked++
			}
			return true
		})
	}
	if checked < 500 {
		t.Errorf("%d names were checked; there are more", checked)
	}
}

// nameRow takes a row of a table apart: a number, which has a constant's name or none, and a name.
func nameRow(row ast.Expr) (constant, name string) {
	pair, ok := row.(*ast.CompositeLit)
	if !ok || len(pair.Elts) != 2 {
		return "", ""
	}
	if selector, ok := pair.Elts[0].(*ast.SelectorExpr); ok {
		constant = selector.Sel.Name
	}
	if text, ok := pair.Elts[1].(*ast.BasicLit); ok {
		name, _ = strconv.Unquote(text.Value)
	}
	return constant, name
}

// BenchmarkTrace measures a call that does nothing, without a hook, and with one that drops the lines.
func BenchmarkTrace(b *testing.B) {
	fd := socket(b, AF_INET, SOCK_DGRAM, 0)
	p := make([]byte, pingSize)
	for _, c := range []struct {
		name string
		hook func(string)
	}{{"off", nil}, {"on", func(string) {}}} {
		b.Run(c.name, func(b *testing.B) {
			SetTrace(c.hook)
			defer SetTrace(nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Recv(fd, p, unix.MSG_DONTWAIT); err != EAGAIN {
					b.Fatal(err)
				}
			}
		})
	}
}
