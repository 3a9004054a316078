//go:build unix

package main

const help = `Echoclient sends words, or its standard input, to an echo server, receives the answer,
compares it with what was sent, and prints it.

	echoclient Hello, world                send "Hello, world" to 127.0.0.1, port 6543
	echoclient -addr unix:@echo < FILE     send a file of any size, receiving while sending

	-addr ADDRESS
		the server. Default ` + defaultAddr + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone is TCP, /PATH and @NAME alone are unix streams. All addresses of a
		host are tried in turn.
	-connect-timeout DURATION
		how long each address may take to connect; 0 is for ever. Default 10s
	-timeout DURATION
		give up when it is the server's turn and nothing moves for so long; 0 is never. Default 10s
	-v	tell the addresses of both ends and the number of bytes

On a stream it shuts down its writing side after the last byte and receives to the end. To a
datagram socket it sends words as one datagram and standard input in pieces of 1200 bytes, and
waits for the answer to each. What is sent and not yet back is kept in memory up to 24 MiB, and
beyond that in a temporary file: for a server that answers only when it has everything.

Exit codes: 0 all came back, 1 something else or too little did, 2 a call failed or time ran
out, 64 wrong usage.
`
