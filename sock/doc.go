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
// are spelled as in C. Here without the package's name, and for every platform:
//
//	fd = socket(AF_INET, SOCK_STREAM, 0)                  fd, err := Socket(AF_INET, SOCK_STREAM, 0)
//	socketpair(AF_UNIX, SOCK_STREAM, 0, fds)              fds, err := Socketpair(AF_UNIX, SOCK_STREAM, 0)
//	struct sockaddr_in, sockaddr_in6                      sa := Inet(addrPort), InetFlow(addrPort, flow)
//	struct sockaddr_un                                    sa, err := Unix(path)
//	inet_aton("127.1", &in)                               addr, err := InetAton("127.1")
//	htons(v), htonl(v), ntohs(v), ntohl(v)                Htons(v), Htonl(v), Ntohs(v), Ntohl(v)
//	bind(fd, &a, sizeof a)                                err := Bind(fd, sa)
//	listen(fd, 10)                                        err := Listen(fd, 10)
//	nfd = accept(fd, &a, &len)                            nfd, sa, err := Accept(fd)
//	nfd = accept4(fd, &a, &len, SOCK_NONBLOCK)            nfd, sa, err := Accept4(fd, SOCK_NONBLOCK), but on macOS
//	connect(fd, &a, sizeof a)                             err := Connect(fd, sa)
//	connect(fd, {AF_UNSPEC})                              err := Connect(fd, Unspec())
//	connect, with a time limit                            err := ConnectContext(ctx, fd, sa)
//	getsockname(fd, &a, &len)                             sa, err := Getsockname(fd)
//	getpeername(fd, &a, &len)                             sa, err := Getpeername(fd)
//	n = send(fd, p, len, flags)                           n, err := Send(fd, p, flags)
//	the same, with MSG_DONTWAIT, on TCP or UDP            n, err := TrySend(fd, p, flags)
//	n = sendto(fd, p, len, flags, &a, sizeof a)           n, err := Sendto(fd, p, flags, sa)
//	send, until all is sent                               n, err := SendAll(fd, p, flags)
//	n = recv(fd, p, len, flags)                           n, err := Recv(fd, p, flags)
//	the same, with MSG_DONTWAIT, on TCP or UDP            n, err := TryRecv(fd, p, flags)
//	n = recvfrom(fd, p, len, flags, &a, &len)             n, sa, err := Recvfrom(fd, p, flags)
//	recv, until p is full; until the end                  n, err := RecvFull(fd, p); p, err := RecvAll(fd, limit)
//	shutdown(fd, SHUT_WR)                                 err := Shutdown(fd, SHUT_WR)
//	close(fd)                                             err := Close(fd)
//	nfd = dup(fd)                                         nfd, err := Dup(fd)
//	ioctl(fd, FIONBIO, &on)                               err := SetNonblock(fd, true)
//	fcntl(fd, F_SETFD, 0)                                 err := SetInheritable(fd, true)
//	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, ...)    err := Setsockopt(fd, SO_REUSEADDR, true)
//	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, &len)       n, err := Getsockopt(fd, SO_RCVBUF)
//	getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len)        err := SocketError(fd)
//	poll(fds, nfds, msec)                                 n, err := Poll(fds, msec)
//	select(fd + 1, &r, &w, &e, &timeout)                  n, err := Select(fd+1, &r, &w, &e, &timeout)
//	FD_SET(fd, &r), FD_CLR(fd, &r)                        err := FD_SET(fd, &r), FD_CLR(fd, &r)
//	FD_ISSET(fd, &r), FD_ZERO(&r)                         FD_ISSET(fd, &r), FD_ZERO(&r)
//	sockatmark(fd)                                        atMark, err := Sockatmark(fd)
//	getaddrinfo(node, service, &hints, &list)             list, err := Getaddrinfo(ctx, node, service, hints)
//	getnameinfo(&a, len, host, ..., service, ..., flags)  host, service, err := Getnameinfo(ctx, sa, flags)
//	if_nametoindex(name), if_indextoname(i, name)         i, err := IfNametoindex(name), name, err := IfIndextoname(i)
//	if_nameindex()                                        list, err := IfNameindex()
//	socket, setsockopt, bind and listen                   fd, err := CreateServer(sa, ServerOptions{})
//	getaddrinfo, socket and connect                       fd, err := CreateConnection(ctx, "tcp://localhost:80")
//	strerrorname_np(errno)                                name := ErrnoName(err)
//	a socket under Go's scheduler                         c, err := NewConn(fd), DupConn(netConn)
//	the two above, for such a one                         ListenConn(sa, ServerOptions{}), DialConn(ctx, sa, DialOptions{})
//
// and on Linux:
//
//	struct sockaddr_un with "\0name"                      sa, err := Abstract("name")
//	struct sockaddr_nl, sockaddr_ll, sockaddr_vm          Netlink(port, groups), Packet(packetAddr), VM(cid, port)
//	struct sockaddr_can, sockaddr_xdp                     CAN(ifindex, rxID, txID), XDP(flags, ifindex, queue, fd)
//	struct sockaddr_alg                                   sa, err := ALG("hash", "sha256")
//	n = sendmsg(fd, &msg, flags)                          n, err := Sendmsg(fd, &Msg{Name: sa, Iov: bufs}, flags)
//	n = recvmsg(fd, &msg, flags)                          n, err := Recvmsg(fd, &m, flags)
//	n = sendmmsg(fd, msgs, n, flags)                      b := NewBatch(n, size); n, err := Sendmmsg(fd, b, flags)
//	sendmmsg, until all is sent                           n, err := SendBatch(fd, b, flags)
//	n = recvmmsg(fd, msgs, n, flags, &timeout)            n, err := Recvmmsg(fd, b, flags, timeout)
//	io_uring_queue_init(n, &ring, ...)                    r, err := NewRing(n)
//	io_uring_prep_recv, io_uring_prep_send                r.Recv(fd, p, flags), r.Send(fd, p, flags)
//	io_uring_submit(&ring), cqe->res                      err := r.Submit(), n, err := r.Result(i)
//	CMSG_FIRSTHDR, CMSG_NXTHDR, CMSG_DATA                 for c := range Cmsgs(m.Control)
//	CMSG_LEN(n), CMSG_SPACE(n)                            CmsgLen(n), CmsgSpace(n)
//	*(int *)CMSG_DATA(c) of IP_TTL                        ttl, ok := ParseControl(c, CMSG_IP_TTL)
//	the same, to be sent                                  control = AppendControl(control, CMSG_IP_TTL, 64)
//	a control message that isn't here                     IntControl(label, level, typ), Uint32Control(label, level, typ)
//	the same, by its bytes                                control = AppendCmsg(control, level, typ, data)
//	SCM_RIGHTS                                            SendFds(fd, p, fds...), RecvFds(fd, p, max)
//	the same, as a control message                        AppendRights(control, fds...), ParseRights(c)
//	SCM_SECURITY                                          label, ok := ParseSecurity(c)
//	n = sendfile(out, in, &off, count)                    n, err := Sendfile(out, in, &off, count)
//	sendfile, until all is sent                           n, err := SendfileAll(out, in, off, count)
//	n = splice(in, NULL, out, NULL, len, flags)           n, err := Splice(in, nil, out, nil, count, flags)
//	splice, from one socket to another                    n, err := Relay(dst, src)
//	dup3(fd, nfd, O_CLOEXEC)                              err := Dup3(fd, nfd, 0)
//	ioctl(fd, SIOCINQ), SIOCOUTQ, SIOCOUTQNSD             n, err := InputQueue(fd), OutputQueue(fd), UnsentQueue(fd)
//	an option, by its bytes                               GetsockoptBytes(fd, level, name, p), SetsockoptBytes
//	ppoll(fds, nfds, &timeout, &mask)                     n, err := Ppoll(fds, &timeout, &mask)
//	pselect(fd + 1, &r, &w, &e, &timeout, &mask)          n, err := Pselect(fd+1, &r, &w, &e, &timeout, &mask)
//	epfd = epoll_create1(0)                               epfd, err := EpollCreate1(0)
//	epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev)               err := EpollCtl(epfd, EPOLL_CTL_ADD, fd, &ev)
//	n = epoll_wait(epfd, evs, size, msec)                 n, err := EpollWait(epfd, evs, msec)
//	epoll_pwait2(epfd, evs, size, &timeout, &mask)        n, err := EpollPwait2(epfd, evs, &timeout, &mask)
//
// # What is elsewhere
//
// Go has some of C's functions under other names, and golang.org/x/sys/unix has calls that aren't about sockets alone:
//
//	inet_pton, inet_ntop                                  netip.ParseAddr(s), addr.String()
//	gethostbyname, gethostbyaddr                          Getaddrinfo, Getnameinfo
//	getservbyname, gethostname, getifaddrs                net.LookupPort, os.Hostname, net.Interfaces
//	read, write; readv, writev                            Recv, Send; Recvmsg, Sendmsg
//	fcntl(fd, F_GETFL), any other ioctl                   unix.FcntlInt, unix.IoctlGetInt
//	tee, vmsplice, setns, pidfd_getfd                     unix.Tee, unix.Vmsplice, unix.Setns, unix.PidfdGetfd
//
// # The calls, by concern
//
//   - A socket's life: [Socket], [Socketpair], [Bind], [Listen], [Accept], Accept4, [Connect], [Shutdown], [Close],
//     [Getsockname], [Getpeername], [SocketError], [SetNonblock], [SetInheritable], [Dup]; on Linux Dup3
//   - Servers and clients in one call: [CreateServer], [CreateConnection], [ConnectContext], [ParseEndpoint]
//   - All of this under Go's scheduler, as a net.Conn: [NewConn], [DupConn], [ListenConn], [DialConn]
//   - Bytes: [Send], [Recv], [Sendto], [Recvfrom]; for event loops: [TrySend], [TryRecv]; in loops: [SendAll], [RecvFull], [RecvAll], [Retry]; of many sockets
//     at once, on Linux: a Ring of NewRing
//   - Messages, on Linux: Sendmsg and Recvmsg with a Msg; Sendmmsg, Recvmmsg and SendBatch with a NewBatch; for
//     control messages Cmsgs, AppendControl and ParseControl; SendFds and RecvFds
//   - Files, on Linux: Sendfile, Splice; in loops: SendfileAll, Relay
//   - Queues: [Sockatmark]; on Linux InputQueue, OutputQueue, UnsentQueue
//   - Waiting: [Poll], [Select]; on Linux Ppoll, Pselect, EpollCreate1, EpollCtl, EpollWait, EpollPwait2
//   - Options: [Getsockopt], [Setsockopt]; all of them: [Options]; your own: [IntOption] and its like; on Linux
//     GetsockoptBytes, SetsockoptBytes
//   - Addresses: [Inet], [InetFlow], [Unix], [Unnamed], [Unspec], [Raw], [ParseSockaddr]; on Linux Abstract, Netlink,
//     Packet, VM, CAN, ALG, XDP
//   - Names: [Getaddrinfo], [Getnameinfo], [IfNametoindex], [IfIndextoname], [IfNameindex], [InetAton], [Htons],
//     [ErrnoName]
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
//     holds an OS thread, and Go kills a process that has 10,000 of them. Go's scheduler is told of every call, also of
//     those that don't wait, except what [TrySend], [TryRecv] and Conn transfer over TCP and UDP.
//  8. What moves data doesn't allocate, and neither do its errors.
//  9. Empty transfers reach the kernel: receiving 0 bytes can block, an empty datagram is a message.
//  10. Constants are untyped and have C's spelling. Those of what a protocol sends, netlink's RTM_NEWLINK for example, are
//     in golang.org/x/sys/unix.
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
// Lines are bounded where strace's aren't: no array goes on after 32 KiB, a string has 4 KiB, and netlink's reports of errors
// about other reports are shown 8 deep. As in strace, constants that came after 6.1 are numbers. It would tell more of netlink's attributes, of addresses of
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
