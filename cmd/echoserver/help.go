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
	echoserver -v -idle-timeout 10s -log-format json   log every connection, for programs

WHERE
	-listen ADDRESS
		listen on this address; may be given several times. The sockets that a service manager
		passes in LISTEN_FDS are served too: sd_listen_fds(3). Default, without such sockets:
		` + defaultListen + `
		  tcp://HOST:PORT         TCP; also tcp4:// and tcp6://. [::] takes IPv4 too, except
		                          with tcp6://; without IPv6 it takes IPv4 alone
		  udp://HOST:PORT         UDP; also udp4:// and udp6://
		  mptcp://HOST:PORT       MPTCP (Linux)
		  vsock://CID:PORT        between a virtual machine and its host (Linux)
		  unix:///PATH            a unix stream socket; also unixgram: and unixpacket:
		  unix:@NAME              an abstract one (Linux); also unixgram: and unixpacket:
		HOST:PORT alone means TCP, /PATH and @NAME alone mean unix streams. :PORT listens on
		every address of this machine, as [::]:PORT does. With port 0 the kernel picks one. CID
		is a number or any, hypervisor, local or host. The server prints its addresses when it
		is ready; if standard output can't take them, it logs that and serves all the same.
		A socket file that a dead server left is replaced; any other file at that path is an
		error. At its end the server removes its file, and it logs when the file is removed or
		replaced before that
	-backlog N
		how many clients may wait to be accepted; the kernel limits it to net.core.somaxconn.
		Default 4096
	-unix-mode MODE
		the mode of the files of unix sockets, such as 0660: only users who may write
		to the file can connect. Default: what the umask leaves. To abstract sockets, any user
		may connect; the sockets of LISTEN_FDS stay as they are
	-unix-owner USER:GROUP
		the owner of the files of unix sockets; USER or :GROUP alone leaves the other as it is

HOW
	-engine NAME
		how clients are served (default ` + defaultEngine + `):
` + engineHelp + `
	-mode stream | message
		stream: send bytes back as they come (RFC 862). message: receive until the client shuts
		down its writing side, then send everything back and close; not for datagrams, which
		have no end. Default stream
	-buffer SIZE
		how much to receive from a stream at once. Records and datagrams come whole, and may
		have 256KiB: a longer record gets a reset. Idle clients hold no buffer: each event loop
		has one, and the clients of another engine share at most 64. Default 64KiB
	-busy-poll DURATION
		after each event, poll for the next one for this long before blocking; uses a whole
		core, saves a few microseconds per round trip. For the engine epoll; 20us to 200us is
		usual. Default 0: off
	-coalesce DURATION
		before each wait for events, sleep for this long, so that more of them are served
		together. Saves processor time where many clients on other machines or cores keep the
		server busy and system calls are slow; delays each echo by up to DURATION, 1ms at
		most. For the engine epoll, without -busy-poll; 20us is usual. Default 0: off

LIMITS
A SIZE is a number of bytes, or one with KiB, MiB or GiB. A DURATION is 300ms, 10s or 5m.
	-max-conns N
		how many clients to serve at once. The others wait in the queue, as they do when
		descriptors run out. Default 0: as many as there are descriptors. Whatever N is, the
		engines goroutines and threads serve at most as many as a control group or
		setrlimit(2) leaves memory and threads for. Pipes and files may use up to an eighth of
		the descriptors each, and are closed when clients need them
	-max-message SIZE
		the longest message that -mode message takes; a longer one gets a reset. Each record
		counts for 4 bytes more than it has. Default 1GiB
	-spool-memory SIZE
		how much memory to use for bytes that clients sent and haven't yet received back, for
		all clients together (garbage collection may double it); the rest goes to files.
		Default 16MiB, or a quarter of what the server's control groups allow if that is less
	-spool-disk SIZE
		how much of the disk these files may use, for all clients together. One client gets at
		most as much as it leaves to the others, and a reset if it needs more. The same share
		applies to -spool-memory, beyond which a client's bytes go to a file. Default: half of
		what is free at the start
	-spool-dir DIRECTORY
		the directory of these files, which have no names and end with the server. It should be
		on a disk: a tmpfs is memory. If it is full, clients that need it get a reset.
		Default $TMPDIR, or /var/tmp
	-idle-timeout DURATION
		reset a client that neither sends nor receives for this long: one that hangs, reads
		nothing, never ends its message, or vanished. A client that reads nothing may have
		twice as long, while the kernel still takes bytes for it. 0 is never. Default 5m
	-keepalive IDLE,INTERVAL,COUNT
		have TCP probe a client that was silent for IDLE, every INTERVAL, and reset it after
		COUNT probes without an answer. This finds clients that vanished, and keeps those that
		are only silent. INTERVAL is 10s and COUNT 3 if left out; both times are rounded up to
		whole seconds. Default 0: off
	-max-repeats N
		how many datagrams a sender may repeat in a row before one in 100 of its
		repetitions gets no answer: see DATAGRAMS. 0 is any number. Default 5000
	-answer-broadcast
		answer datagrams that were sent to a broadcast or multicast address, from the address
		of the interface that they arrived on
	-grace DURATION
		how long clients have to finish after SIGINT or SIGTERM. Default 5s

