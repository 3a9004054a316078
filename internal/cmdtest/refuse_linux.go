package cmdtest

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Call is a system call to refuse, as an older kernel or a sandbox would.
type Call struct {
	Number int         // unix.SYS_EPOLL_PWAIT2
	Args   map[int]int // refuse only calls with these values, by the argument's position
}

// refuseArg as the first argument asks a test program to execute another one, with calls refused.
const refuseArg = "cmdtest-refuse"

// Refused returns a command that runs a program whose calls the kernel refuses with errno: seccomp(2). It starts this
// test's own program, in which Main executes the other one. Where seccomp isn't available it skips the test.
func Refused(t testing.TB, errno syscall.Errno, calls []Call, name string, args ...string) *exec.Cmd {
	t.Helper()
	if why := cannotRefuse(); why != "" {
		t.Skip("seccomp cannot refuse system calls here:", why)
	}
	return launcher(errno, calls, name, args...)
}

func launcher(errno syscall.Errno, calls []Call, name string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return exec.Command(self, slices.Concat([]string{refuseArg, strconv.Itoa(int(errno)), encodeCalls(calls), name}, args)...)
}

// cannotRefuse returns why seccomp cannot refuse calls here, or "" if it can.
var cannotRefuse = sync.OnceValue(func() string {
	out, err := launcher(unix.ENOSYS, []Call{{Number: unix.SYS_ACCT}}, "/bin/true").CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return ""
})

// RunRefused is Run for a program whose calls the kernel refuses.
func RunRefused(t testing.TB, errno syscall.Errno, calls []Call, name string, args ...string) Result {
	t.Helper()
	cmd := Refused(t, errno, calls, name, args...)
	return Run(t, nil, cmd.Path, cmd.Args[1:]...)
}

// encodeCalls formats calls as 54:1=6,2=1;441.
func encodeCalls(calls []Call) string {
	var text []string
	for _, call := range calls {
		s, sep := strconv.Itoa(call.Number), ":"
		for arg, value := range call.Args {
			s += fmt.Sprintf("%s%d=%d", sep, arg, value)
			sep = ","
		}
		text = append(text, s)
	}
	return strings.Join(text, ";")
}

func decodeCalls(text string) (calls []Call, err error) {
	for s := range strings.SplitSeq(text, ";") {
		number, args, _ := strings.Cut(s, ":")
		call := Call{Args: make(map[int]int)}
		if call.Number, err = strconv.Atoi(number); err != nil {
			return nil, err
		}
		for pair := range strings.SplitSeq(args, ",") {
			var arg, value int
			if n, _ := fmt.Sscanf(pair, "%d=%d", &arg, &value); n == 2 {
				call.Args[arg] = value
			}
		}
		calls = append(calls, call)
	}
	return calls, nil
}

func init() { becomeRefused = become }

// become executes another program in this process if the arguments ask for it.
func become() {
	if len(os.Args) < 5 || os.Args[1] != refuseArg {
		return
	}
	err := refuse(os.Args[2], os.Args[3])
	if err == nil {
		err = syscall.Exec(os.Args[4], os.Args[4:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// refuse makes the kernel refuse calls of this thread, and of the program that it executes.
func refuse(errno, calls string) error {
	e, err := strconv.Atoi(errno)
	if err != nil {
		return err
	}
	decoded, err := decodeCalls(calls)
	if err != nil {
		return err
	}
	filter := refusals(uint32(e), decoded)
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	program := &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	defer runtime.KeepAlive(program)
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, reflect.ValueOf(program).Pointer(), 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// refusals returns a filter for seccomp(2) that refuses calls. It reads struct seccomp_data.
func refusals(errno uint32, calls []Call) []unix.SockFilter {
	const argsOffset = 16
	var low uint32 // the offset of an argument's lower half
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		low = 4
	}
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	// unless skips instructions if the loaded word differs from value.
	unless := func(value uint32, skip int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: uint8(skip), K: value}
	}
	ret := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	var filter []unix.SockFilter
	for _, call := range calls {
		left := 2*len(call.Args) + 1
		filter = append(filter, load(0), unless(uint32(call.Number), left))
		for arg, value := range call.Args {
			left -= 2
			filter = append(filter, load(argsOffset+8*uint32(arg)+low), unless(uint32(value), left))
		}
		filter = append(filter, ret(unix.SECCOMP_RET_ERRNO|errno))
	}
	return append(filter, ret(unix.SECCOMP_RET_ALLOW))
}
