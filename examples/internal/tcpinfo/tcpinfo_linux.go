package tcpinfo

import "example.com/berkeley/sock"

const hasQueue = true

// Of returns what TCP_INFO tells about a socket. Linux counts a listener's queue in fields that a listener has no other use for.
func Of(fd int) Info {
	info, err := sock.Getsockopt(fd, sock.TCP_INFO)
	if err != nil {
		return Info{State: "-"}
	}
	return Info{
		State:       info.State.String(),
		Retransmits: int(info.TotalRetrans),
		Queue:       int(info.Unacked),
		QueueLimit:  int(info.Sacked),
	}
}
