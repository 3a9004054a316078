//go:build unix

// Package sock is C's socket API for Go: every call under its own name, one system call each, on plain file descriptors.
//
//	fd, err := sock.Socket(sock.AF_INET, sock.SOCK_STREAM, 0)
//	err = sock.Connect(fd, sock.Inet(netip.MustParseAddrPort("127.0.0.1:6543")))
//	n, err := sock.SendAll(fd, []byte("Hello, world"), 0)
//	err = sock.Shutdown(fd, sock.SHUT_WR)
//	reply, err := sock.RecvAll(fd, 1<<20)
//	err = sock.Close(fd)
//
// # The calls by concern
//
// Names marked with * exist on Linux only.
//
//   - Life of a socket: [Socket], [Socketpair], [Bind], [Listen], [Accept], [Accept4] (not on macOS), [Connect], [Shutdown],
//     [Close], [Getsockname], [Getpeername], [SocketError], [SetNonblock], [SetInheritable], [Dup], [Dup3]*
//   - Servers and clients in one call: [CreateServer], [CreateConnection], [ConnectContext], [ParseEndpoint],
//     [NetworkOf], [HasDualStackIPv6]
//   - Under Go's scheduler, as a net.Conn: [NewConn], [DupConn], [ListenConn], [DialConn], [Dial], [ListenURL], [Dialer],
//     [ListenConfig], [GetConnOption], [SetConnOption]
//   - Bytes: [Send], [Recv], [Sendto], [Recvfrom]; for event loops [TrySend], [TryRecv]; in loops [SendAll], [RecvFull],
//     [RecvAll], [Retry]; many sockets with one call [NewRing]*
//   - Messages: [Sendmsg]*, [Recvmsg]*; batches of them [NewBatch]*, [Sendmmsg]*, [Recvmmsg]*, [SendBatch]*
//   - Control messages: [Cmsgs]*, Append and Parse of each [CmsgType]*, [SendFds]*, [RecvFds]*
//   - Files: [Sendfile]*, [Splice]*; in loops [SendfileAll]*, [Relay]*
//   - Queues: [Sockatmark], [InputQueue]*, [OutputQueue]*, [UnsentQueue]*
//   - Waiting: [Poll], [Select], [Ppoll]*, [Pselect]*, [EpollCreate1]*, [EpollCtl]*, [EpollWait]*, [EpollPwait2]*
//   - Options: [Getsockopt], [Setsockopt]; the whole catalogue [Options]; options of your own [IntOption], [BoolOption] and
//     other constructors; as bytes [GetsockoptBytes]*, [SetsockoptBytes]*
//   - Addresses: [Inet], [InetFlow], [Unix], [Unnamed], [Unspec], [Raw], [ParseSockaddr], [SockaddrOf], [Abstract]*, [Netlink]*,
//     [Packet]*, [VM]*, [CAN]*, [ALG]*, [XDP]*
//   - Names: [Getaddrinfo], [Getnameinfo], [IfNametoindex], [IfIndextoname], [IfNameindex], [InetAton], [Htons], [ErrnoName]
//   - Tracing: [SetTrace], [SetTracer], [Untraced], [TraceLogger]
//
// The examples on this page show most of them at work.
//
// # From C to Go
//
// A C function is the Go function with a capital: recvfrom(2) is [Recvfrom]. Arguments are in C's order, and results replace
// out-pointers. A slice replaces a pointer and a length, a [Sockaddr] an address and its length, and an [Option] the level,
// name, type and length of an option. Constants are spelled as in C. On every platform:
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
//	nfd = accept4(fd, &a, &len, SOCK_NONBLOCK)            nfd, sa, err := Accept4(fd, SOCK_NONBLOCK), not on macOS
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
//	CreateServer and CreateConnection for a Conn          ListenConn(sa, ServerOptions{}), DialConn(ctx, sa, DialOptions{})
//	the same, from the text of an endpoint                ListenURL(ctx, "tcp://:80"), Dial(ctx, "tcp://localhost:80")
//	getsockopt and setsockopt of a Conn                   GetConnOption(c, SO_RCVBUF), SetConnOption(c, SO_RCVBUF, 1<<20)
//	whether accept passes the listener's options on       inherited := AcceptInherits()
//
// And on Linux:
//
//	struct sockaddr_un with "\0name"                      sa, err := Abstract("name")
//	struct sockaddr_nl, sockaddr_ll, sockaddr_vm          Netlink(port, groups), Packet(packetAddr), VM(cid, port)
//	struct sockaddr_can, sockaddr_xdp                     CAN(CANAddr{...}), XDP(XDPAddr{...})
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
//	*(int *)CMSG_DATA(c) of IP_TTL                        ttl, ok := CMSG_IP_TTL.Parse(c)
//	the same, to be sent                                  control = CMSG_IP_TTL.Append(control, 64)
//	a control message that isn't here                     IntCmsgType(name, level, typ), Uint32CmsgType(name, level, typ)
//	the same, by its bytes                                control = AppendCmsg(control, level, typ, data)
//	SCM_RIGHTS                                            SendFds(fd, p, fds...), RecvFds(fd, p, max)
//	the same, as a control message                        AppendRights(control, fds...); fds, ok := ParseRights(c)
//	SCM_SECURITY                                          label, ok := ParseSecurity(c)
//	n = sendfile(out, in, &off, count)                    n, err := Sendfile(out, in, &off, count)
//	sendfile, until all is sent                           n, err := SendfileAll(out, in, off, count)
//	n = splice(in, NULL, out, NULL, len, flags)           n, err := Splice(in, nil, out, nil, count, flags)
//	splice, from one socket to another                    n, err := Relay(dst, src)
//	dup3(fd, nfd, O_CLOEXEC)                              err := Dup3(fd, nfd, 0)
//	ioctl(fd, SIOCINQ), SIOCOUTQ, SIOCOUTQNSD             n, err := InputQueue(fd), OutputQueue(fd), UnsentQueue(fd)
//	an option, by its bytes                               GetsockoptBytes(fd, level, number, p), SetsockoptBytes
//	ppoll(fds, nfds, &timeout, &mask)                     n, err := Ppoll(fds, &timeout, &mask)
//	pselect(fd + 1, &r, &w, &e, &timeout, &mask)          n, err := Pselect(fd+1, &r, &w, &e, &timeout, &mask)
//	epfd = epoll_create1(0)                               epfd, err := EpollCreate1(0)
//	epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev)               err := EpollCtl(epfd, EPOLL_CTL_ADD, fd, &ev)
//	ev.data.u64 = data, data = ev.data.u64                SetEpollData(&ev, data), data := EpollData(&ev)
//	n = epoll_wait(epfd, evs, size, msec)                 n, err := EpollWait(epfd, evs, msec)
//	epoll_pwait2(epfd, evs, size, &timeout, &mask)        n, err := EpollPwait2(epfd, evs, &timeout, &mask)
//
// # What is elsewhere
//
// Go has some of C's functions under other names, and golang.org/x/sys/unix has the calls that work on any descriptor:
//
//	inet_pton, inet_ntop                                  netip.ParseAddr(s), addr.String()
//	gethostbyname, gethostbyaddr                          Getaddrinfo, Getnameinfo
//	getservbyname, gethostname, getifaddrs                net.LookupPort, os.Hostname, net.Interfaces
//	read, write; readv, writev                            Recv, Send; Recvmsg, Sendmsg
//	fcntl(fd, F_GETFL), any other ioctl                   unix.FcntlInt, unix.IoctlGetInt
//	tee, vmsplice, setns, pidfd_getfd                     unix.Tee, unix.Vmsplice, unix.Setns, unix.PidfdGetfd
//
// # Which one to use
//
// There are several ways to make a descriptor or a Conn. They use the same names for the same options.
//
//	you have or want                            a descriptor                         a Conn, under Go's scheduler
//	each call of C by itself                    Socket, Bind, Listen, Connect, ...   NewConn(fd), its methods
//	a Sockaddr                                  CreateServer, ConnectContext         ListenConn, DialConn
//	the text of an endpoint, tcp://host:80      CreateConnection                     ListenURL, Dial
//	the same, with options                      -                                    ListenConfig, Dialer: ListenURL, DialURL
//	package net's signatures                    -                                    ListenConfig, Dialer: Listen, DialContext
//	a connection of package net                 -                                    DupConn
//	package net's types from a Conn             Conn.Detach gives it back            Listener, PacketConn; a stream is a net.Conn
//
// TCP sockets that the last column makes have TCP_NODELAY and keep-alive, as package net's do; the fields Nagle and KeepAlive turn
// these off. NewConn and DupConn leave the options of the socket as they are, and the descriptors of the middle column have
// the kernel's defaults.
//
// # Differences from package net
//
// Code that changes from net.Dialer and net.ListenConfig to [Dialer] and [ListenConfig] meets these differences:
//
//   - Addresses: a host may have any form that [ParseEndpoint] reads, such as 127.1 or *, and localhost needs no /etc/hosts. An address
//     or service that can't be used is a *net.AddrError or EINVAL, without a system call. An abstract unix name begins with @, never
//     with a NUL. A nil pointer of any type means no LocalAddr, and an empty unix name one that the kernel picks.
//   - Networks: upper and lower case are the same. Listen refuses unixgram, and ListenPacket unix. A protocol of raw IP is a number,
//     icmp, igmp, tcp, udp or ipv6-icmp. Listen serves Multipath TCP only for mptcp.
//   - Control: the address is the one passed to the system call, such as [::]:80 where package net has :80.
//   - Types: a stream is a *Conn, which is not a net.PacketConn; a datagram socket is a *UDPConn, *IPConn or other net.PacketConn. Methods
//     named after a type, such as AcceptTCP and ReadMsgUnix, are missing, except those of *net.UDPConn and *net.IPConn.
//     Code that asserts package net's types refuses them, as ipv4.NewRawConn of golang.org/x/net does with an *IPConn.
//   - Dial: it waits for a unix listener whose queue is full, up to its deadline, where package net fails with EAGAIN. The hooks
//     ConnectStart and ConnectDone of net/http/httptrace, which only package net can call, are not called.
//   - File: it makes the socket blocking, as programs expect of a standard input.
//   - Calls: an *os.SyscallError names the call that was made, such as recv where package net has read. ReadFrom and WriteTo return an
//     error of Read or Write as it is.
//   - Close: a second one returns nil. The local address of an accepted connection is asked for when it is needed first, and not
//     known if that is after Close.
//   - Read: with an empty buffer, it receives a datagram. So do the other methods that receive.
//   - WriteTo: it accepts addresses of every type, and nil on a connected socket, as WriteToUDP does. An address that can't be
//     used returns the kernel's error.
//   - Memory: Read and Write of up to 64 KiB on TCP and UDP don't tell the scheduler, as [TrySend] explains. Memory whose pages have to be
//     read first, such as a file mapped from a slow disk, then holds up the whole program.
//   - Itself: a TCP socket that connects to itself returns [ErrSelfConnect]; package net tries again, twice.
//
// # The rules
//
//  1. Functions are free, and a descriptor is a plain int.
//  2. A name from section 2 of the manual is exactly one system call. Where a family refuses what Go needs, [Accept] on
//     AF_ALG and [Recvmsg] on AF_PACKET and a few others repeat it, as they say. A name from section 3 does what the C
//     library does. A name that C doesn't have, such as [SendAll], is a helper made of such calls.
//  3. An error is nil or a bare [Errno], so err == sock.EAGAIN is correct. Look-ups return a [GaiError]. A helper that makes
//     several calls, such as [CreateServer], may name the call that failed; errors.Is finds the errno in it.
//  4. On error a new descriptor is -1, and a count is 0. A count is never negative and never lost. The end of a stream is
//     n == 0 with a nil error, as in C.
//  5. Only helpers retry, and they say so. A call that was interrupted returns EINTR; use [Retry] to repeat it. Never retry
//     [Close].
//  6. The only thing set implicitly is close-on-exec, on every new descriptor; [SetInheritable] turns it off. A send on a
//     broken connection returns EPIPE. The runtime ignores the SIGPIPE that comes with it, unless the program asked for it
//     with signal.Notify.
//  7. A descriptor blocks unless you ask otherwise, with SOCK_NONBLOCK or [SetNonblock]. A goroutine in a blocking call
//     holds an OS thread, and Go ends a process that has 10,000 of them. The scheduler is told of every call, even of one
//     that doesn't wait; exceptions are [TrySend], [TryRecv] and the transfers of a Conn over TCP and UDP.
//  8. Calls that move data don't allocate, and neither do their errors.
//  9. Empty transfers reach the kernel: receiving 0 bytes can block, and an empty datagram is a message.
//  10. Constants are untyped and have C's spelling; only error numbers have a type, [Errno] or [GaiError]. Constants of a
//     protocol's own messages, netlink's RTM_NEWLINK for example, are in golang.org/x/sys/unix.
//
// # Concurrency
//
// Any number of goroutines may use a descriptor at the same time, as threads may in C. None may use it after [Close], since
// another socket may have its number by then. The race detector knows that what happened before a send, connect, shutdown
// or close happened before the receive, accept or poll that sees it.
//
// # Seeing the calls
//
// [SetTrace] shows each system call as strace 6.1 does, without strace:
//
//	connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = -1 ENOENT (No such file or directory)
//
// The function runs inside the call. It may make calls itself, which are not shown, but it must not wait for anything that
// the traced call holds, such as a Conn that is in use. NewConn, and a Conn that connects or copies, also hold what File in another
// goroutine waits for, and a new Conn then waits behind that: a function that makes Conns should leave this to another goroutine.
// [SetTracer] passes on the call's parts and its time, as a [Call]. [Untraced] hides the calls of a function.
//
// The lines differ from strace's in these ways:
//
//   - They are bounded: an array ends once its line has 32 KiB, a string after 4 KiB, and netlink's reports of errors about other
//     reports are shown 8 deep.
//   - Some netlink attributes, addresses of AF_AX25, AF_BLUETOOTH, AF_IEEE802154, AF_IPX, AF_MCTP, AF_NFC, AF_QIPCRTR, AF_RXRPC
//     and AF_X25, and options of levels that the catalogue lacks, such as SOL_SCTP, are shown as bytes and numbers. So are
//     constants newer than strace 6.1, as in strace itself.
//   - An option whose value the kernel changes in place, such as IPV6_FLOWLABEL_MGR, is shown as the call left it.
//   - A copy by Conn.ReadFrom or Conn.WriteTo after Conn.File asks for the mode of the socket, which is not shown.
//   - The trace itself makes system calls, which it does not show, for two things: the name of an interface, and netlink's
//     messages. Those are shown on sockets known to be netlink's by an address, by the form of what was sent, or by an earlier
//     call.
//   - A call that a signal interrupted shows EINTR, where strace shows the kernel's own ERESTARTSYS.
//   - On macOS and the BSDs there is one line for each call of this package, which may be two system calls, and the sets of
//     select(2) are left out.
//
// # Platforms
//
// The package is complete on Linux, on every architecture (386 and s390x from Linux 4.3). macOS and the BSDs have the portable
// part, on top of golang.org/x/sys/unix: there a call may be two system calls, and addresses are allocated.
package sock
