package sock_test

import (
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// watching returns a filter that reports the calls with the given numbers, at most 255 of them.
func watching(calls ...uint32) []unix.SockFilter {
	filter := []unix.SockFilter{filterLoad(0)}
	for i, nr := range calls {
		filter = append(filter, filterJump(nr, uint8(len(calls)-i), 0))
	}
	return append(filter, filterReturn(unix.SECCOMP_RET_ALLOW), filterReturn(unix.SECCOMP_RET_USER_NOTIF))
}

// playedKernel is a thread on which a test answers some system calls itself.
type playedKernel struct{ *watchedThread }

// stopCall ends a play. Nothing else makes this call, and it never reaches the kernel, because it is answered too.
const stopCall = unix.SYS_VHANGUP

func playKernel(t *testing.T, calls ...uint32) playedKernel {
	t.Helper()
	return playedKernel{newWatchedThread(t, watching(append(calls, stopCall)...))}
}

// play runs f on the thread, where answer decides what each call returns. A loop that doesn't end by itself eventually
// gets EBADF, which no test expects.
func (k playedKernel) play(f func(), answer func(n notification) response) {
	stopped := make(chan struct{})
	tooLate := time.Now().Add(20 * time.Second)
	go func() {
		defer close(stopped)
		for {
			n := k.notified()
			if n.nr == stopCall {
				k.respond(response{id: n.id})
				return
			}
			r := answer(n)
			if time.Now().After(tooLate) {
				r = response{errno: -int32(EBADF)}
			}
			r.id = n.id
			k.respond(r)
		}
	}()
	k.call(f)
	k.call(func() { unix.Syscall(stopCall, 0, 0, 0) })
	<-stopped
}

// goesOn lets the kernel execute the call.
var goesOn = response{flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
