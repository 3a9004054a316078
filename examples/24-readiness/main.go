// 24-readiness shows that what poll reports may be out of date when you act on it, and what signals do to calls that wait.
//
//	go run ./examples/24-readiness
//
// New here: BUGS of select(2), O_NONBLOCK of fcntl(2), EINTR and SA_RESTART of signal(7).
//
// Try: strace -f on it: each signal interrupts the last recv (ERESTARTSYS), and the kernel makes the call again. Leave out
// the line that sets SO_RCVTIMEO to 0: then it fails with EINTR, too.
//
// What breaks it: a blocking socket in an event loop. If the byte, the datagram or the client is gone when you call recv or
// accept, the loop waits for it, and every client with it.
//
// Remember: poll hints; O_NONBLOCK keeps the promise.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"example.com/berkeley/sock"
)

func main() {
	stolen()
	interrupted()
}

// stolen: between poll and recv, another reader takes the byte. The same happens when two threads wait for one listener.
func stolen() {
	fmt.Println("another reader is faster")
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	other, err := sock.Dup(fds[1])
	check("dup", err)
	defer sock.Close(other)

	_, err = sock.Send(fds[0], []byte("a"), 0)
	check("send", err)
	n, err := poll(fds[1])
	fmt.Printf("  poll = %d, %v\n", n, err)
	n, err = sock.Recv(other, make([]byte, 1), 0)
	fmt.Printf("  the other reader: recv = %d, %v\n", n, err)

	// A blocking recv would wait for ever now. With a time limit, it waits that long.
	check("setsockopt", sock.Setsockopt(fds[1], sock.SO_RCVTIMEO, time.Second))
	start := time.Now()
	_, err = sock.Recv(fds[1], make([]byte, 1), 0)
	fmt.Printf("  a blocking recv: %v, and it waited: %t\n", err, time.Since(start) > time.Second/2)
	check("ioctl", sock.SetNonblock(fds[1], true))
	_, err = sock.Recv(fds[1], make([]byte, 1), 0)
	fmt.Printf("  a non-blocking recv: %v, at once\n", err)
}

// interrupted: Go's runtime handles signals with SA_RESTART. That restarts recv, except if it has a time limit, but never poll.
func interrupted() {
	fmt.Println("signals")
	fds, err := sock.Socketpair(sock.AF_UNIX, sock.SOCK_STREAM, 0)
	check("socketpair", err)
	defer sock.Close(fds[0])
	defer sock.Close(fds[1])
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)

	stop := sendSignals()
	_, err = sock.Poll([]sock.Pollfd{{Fd: int32(fds[1]), Events: sock.POLLIN}}, -1)
	stop()
	fmt.Println("  poll:", err)

	stop = sendSignals()
	check("setsockopt", sock.Setsockopt(fds[1], sock.SO_RCVTIMEO, time.Hour))
	_, err = sock.Recv(fds[1], make([]byte, 1), 0)
	stop()
	fmt.Println("  recv with a time limit of an hour:", err)

	stop = sendSignals()
	check("setsockopt", sock.Setsockopt(fds[1], sock.SO_RCVTIMEO, 0))
	time.AfterFunc(100*time.Millisecond, func() { sock.Send(fds[0], []byte("a"), 0) })
	n, err := sock.Recv(fds[1], make([]byte, 1), 0)
	stop()
	fmt.Printf("  recv = %d, %v\n", n, err)
}

// init keeps main in the process's first thread, to which the kernel delivers a process's signals.
func init() { runtime.LockOSThread() }

// sendSignals sends this process a signal every millisecond, until the returned function is called.
func sendSignals() (stop func()) {
	quit, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(time.Millisecond):
				check("kill", syscall.Kill(os.Getpid(), syscall.SIGUSR1))
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

func poll(fd int) (int, error) {
	return sock.Retry(func() (int, error) {
		return sock.Poll([]sock.Pollfd{{Fd: int32(fd), Events: sock.POLLIN}}, -1)
	})
}

// check ends the program where a call fails that shouldn't.
func check(call string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", call, err)
		os.Exit(1)
	}
}
