package sock_test

import (
	"encoding/binary"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// answeredFd is not an open descriptor. An answerer answers the calls that use it.
const answeredFd = 1 << 30

// answerer replaces the kernel, with seccomp(2), for getsockopt(2) and setsockopt(2) of answeredFd on one thread.
type answerer struct {
	mu    sync.Mutex
	given []byte // the value that getsockopt(2) writes, as far as it fits
	extra uint32 // by how much it overstates the length
	taken []byte // the value passed to setsockopt(2)

	*watchedThread
}

// watchedThread is a thread on which seccomp(2) reports some calls to a descriptor, and holds them until a response.
type watchedThread struct {
	listener int
	calls    chan func()
	called   chan struct{}
}

// notification is struct seccomp_notif with its struct seccomp_data; response is struct seccomp_notif_resp.
type (
	notification struct {
		id         uint64
		pid, flags uint32
		nr         int32
		arch       uint32
		ip         uint64
		args       [6]uint64
	}
	response struct {
		id    uint64
		val   int64
		errno int32
		flags uint32
	}
)

// stopLevel is the level of the option that ends an answerer.
const stopLevel = 99

func newAnswerer(t testing.TB) *answerer {
	t.Helper()
	firstArg := uint32(16) // struct seccomp_data, the lower 32 bits
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		firstArg += 4
	}
	k := &answerer{watchedThread: newWatchedThread(t, []unix.SockFilter{
		filterLoad(0),
		filterJump(unix.SYS_GETSOCKOPT, 1, 0),
		filterJump(unix.SYS_SETSOCKOPT, 0, 3),
		filterLoad(firstArg),
		filterJump(answeredFd, 0, 1),
		filterReturn(unix.SECCOMP_RET_USER_NOTIF),
		filterReturn(unix.SECCOMP_RET_ALLOW),
	})}
	answered := make(chan struct{})
	go func() { defer close(answered); k.answer() }()
	t.Cleanup(func() {
		k.call(func() { SetsockoptBytes(answeredFd, stopLevel, 0, nil) })
		<-answered
	})
	return k
}

func filterJump(k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

func filterLoad(k uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: k}
}

func filterReturn(k uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
}

func newWatchedThread(t testing.TB, filter []unix.SockFilter) *watchedThread {
	t.Helper()
	k := &watchedThread{calls: make(chan func()), called: make(chan struct{})}
	started := make(chan syscall.Errno)
	go k.run(filter, started)
	if e := <-started; e != 0 {
		close(k.calls)
		t.Skip("cannot watch system calls: seccomp:", e)
	}
	procs := runtime.GOMAXPROCS(max(3, runtime.GOMAXPROCS(0))) // the answering goroutine must not wait for the calling one
	t.Cleanup(func() {
		close(k.calls)
		runtime.GOMAXPROCS(procs)
		check(t, Close(k.listener))
	})
	return k
}

// call runs f on the thread.
func (k *watchedThread) call(f func()) {
	k.calls <- f
	<-k.called
}

// run never unlocks its thread, so that the thread, with its filter and signal mask, ends with this goroutine.
func (k *watchedThread) run(filter []unix.SockFilter, started chan<- syscall.Errno) {
	runtime.LockOSThread()
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// A signal, such as those that Go's runtime sends, would restart a call before it is answered, again and again.
	var signals unix.Sigset_t
	for i := range signals.Val {
		signals.Val[i]--
	}
	unix.PthreadSigmask(unix.SIG_BLOCK, &signals, nil)
	unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	fd, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	k.listener = int(fd)
	started <- e
	for f := range k.calls {
		f()
		k.called <- struct{}{}
	}
}

// notified waits for the next call. A call that is interrupted meanwhile, which ENOENT reports, starts again.
func (k *watchedThread) notified() notification {
	for {
		var n notification
		switch _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(k.listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n))); e {
		case 0:
			return n
		case EINTR, ENOENT:
		default:
			panic(e)
		}
	}
}

// respond answers a call. It returns false if the call was interrupted. The call then starts again, with another
// notification: seccomp_unotify(2).
func (k *watchedThread) respond(r response) bool {
	switch _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(k.listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r))); e {
	case 0:
		return true
	case ENOENT:
		return false
	default:
		panic(e)
	}
}

func (k *answerer) answer() {
	for {
		n := k.notified()
		if n.nr == unix.SYS_GETSOCKOPT {
			k.give(uintptr(n.args[3]), uintptr(n.args[4]))
		} else {
			k.take(uintptr(n.args[3]), int(n.args[4]))
		}
		if k.respond(response{id: n.id}) && n.args[1] == stopLevel {
			return
		}
	}
}

func (k *answerer) give(pointer, length uintptr) {
	k.mu.Lock()
	defer k.mu.Unlock()
	room := binary.NativeEndian.Uint32(readMemory(length, 4))
	value := k.given[:min(len(k.given), int(room))]
	writeMemory(pointer, value)
	writeMemory(length, binary.NativeEndian.AppendUint32(nil, uint32(len(value))+k.extra))
}

func (k *answerer) take(pointer uintptr, length int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken = readMemory(pointer, length)
}

// gives sets the value that getsockopt(2) returns.
func (k *answerer) gives(value []byte, extra uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.given, k.extra = value, extra
}

// took returns the value that was passed to setsockopt(2), nil if the pointer was invalid.
func (k *answerer) took() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.taken
}

// readMemory and writeMemory access this process's memory by address, as the kernel does.
func readMemory(address uintptr, size int) []byte {
	if address == 0 || size == 0 {
		return nil
	}
	p := make([]byte, size)
	moveMemory(unix.ProcessVMReadv, address, p)
	return p
}

func writeMemory(address uintptr, p []byte) {
	if len(p) > 0 {
		moveMemory(unix.ProcessVMWritev, address, p)
	}
}

func moveMemory(move func(int, []unix.Iovec, []unix.RemoteIovec, uint) (int, error), address uintptr, p []byte) {
	local := []unix.Iovec{{Base: &p[0]}}
	local[0].SetLen(len(p))
	if n, err := move(os.Getpid(), local, []unix.RemoteIovec{{Base: address, Len: len(p)}}, 0); n != len(p) {
		panic(err)
	}
}
