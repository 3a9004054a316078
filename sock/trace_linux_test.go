package sock_test

import (
	"fmt"
	"testing"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// These lines are the same on every architecture, and need no strace to compare with.
func TestTraceLines(t *testing.T) {
	epfd, other := epoll(t), socket(t, AF_INET, SOCK_STREAM, 0)
	data := uint64(other) // the C union of 32 and 64 bits, with the last 32 bits zero
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

// BenchmarkTrace measures a call that does nothing, without a hook and with a hook that discards the lines.
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
