//go:build unix

package main

import (
	"maps"
	"slices"
)

func engineNames() []string { return slices.Sorted(maps.Keys(engines)) }

func help() string {
	return `Echoserver sends back what it receives, over raw file descriptors.

	echoserver                                         serve 127.0.0.1, port 6543
	echoserver -listen tcp://[::]:7 -listen udp://[::]:7
	echoserver -listen unix:///run/echo -unix-mode 0660 -mode message
	echoserver -v -idle-timeout 10s -log-format json   see who comes and what goes wrong

WHERE
	-listen ADDRESS
		where to listen; give it as often as you like. Default ` + defaultListen + `,
		or the sockets that a service manager hands over: LISTEN_FDS of sd_listen_fds(3)
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://. [::] takes IPv4 too, but for
		                          tcp6://; where there is no IPv6, it takes IPv4 alone
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone is TCP, /PATH and @NAME alone are unix streams; :PORT listens on every
		address of this machine, as [::]:PORT does. Port 0 lets the kernel pick one; the address
		that it became is printed when the server is ready. If it cannot be printed, the server
		serves all the same and logs it. CID is a number or any, hypervisor, local or host.
		The socket file of a dead server is replaced; any other file makes the server fail. A
		server removes its own file at its end, and logs it if that is removed or replaced before
	-backlog N
		how many clients may wait to be accepted; the kernel has a limit of its own,
		net.core.somaxconn. Default 4096
	-unix-mode MODE
		the mode of unix sockets' files, such as 0660: who may write may connect. Default is
		what the umask leaves
	-unix-owner USER:GROUP
		who owns unix sockets' files; USER or :GROUP alone leave the other as it is

HOW
	-engine NAME
		how clients are served (default ` + defaultEngine + `):
` + engineHelp + `
	-mode stream | message
		stream: bytes go back as they come (RFC 862). message: receive until the client shuts
		down its writing side, then send everything back and close; not for datagrams, which
		have no end. Default stream
	-buffer SIZE
		how much is received at once from a stream. Records and datagrams come whole, and may
		have 256KiB. Default 64KiB
	-busy-poll DURATION
		for so long after the last event, ask for the next one again and again instead of
		waiting to be woken: takes a core for itself, and microseconds off a round trip. For
		the engine epoll; 20us to 200us is usual. Default 0: off
	-coalesce DURATION
		how long an event loop of the engine epoll naps before it looks for events, so that
		it serves more of them at a time. It does so only with many events a second, while
		it finds that about as many bytes pass as without: then it saves up to a third of the
		processor time, and an answer may come later by so much. 0, or -busy-poll, turns it
		off. Default 20us

HOW MUCH
	A SIZE is a number of bytes, or one with KiB, MiB or GiB. A DURATION is 300ms, 10s, 5m.
	-max-conns N
		how many clients are served at once, the others wait in the queue, as they do when
		descriptors run out. Default 0: as many as there are descriptors
	-max-message SIZE
		the longest message that -mode message takes; a longer one gets a reset. Records count
		for 4 bytes more than they have. Default 1GiB
	-spool-memory SIZE
		what clients sent and haven't yet taken back is kept in memory, up to this much for all
		clients together (garbage collection may double it); the rest goes to files.
		Default 16MiB
	-spool-dir DIRECTORY
		where these files are. They have no names and end with the server. It should be on a
		disk: what is on a tmpfs is memory. If it is full, the client who needs it gets a
		reset. Default $TMPDIR, or /var/tmp
	-idle-timeout DURATION
		reset a client that neither sends nor receives for so long: one that hangs, reads
		nothing, never ends its message, or has gone without a word; 0 is never. Default 5m
	-keepalive IDLE,INTERVAL,COUNT
		have TCP probe a client that was silent for IDLE, every INTERVAL, and reset it when
		COUNT probes got no answer: finds those who are gone, and not those who are silent.
		INTERVAL is 10s and COUNT 3 if left out. Default 0: off
	-max-repeats N
		how many datagrams a sender may repeat in a row before one in 100 of its repetitions
		gets no answer: see DATAGRAMS. 0 is any number. Default 5000
	-answer-broadcast
		answer datagrams that were sent to a broadcast or multicast address, from the address
		of the interface that they came in by
	-grace DURATION
		how long clients have to finish after SIGINT or SIGTERM. Default 5s

LOGS, on standard error
	-log-format text | json
		one line an event, as package log/slog writes it. Default text
		Of each kind of line that clients can cause, a listener logs at most 20 per second; it
		counts the others and logs how many lines were suppressed
	-v
		log every connection, not only those that failed, and without that limit. If whatever
		reads the log is too slow, lines are lost, and their number is logged
	-trace
		show every call of a socket, as strace does

SIGNALS
	SIGINT, SIGTERM  stop: clients already in the queue are served, new ones refused; the end,
	                 with exit code 0, is when the last one is done or the grace is over.
	                 A second one ends it at once, as does a first one while it starts
	SIGUSR1          log the counters, a line for each listener; they are logged at the end too:
	                 accepted (clients, or datagrams), active (clients), received and sent
	                 (bytes), failed (clients who got a reset, answers that got lost), refused
	                 (messages above -max-message, datagrams without an answer), spooled (bytes, to files)
	SIGHUP, SIGPIPE, SIGTTOU, SIGXFSZ  are ignored

An inherited socket that another process shuts down is given up, with a line in the log. With its
last one, the server stops as after a signal, except that the exit code is 1.

A client gets back exactly its bytes and the end of the stream, or a reset: never a part that
looks whole, not even if this program is killed. (AF_UNIX has no reset. There, a client sees an
error if bytes of its own were left unread, and otherwise the end, early. An empty record ends a
conversation over unixpacket: the kernel shows it as the end.)

DATAGRAMS
These datagrams get no answer, and count as refused:
  - those from port 0 to 1023, from a port that this server has a UDP listener on, whatever the
    address, from the path or name of one of its unixgram listeners, and from no address at all.
    Their sender would answer in turn, and neither would ever stop
  - those to a broadcast or multicast address, unless -answer-broadcast is given: one of them would
    call up an answer from every server that it reaches. Where the kernel does not tell which
    these are, they are answered; the log says so at the start (Linux)
  - some of a sender that repeats itself. A forged datagram can make this server and one on another
    port answer each other. What goes round then is always the same, and needs every answer. So of
    the datagrams that a sender repeats, byte for byte within a second of the last time, the first
    -max-repeats are answered, and after that all except one in 100, until the sender makes a
    pause of a second. A loop of n datagrams ends when about -max-repeats + 100n went round.
    Clients that number their datagrams, as a load of echoclient does, never repeat themselves.
    The server remembers datagrams and senders in 150 KiB, however many there are: it forgets some
    if there are too many, and takes none for another. It does not recognize a loop in which the
    other server changes what it sends
An answer is lost, and counts as failed, if the sender does not receive and its queue is full. The
clients of a unixgram listener share its send buffer; if half of it is full, long answers are lost
first.

Exit codes: 0 stopped by a signal, 1 a call failed, no listener is left or a second signal came,
64 wrong usage.
`
}
