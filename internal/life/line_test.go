package life

import (
	"slices"
	"testing"
)

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       []string
	}{
		{"socket", "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3", []string{"AF_INET", "SOCK_STREAM"}},
		{"connect", `connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.2")}, 16) = 0`, []string{"3", "10.0.0.2:80"}},
		{"connect", `connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0`, []string{"3", "[::1]:80"}},
		{"connect", `connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=if_nametoindex("lo")}, 28) = 0`, []string{"3", "[fe80::1%lo]:80"}},
		{"connect", `connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=17}, 28) = 0`, []string{"3", "[fe80::1%17]:80"}},
		{"bind", `bind(3, {sa_family=AF_UNIX, sun_path=@"a)b, \"c"}, 12) = 0`, []string{"3", `@a)b, \"c`}},
		{"sendto", `sendto(3, "a, b)", 5, MSG_NOSIGNAL, NULL, 0) = 5`, []string{"3", `"a, b)"`}},
		{"recvfrom", `recvfrom(3, "\")\\", 5, 0, NULL, NULL) = 3`, []string{"3", `"\")\\"`}},
		{"close", "close(3) = 0", []string{"3"}},
		{"unknown", "unknown(1, {2, [3, 4]}, NULL) = 0", []string{"1", "{2, [3, 4]}"}},
		{"cut", "cut(1, \"without an end", []string{"1"}},
		{"setsockopt", `setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\n\0\0\0\0\0\0\0\240\206\1\0\0\0\0\0", 16) = 0`, []string{"3", "SO_RCVTIMEO", "10.1s"}},
		{"setsockopt", `setsockopt(3, SOL_SOCKET, SO_SNDTIMEO_NEW, "\"\0\0\0\0\0\0\0\\\0\0\0\0\0\0\0", 16) = 0`, []string{"3", "SO_SNDTIMEO", "34.000092s"}},
		{"setsockopt", `setsockopt(3, SOL_TCP, TCP_CONGESTION, "12345678", 8) = 0`, []string{"3", "TCP_CONGESTION", `"12345678"`}},
		{"other", "not its line", nil},
	} {
		if got := arguments(tt.name, tt.line); !slices.Equal(got, tt.want) {
			t.Errorf("arguments(%q, %q) = %q, want %q", tt.name, tt.line, got, tt.want)
		}
	}
}
