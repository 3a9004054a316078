//go:build linux

// Command raw is the C servers in Go: the same system calls, epoll.c's or with -udp datagram.c's, of which Go's scheduler
// is not told. To it, a thread that waits in one is busy. A program that does more can't have that: other goroutines and the
// garbage collector may have to wait for the call.
package main

import (
	"fmt"
	"log"
	"os"
	"reflect"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	size       = 64 << 10
	maxClients = 1 << 16
)

var (
	// The kernel reads and writes these. Global variables don't move.
	buffer [size]byte
	events [128]unix.EpollEvent
	event  unix.EpollEvent
	peer   unix.RawSockaddrInet4
	length [1]uint32
	one    = [1]int32{1}

	epfd    uintptr
	clients [maxClients][]byte // what is owed to each, by descriptor
)

// address is where the kernel finds a variable, or a slice's elements. What was allocated doesn't move either.
func address(pointer any) uintptr { return reflect.ValueOf(pointer).Pointer() }

var (
	bufferAt = address(&buffer)
	eventsAt = address(&events)
	eventAt  = address(&event)
	peerAt   = address(&peer)
	lengthAt = address(&length)
	oneAt    = address(&one)
)

func check(call string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", call, err)
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-udp" {
		echoDatagrams(open("udp", unix.SOCK_DGRAM))
	}
	listener := open("tcp", unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	check("epoll_create1", err)
	epfd = uintptr(fd)
	watch(unix.EPOLL_CTL_ADD, listener, unix.EPOLLIN)
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, epfd, eventsAt, uintptr(len(events)), ^uintptr(0), 0, 0)
		if errno != 0 && errno != unix.EINTR {
			log.Fatal("epoll_pwait: ", errno)
		}
		for _, e := range events[:max(0, int(n))] {
			switch fd := uintptr(e.Fd); {
			case fd == listener:
				take(listener)
			case e.Events&unix.EPOLLOUT != 0:
				flush(fd)
			default:
				echo(fd)
			}
		}
	}
}

// open opens a socket on a port of its own, and says where it is.
func open(network string, kind int) uintptr {
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
	check("socket", err)
	check("bind", unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	if network == "tcp" {
		check("listen", unix.Listen(fd, 4096))
	}
	name, err := unix.Getsockname(fd)
	check("getsockname", err)
	fmt.Printf("listening on %s://127.0.0.1:%d\n", network, name.(*unix.SockaddrInet4).Port)
	return uintptr(fd)
}

func watch(operation, fd uintptr, ready uint32) {
	event = unix.EpollEvent{Events: ready, Fd: int32(fd)}
	if _, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, epfd, operation, fd, eventAt, 0, 0); errno != 0 {
		log.Fatal("epoll_ctl: ", errno)
	}
}

func take(listener uintptr) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, listener, 0, 0, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return
	}
	if fd >= maxClients {
		log.Fatal("more clients than ", maxClients)
	}
	syscall.RawSyscall6(unix.SYS_SETSOCKOPT, fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, oneAt, 4, 0)
	watch(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN)
}

func forget(fd uintptr) {
	clients[fd] = nil
	syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
}

func echo(fd uintptr) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, fd, bufferAt, size, 0, 0, 0)
	if errno == unix.EAGAIN {
		return
	}
	if errno != 0 || n == 0 {
		forget(fd)
		return
	}
	sent, errno := send(fd, bufferAt, n)
	switch {
	case errno != 0:
		forget(fd)
	case sent < n:
		clients[fd] = append([]byte(nil), buffer[sent:n]...)
		watch(unix.EPOLL_CTL_MOD, fd, unix.EPOLLOUT)
	}
}

func flush(fd uintptr) {
	sent, errno := send(fd, address(clients[fd]), uintptr(len(clients[fd])))
	if errno != 0 {
		forget(fd)
		return
	}
	if clients[fd] = clients[fd][sent:]; len(clients[fd]) == 0 {
		clients[fd] = nil
		watch(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN)
	}
}

func send(fd, from, n uintptr) (sent uintptr, errno syscall.Errno) {
	sent, _, errno = syscall.RawSyscall6(unix.SYS_SENDTO, fd, from, n, unix.MSG_NOSIGNAL, 0, 0)
	if errno == unix.EAGAIN {
		return 0, 0
	}
	return sent, errno
}

func echoDatagrams(fd uintptr) {
	for {
		length[0] = unix.SizeofSockaddrInet4
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, fd, bufferAt, size, 0, peerAt, lengthAt)
		if errno == 0 {
			syscall.RawSyscall6(unix.SYS_SENDTO, fd, bufferAt, n, 0, peerAt, uintptr(length[0]))
		}
	}
}
