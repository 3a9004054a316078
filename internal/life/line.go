package life

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shown are the arguments of a call that a picture has, by their positions in strace's line; of other calls it has all.
var shown = map[string][]int{
	"socket":     {0, 1},
	"bind":       {0, 1},
	"connect":    {0, 1},
	"listen":     {0, 1},
	"accept":     {0},
	"accept4":    {0},
	"sendto":     {0, 1, 4},
	"recvfrom":   {0, 1, 4},
	"sendmsg":    {0},
	"recvmsg":    {0},
	"sendmmsg":   {0},
	"recvmmsg":   {0},
	"splice":     {0, 2, 4},
	"sendfile":   {0, 1, 3},
	"shutdown":   {0, 1},
	"setsockopt": {0, 2, 3},
	"close":      {0},
	"fcntl":      {0, 1},
	"poll":       {0, 2},
	"ppoll":      {0, 2},
	"select":     {1, 2, 3, 4},
	"pselect6":   {1, 2, 3, 4},

	"epoll_ctl":    {0, 1, 2, 3},
	"epoll_wait":   {0, 3},
	"epoll_pwait":  {0, 3},
	"epoll_pwait2": {0, 3},
}

// longest is how many characters of an argument a picture has.
const longest = 28

// arguments takes the arguments of a call from strace's line for it, as a reader wants them: addresses as people write
// them, no lengths, and no flags that are always there.
func arguments(name, line string) (args []string) {
	text, ok := strings.CutPrefix(line, name+"(")
	if !ok {
		return nil
	}
	for i, arg := range timed(splitArguments(text)) {
		if positions, ok := shown[name]; ok && !slices.Contains(positions, i) {
			continue
		}
		if arg = plain(arg); arg != "NULL" && arg != "" {
			args = append(args, shortened(arg, longest))
		}
	}
	return args
}

// splitArguments splits at the commas between arguments, up to the parenthesis that ends them.
func splitArguments(text string) (args []string) {
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case depth > 0 && strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			args = append(args, strings.TrimSpace(text[start:i]))
			start = i + 1
			if c == ')' {
				return args
			}
		}
	}
	return args
}

// simpler are what strace writes at length, and what a reader wants instead.
var simpler = []struct {
	pattern pattern
	text    string
}{
	{lazily(`^\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)\}$`), "$2:$1"},
	{lazily(`^\{sa_family=AF_INET6, sin6_port=htons\((\d+)\), .*inet_pton\(AF_INET6, "([^"]*)".*sin6_scope_id=(?:if_nametoindex\("([^"]*)"\)|([1-9]\d*))\}$`), "[$2%$3$4]:$1"},
	{lazily(`^\{sa_family=AF_INET6, sin6_port=htons\((\d+)\), .*inet_pton\(AF_INET6, "([^"]*)".*\}$`), "[$2]:$1"},
	{lazily(`^\{sa_family=AF_UNIX, sun_path=(@?)"(.*)"\}$`), "$1$2"},
	{lazily(`^\{sa_family=AF_NETLINK, nl_pid=(\d+), nl_groups=\w+\}$`), "netlink:$1"},
	{lazily(`^\{sa_family=AF_UNSPEC, .*\}$`), "AF_UNSPEC"},
	{lazily(`^0x[0-9a-f]{6,}$`), ""}, // a pointer: the call failed
	{lazily(`\{fd=(\d+), r?events=([\w|]+)\}`), "$1 $2"},
	{lazily(`\{events=([\w|]+), data=\{u32=(\d+), u64=\d+\}\}`), "$2 $1"},
	{lazily(`\|SOCK_(CLOEXEC|NONBLOCK)`), ""},
	{lazily(`_OLD\b|_NEW\b`), ""},
	{lazily(`\b[lt]_?[a-z]+=|\btv_u?sec=`), ""},
}

func plain(arg string) string {
	for _, s := range simpler {
		arg = s.pattern().ReplaceAllString(arg, s.text)
	}
	return arg
}

// timeouts are the options whose value strace shows as bytes, and a reader wants as a time.
var timeouts = lazily(`^SO_(RCV|SND)TIMEO(_OLD|_NEW)?$`)

// timed has the time of such an option, where args have one.
func timed(args []string) []string {
	for i := 1; i < len(args); i++ {
		if d, ok := timeval(args[i]); ok && timeouts().MatchString(args[i-1]) {
			args[i] = d.String()
		}
	}
	return args
}

// timeval reads the bytes of struct timeval, as strace quotes them.
func timeval(quoted string) (d time.Duration, ok bool) {
	p := unquoted(quoted)
	var seconds, micros int64
	switch len(p) {
	case 8:
		seconds, micros = int64(int32(binary.NativeEndian.Uint32(p))), int64(int32(binary.NativeEndian.Uint32(p[4:])))
	case 16:
		seconds, micros = int64(binary.NativeEndian.Uint64(p)), int64(binary.NativeEndian.Uint64(p[8:]))
	default:
		return 0, false
	}
	return time.Duration(seconds)*time.Second + time.Duration(micros)*time.Microsecond, true
}

// escape is a byte as strace quotes it: up to three octal digits, a letter, or itself.
var escape = lazily(`\\([0-7]{1,3}|.)|[^\\"]`)

var escapedLetters = map[string]byte{"n": '\n', "t": '\t', "r": '\r', "f": '\f', "v": '\v'}

// unquoted are the bytes of a string that strace has quoted.
func unquoted(s string) (p []byte) {
	for _, m := range escape().FindAllStringSubmatch(s, -1) {
		n, err := strconv.ParseUint(m[1], 8, 8)
		switch letter, known := escapedLetters[m[1]]; {
		case known:
			p = append(p, letter)
		case m[1] != "" && err == nil:
			p = append(p, byte(n))
		default:
			p = append(p, m[0][len(m[0])-1])
		}
	}
	return p
}
