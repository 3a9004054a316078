//go:build unix

package main

const help = `Echoclient sends words, or its standard input, to an echo server, receives the answer,
compares it with what was sent, and prints it. It also puts a load on a server and measures
it, and examines the path to a server.

	echoclient Hello, world                send "Hello, world" to 127.0.0.1, port 6543
	echoclient -addr unix:@echo < FILE     send a file of any size, receiving while sending
	echoclient -c 100 -d 10s               a load: 100 connections, for ten seconds
	echoclient -doctor tcp://HOST:PORT     examine the path: does it keep what sockets promise?

SERVER
	-addr ADDRESS
		the server. Default ` + defaultAddr + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone means TCP, /PATH and @NAME alone mean unix streams. :PORT is this
		machine, as localhost:PORT is. The addresses of a host are tried in turn, until one
		accepts the connection, or answers a datagram. CID is a number or any, hypervisor,
		local or host
	-4, -6	try only the IPv4 addresses of a host, or only its IPv6 addresses
	-source ADDRESS
		connect from this address of this machine: IP, IP:PORT, /PATH or @NAME
	-connect-timeout DURATION
		how long to look up the host, and then to connect to each of its addresses. A load
		gives up connections that wait for their turn when none has connected for this long,
		and a datagram server that has been unreachable for this long;
		0 is for ever. Default 10s
	-timeout DURATION
		give up if the server makes no progress for this long. Bytes that keep coming are
		progress, however slow; the answer to a datagram must come within this time. The clock
		stops while standard input has nothing or standard output is blocked;
		0 is never. Default 10s;
		with -doctor 2s, with a load of datagrams 1s
	-v	print the addresses of both ends, the number of bytes, and the socket options that this
		system lacks
	-trace
		print each system call on a socket to standard error, as strace does: many transfers
		by io_uring(7) are one call
	-picture FILE
		draw the calls, the packets and the states of the sockets: a picture in a file that
		ends in .svg, a page that steps through time in .html, text in .txt, all that is known
		in .json. For a load it shows only the first connections. Capturing packets needs root or
		CAP_NET_RAW; otherwise they are worked out from the calls (Linux)
	-version
		print the program's version, and Go's, and exit

On a stream it shuts down its writing side after the last byte and receives to the end. To a
datagram socket it sends words as one datagram, and standard input in pieces of 1200 bytes, and
waits for the answer to each; it ignores second answers to earlier pieces. echoserver takes the same
piece again and again for a loop, and stops answering: see its -max-repeats. Bytes that were sent
and aren't back yet are kept in memory up to 24 MiB, and beyond that in a temporary file: for a
server that answers only at the end.

LOAD (Linux)
Any of these flags asks for a load. Each connection sends a message, waits until all of it is back,
and sends the next; every byte is compared. Then the number of messages that came back is printed,
and their latencies: 99% of the messages took at most the time of p99.
	-n MESSAGES
		how many in all
	-d DURATION
		for how long, from the first message on. Default 10s without -n. Looking up the host
		and connecting take at most half of it, or 1s if that is more, and delay the end by at
		most 1s. Messages that are in flight at the end have 1s to come back. So a load ends
		at most 2s after DURATION, whatever the server does
	-c CONNECTIONS
		how many at a time. Default 1
	-size BYTES
		the length of a message: 64, 4KiB or 1MiB, for example. Default 64
	-depth MESSAGES
		how many may be in flight on each connection. Default 1
	-rate MESSAGES
		how many to send per second, in all, however slow the answers are. Latency then counts
		from the time when the message was due, so it includes the wait for slow answers
		before it, as it would for a user. Without -rate the load slows down with the server,
		which hides such delays (coordinated omission). Default 0: as fast as answers come
	-reconnect
		use a connection per message: connect, send, shut down the writing side, receive to
		the end, close; the latency is that of all this. A server that answers only at the end
		of the stream needs this flag. Each connection occupies a port of this machine for a
		minute: connect fails with EADDRNOTAVAIL when none is left
	-threads THREADS
		how many threads share the connections, if one isn't enough. Default 1
	-json	print one JSON object instead of text; also with -doctor
	-plot FILE
		draw the latencies and the throughput into an SVG file
	-hdr FILE
		write the latencies, second by second, as an interval log of HdrHistogram, whose tools
		merge and plot the logs of several machines. Latencies are nanoseconds, and times
		count from the first message. -json prints the histogram of the whole load in the
		same encoding

On a terminal a line shows the progress, except with -trace. Ctrl-C, SIGTERM or SIGHUP ends a load
early, as -d would: messages in flight have 1s to come back, and the report is printed. A second
signal ends it at once, as does a first one while the server's address is looked up. One that comes
within 20 ms of the first counts as the same signal, since timeout(1) sends two.
A connection that fails or gets a wrong answer is counted, and the others go on; the report has the
first ten errors, equal ones once. A connection that never got an answer, or that makes no progress
in the last second, has failed too, unless a signal ended the load while it was connecting; other
messages that are still in flight then are cut off, which is no failure. A datagram without an
answer after -timeout is lost, which is no failure if others were answered.

PATH
	-doctor
		report the server's addresses and how connecting to each went, or whether each answers
		a datagram; the names of both ends; whether small messages come back, whether reading
		while writing works, and whether the server's answer survives a half-close by the
		client; and what the kernel knows: path MTU, congestion control, round trips,
		retransmits (Linux). Each check ends after ten times -timeout, even if bytes keep
		coming. The server's address may follow the flag

EXIT CODES
	0   everything came back
	1   something else came back, or too little
	2   a call failed, time ran out, standard input can't be read, or standard output or a
	    result can't be written
	64  wrong usage
If several things go wrong, the exit code matches the printed error: standard output, -plot, -hdr,
the first wrong answer of a load, its first failure, the first check that failed, -picture. If the
reader of a pipe is gone, SIGPIPE ends the program. SIGINT, SIGTERM and SIGHUP end it as usual
unless a load handles them. SIGQUIT and SIGABRT end every Go program with code 2 and its stacks; Go
ignores others that would end a program, such as SIGUSR1. If standard input or output is closed,
/dev/null takes its place.
`