LOGS, on standard error
	-log-format text | json
		one line per event, as package log/slog writes it. Default text.
		Of each kind of line that clients can cause, a listener logs at most 20 per second; it
		counts the others and logs how many lines were suppressed
	-v
		log every connection, not only those that failed, and without that limit. If the reader
		of the log is too slow, lines are lost, and their number is logged
	-trace
		print each system call on a socket, as strace does: many transfers by io_uring(7) are
		one call
	-version
		print the program's version, and Go's, and exit

WATCH
	-watch HOST:PORT
		serve a web page, at http://HOST:PORT/, that shows the sockets live: listeners with their
		queues and drops; clients with the states of their sockets, queues, bytes, round trips,
		age and idle time; rates, and the last lines of the log. A click on a client shows its
		life so far: states, what the server holds for it, and from then on the calls on its
		socket, without the bytes, and its packets (with root or CAP_NET_RAW). States and bytes
		are the kernel's, by sock_diag(7) on Linux; elsewhere the page has only the counters. It
		costs nothing while no viewer looks. Asking the kernel takes at most 1 % of a core: the
		page changes less often instead. There may be 8 viewers at once, fewer if there are few
		descriptors. /metrics has the counters for Prometheus; /healthz answers 200, and 503
		from the first signal on. HOST must be this machine's loopback. Requests must name an IP
		address, localhost or HOST
	-watch-public
		let -watch have an address that others can reach, and requests name this machine too.
		Anyone who reaches it sees the addresses of the clients and the log, though no data

SIGNALS
	SIGINT, SIGTERM  stop: serve the clients that are already in the queue, refuse new ones (at
	                 -max-conns, once the queue is empty), and exit with code 0 when the last
	                 one is done or -grace is over. A second signal ends the server at once, as
	                 does a first one while it starts. One that comes within 20 ms of the first
	                 counts as the same signal, since timeout(1) sends two
	SIGUSR1          log the counters, one line per listener, as the server also does at its end:
	                 accepted (clients, or datagrams), active (clients), received and sent
	                 (bytes), failed (clients that got a reset, lost answers), refused
	                 (messages above -max-message or a share of -spool-disk, records above 256KiB,
	                 datagrams without an answer), spooled (bytes, to files)
	SIGQUIT, SIGABRT end the server at once with code 2, after printing its stacks
	SIGHUP, SIGPIPE, SIGTTOU, SIGXFSZ  are ignored

If another process shuts down an inherited socket, the server logs it and gives the socket up; the
engine iterative does so after the client that it serves. When it was the last one, the server stops
as after a signal, except that the exit code is 1.

A client gets back exactly its bytes and the end of the stream, or a reset: never a part that looks
complete, not even if this program is killed. (AF_UNIX and vsock have no reset. There, a client sees
an early end; over AF_UNIX it sees an error if the server left some of its bytes unread. An empty
record ends a conversation over unixpacket: the kernel reports it as the end.)

DATAGRAMS
These datagrams get no answer, and count as refused:
  - those from port 0 to 1023, from a port on which this server has a UDP listener, whatever the
    address, from the path or name of one of its unixgram listeners, and those without a sender's
    address. Their sender would answer in turn, and neither side would ever stop.
  - those to a broadcast or multicast address, unless -answer-broadcast is given: one of them would
    cause an answer from every server that it reaches. Where the kernel doesn't tell the
    destination, they are answered, and the log says so at the start (Linux).
  - those longer than 256KiB.
  - some of a sender that repeats itself. A forged datagram can make this server and one on another
    port answer each other. The datagram in such a loop is always the same, and needs every answer.
    So of the datagrams that a sender repeats, byte for byte within a second of the last one, the
    first -max-repeats are answered, and after that all except one in 100, until the sender pauses
    for a second. A loop of n datagrams ends after about -max-repeats + 100n of them, later if n
    is above 4000. Clients that number their datagrams, as a load of echoclient does, never repeat
    themselves. The server remembers datagrams and senders in 88 KiB, however many there are: it
    forgets some if there are too many, which costs no client an answer. It doesn't recognize a
    loop in which the other server changes what it sends.
An answer is lost if the sender doesn't receive and its queue is full. Over unixgram it counts as
failed; over UDP it counts as sent, since the kernel doesn't tell. The clients of a unixgram listener
share its send buffer; if half of it is full, long answers are lost first.

EXIT CODES
	0   a signal stopped the server
	1   a call failed, no listener is left, or a second signal came
	64  wrong usage
`
}
