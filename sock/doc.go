//go:build unix

// Package sock is the Berkeley socket API for Go: the calls of the C library under their own names, on raw file
// descriptors, with nothing between the caller and the kernel.
//
//	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
//	err = sock.Connect(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:6543")))
//	n, err := sock.SendAll(fd, []byte("Hello, world"), 0)
//	err = sock.Shutdown(fd, sock.SHUT_WR)
//	answer, err := sock.RecvAll(fd, 1<<20)
//	err = sock.Close(fd)
//
// # From C to Go
//
// A C function is the Go function with a capital: recvfrom(2) is [Recvfrom]. Arguments stand in C's order; what C gives
// back through pointers are results; a pointer and a length are a slice; an address and its length are a [Sockaddr]; an
// option's level, name, type and length are an [Option]; those of a control message are a Control, on Linux. Constants
// are spelled as in C. README.md has the whole table.
//
// # The calls, by concern
//
//   - A socket's life: [Socket], [Socketpair], [Bind], [Listen], [Accept], Accept4, [Connect], [Shutdown], [Close],
//     [Getsockname], [Getpeername], [SocketError], [SetNonblock], [SetInheritable], [Dup]; on Linux Dup3
//   - Servers and clients in one call: [CreateServer], [CreateConnection], [ConnectContext], [ParseEndpoint]
//   - Bytes: [Send], [Recv], [Sendto], [Recvfrom]; in loops: [SendAll], [RecvFull], [RecvAll], [Retry]
//   - Messages, on Linux: Sendmsg and Recvmsg with a Msg; Sendmmsg, Recvmmsg and SendBatch with a NewBatch; for
//     control messages Cmsgs, AppendControl and ParseControl; SendFds and RecvFds
//   - Files, on Linux: Sendfile, Splice; in loops: SendfileAll, Relay
//   - Queues: [Sockatmark]; on Linux InputQueue, OutputQueue, UnsentQueue
//   - Waiting: [Poll], [Select]; on Linux Ppoll, Pselect, EpollCreate1, EpollCtl, EpollWait, EpollPwait2
//   - Options: [Getsockopt], [Setsockopt]; all of them: [Options]; your own: [IntOption] and its like; on Linux
//     GetsockoptBytes, SetsockoptBytes
//   - Addresses: [Inet], [InetFlow], [Unix], [Unnamed], [Unspec], [Raw], [ParseSockaddr]; on Linux Abstract, Netlink,
//     Packet, VM
//   - Names: [Getaddrinfo], [Getnameinfo], [IfNametoindex], [IfIndextoname], [IfNameindex], [InetAton], [Htons]
//   - Seeing the calls: [SetTrace], [TraceLogger]
//
// The examples of this page show most of them at work.
//
// # The rules
//
//  1. Functions are free, and a descriptor is a plain int.
//  2. A name from section 2 of the manual is exactly one system call. A name from section 3 does what the C library does.
//     A name that C doesn't have, such as [SendAll], is a helper made of such calls.
//  3. An error is nil or a bare [Errno]: err == sock.EAGAIN is right. Look-ups have a [GaiError], and helpers that make
//     several calls, such as [CreateServer], may name the one that failed: errors.Is finds the number.
//  4. On error a new descriptor is -1, and a count is 0. A count is never negative and never lost. The end of a stream is
//     n == 0 with no error, as in C.
//  5. Nothing is retried, but by helpers, which say so: EINTR is yours, and [Retry] is for it. Never retry [Close].
//  6. Nothing is set behind your back, but close-on-exec on every new descriptor; [SetInheritable] takes it off.
//     A send on a broken connection is EPIPE, not a signal.
//  7. A descriptor blocks unless you ask otherwise, with SOCK_NONBLOCK or [SetNonblock]. A goroutine in a blocking call
//     holds an OS thread, and Go kills a process that has 10,000 of them.
//  8. What moves data doesn't allocate, and neither do its errors.
//  9. Empty transfers reach the kernel: receiving 0 bytes can block, an empty datagram is a message.
//  10. Constants are untyped and have C's spelling.
//
// # Concurrency
//
// Any goroutines may use one descriptor at once, as any threads may in C. None may use it after [Close]: its number can
// be another's by then. The race detector knows that what happened before a send, connect, shutdown or close happened
// before the receive, accept or poll that sees it.
//
// # Seeing the calls
//
// [SetTrace] shows each system call as strace 6.1 does, without strace:
//
//	connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = -1 ENOENT (No such file or directory)
//
// Its function is called inside the call: it may make others, which are not shown, but may not wait for what this one
// holds up, as a Conn in use does.
//
// As in strace, constants that came after 6.1 are numbers. It would tell more of netlink's attributes, of addresses of
// AF_AX25, AF_BLUETOOTH, AF_IEEE802154, AF_IPX, AF_MCTP, AF_NFC, AF_QIPCRTR, AF_RXRPC and AF_X25, and of options of levels
// that the catalogue lacks, SOL_SCTP for example: these are bytes and numbers. A call that a signal interrupted is EINTR, where
// strace has the kernel's own ERESTARTSYS. On macOS and the BSDs the lines have the same form, one for each call of this
// package, though that may be two system calls; the sets of select(2) are left out.
//
// # Platforms
//
// Linux is complete, on every architecture; on 386 and s390x from Linux 4.3. macOS and the BSDs have the portable part,
// over the calls of golang.org/x/sys/unix; there, one call can be two system calls, and addresses are allocated.
package sock
