//go:build unix

package main

const help = `Echoclient sends words, or its standard input, to an echo server, receives the answer,
compares it with what was sent, and prints it. It also puts a load on a server and measures
it, and tells what the path to a server does.

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
		as localhost:PORT is. All addresses of a host are tried in turn. CID is a number or any,
		hypervisor, local or host.
	-4, -6	try a host's IPv4 addresses only, or its IPv6 addresses only
	-source ADDRESS
		connect from this address of this machine: HOST, HOST:PORT, /PATH or @NAME
	-connect-timeout DURATION
		how long each address may take to connect; 0 is for ever. Default 10s
	-timeout DURATION
		give up when it is the server's turn and nothing moves for so long; 0 is never. Default 10s;
		with -doctor 2s
	-v	tell the addresses of both ends and the number of bytes
	-trace
		show every call of a socket on standard error, as strace does

On a stream it shuts down its writing side after the last byte and receives to the end. To a
datagram socket it sends words as one datagram and standard input in pieces of 1200 bytes, and
waits for the answer to each. What is sent and not yet back is kept in memory up to 24 MiB, and
beyond that in a temporary file: for a server that answers only when it has everything.

A load (Linux)

Any of these flags makes it one. Each connection sends a message, waits until all of it is back,
and sends the next; every byte is compared. Then it prints how many messages came back, and the
latencies: p99 is the one that 99% of the messages didn't exceed.

	-n MESSAGES
		how many in all
	-d DURATION
		for how long. Default 10s without -n
	-c CONNECTIONS
		how many at a time. Default 1
	-size BYTES
		the length of a message. Default 64
	-depth MESSAGES
		how many may be in flight on each connection. Default 1
	-rate MESSAGES
		how many to send a second, in all, however slow the answers are. A latency then counts
		from when the message was due: what had to wait for a slow answer before it is slow
		too, as it would be for a user. Without it, a slow server is asked less often, and
		looks better than it is. Default 0: as fast as the answers come
	-reconnect
		a connection for each message: connect, send, shut down the writing side, receive to
		the end, close. The latency is that of all this. Servers that answer only at the end
		of the stream take this load and no other. Each connection keeps a port of this machine
		for a minute: connect fails with EADDRNOTAVAIL when there are no more
	-threads THREADS
		how many threads share the connections, if one doesn't do. Default 1
	-json	print one JSON object instead, times in nanoseconds; also with -doctor
	-plot FILE
		draw the latencies and the throughput into an SVG file

On a terminal a line tells how it goes. Ctrl-C ends a load as its -d would have: what is in flight
is waited for and the report printed, and a second one ends it at once. A connection that fails
or gets a wrong answer is counted, the first ten with what was wrong and where, and the others go
on. A datagram without an answer after -timeout, then 1s unless given, counts as lost and is no
failure, if others were answered.

The path

	-doctor
		tell the server's addresses and how connecting to each went; the names of both ends;
		whether small messages come back, whether reading while writing works, and whether the
		server's answer survives the end of the client's half (half-close); and what the kernel
		knows: path MTU, congestion control, round trips, retransmits (Linux). The server's
		address may follow it

Exit codes: 0 all came back, 1 something else or too little did, 2 a call failed or time ran
out, 64 wrong usage. A load or -doctor with trouble of both kinds ends with that of the error it
prints: a load's first wrong answer or else its first failure, the first check that failed.
`
