//go:build unix

package main

const help = `Echoclient sends words, or its standard input, to an echo server, receives the answer,
compares it with what was sent, and prints it. It also puts a load on a server and measures
it, and finds out what the path to a server does.

	echoclient Hello, world                send "Hello, world" to 127.0.0.1, port 6543
	echoclient -addr unix:@echo < FILE     send a file of any size, receiving while sending
	echoclient -c 100 -d 10s               a load: 100 connections, for ten seconds
	echoclient -doctor tcp://HOST:PORT     does this path carry what it should, and how fast?

	-addr ADDRESS
		the server. Default ` + defaultAddr + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone is TCP, /PATH and @NAME alone are unix streams; :PORT is this machine,
		as localhost:PORT is. All addresses of a host are tried in turn, until one takes the
		connection, or with datagrams answers. CID is a number or any, hypervisor, local or
		host.
	-4, -6	try a host's IPv4 addresses only, or its IPv6 addresses only
	-source ADDRESS
		connect from this address of this machine: HOST, HOST:PORT, /PATH or @NAME
	-connect-timeout DURATION
		how long looking up the host may take, and then connecting to each of its addresses.
		Of a load, connections that wait for their turn are given up when none has
		connected for this long; 0 is for ever. Default 10s
	-timeout DURATION
		give up if the server makes no progress for this long when it is its turn. Bytes that
		keep coming are progress, however slow. The answer to a datagram must come within
		this time; 0 is never. Default 10s;
		with -doctor 2s, with a load of datagrams 1s
	-v	tell the addresses of both ends, the number of bytes, and which socket options this
		system lacks
	-trace
		show every call of a socket on standard error, as strace does

On a stream it shuts down its writing side after the last byte and receives to the end. To a
datagram socket it sends words as one datagram and standard input in pieces of 1200 bytes, and
waits for the answer to each; second answers to earlier ones are ignored. What is sent and not yet
back is kept in memory up to 24 MiB, and beyond that in a temporary file: for a server that answers
only when it has everything.

While standard input gives nothing or standard output takes nothing, no time runs out.

A load (Linux)

Any of these flags makes it one. Each connection sends a message, waits until all of it is back,
and sends the next; every byte is compared. Then it prints how many messages came back, and the
latencies: p99 is the one that 99% of the messages didn't exceed.

	-n MESSAGES
		how many in all
	-d DURATION
		for how long, from the first message on. Default 10s without -n. The look-up and
		connecting take at most half of it, or 1s if that is more, and delay the end by at
		most 1s. What is in flight at the end has 1s to come back. So a load ends at most
		2s after DURATION, whatever the server does
	-c CONNECTIONS
		how many at a time. Default 1
	-size BYTES
		the length of a message. Default 64
	-depth MESSAGES
		how many may be in flight on each connection. Default 1
	-rate MESSAGES
		how many to send per second, in all, however slow the answers are. A latency then counts
		from when the message was due: a message that had to wait for a slow answer is slow
		too, as it would be for a user. Without -rate, a slow server is asked less often, and
		looks better than it is. Default 0: as fast as the answers come
	-reconnect
		use a connection per message: connect, send, shut down the writing side, receive to
		the end, close. The latency is that of all this. Servers that answer only at the end
		of the stream take this load and no other. Each connection occupies a port of this
		machine for a minute: connect fails with EADDRNOTAVAIL when none is left
	-threads THREADS
		how many threads share the connections, if one isn't enough. Default 1
	-json	print one JSON object instead, times in nanoseconds; also with -doctor
	-plot FILE
		draw the latencies and the throughput into an SVG file

On a terminal a line shows the progress. Ctrl-C, SIGTERM or SIGHUP ends a load early, as -d would
have: what is in flight has 1s to come back, and the report is printed. A second signal ends it at
once. A connection that fails or gets a wrong answer is counted, the first ten with what was wrong
and where, and the others go on. A connection that never got an answer, or on which nothing moves
in the last second, has failed too; other messages that are still in flight then are cut off, which
is no failure. A datagram without an answer after -timeout counts as lost, which is no failure if
others were answered.

The path

	-doctor
		tell the server's addresses and how connecting to each went, or whether each answers
		a datagram; the names of both ends; whether small messages come back, whether reading
		while writing works, and whether the server's answer survives the end of the client's
		half (half-close); and what the kernel knows: path MTU, congestion control, round
		trips, retransmits (Linux). Each check ends after ten times -timeout, even if bytes
		keep coming. The server's address may follow it

Exit codes: 0 everything came back, 1 something else or too little did, 2 a call failed or time
ran out, 64 wrong usage. Standard input that can't be read and output that can't be written are 2
as well, except that a pipe that isn't read any more ends the program by SIGPIPE. If several things
go wrong, the exit code matches the printed error: standard output, -plot, a load's first wrong
answer, its first failure, the first check that failed. Other signals than those to a load end the
program as usual. Closed standard input and output are /dev/null.
`
