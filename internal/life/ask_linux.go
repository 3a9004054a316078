package life

import (
	"example.com/berkeley/internal/sockdiag"
	"example.com/berkeley/sock"
)

// Asker asks the kernel about sockets: by TCP_INFO of tcp(7) and by ioctl(2) about one with a descriptor, by sock_diag(7)
// about one without.
type Asker struct{ diag *sockdiag.Conn }

// NewAsker makes an Asker. Where sock_diag isn't available, sockets without a descriptor remain unknown.
func NewAsker() *Asker {
	diag, _ := sockdiag.Open()
	return &Asker{diag}
}

// Close gives back what the Asker holds.
func (a *Asker) Close() {
	if a.diag != nil {
		a.diag.Close()
		a.diag = nil
	}
}

var closed = sock.TCPState(sock.TCP_CLOSE).String()

// Ask fills in the state and the queues of a socket that has the descriptor s.FD, or these names. found is false if the
// kernel has no such socket.
func (a *Asker) Ask(s *State, local, remote sock.Sockaddr) (found bool) {
	s.State, s.Unread, s.Unsent = "", 0, 0
	if s.FD != NoFD {
		askDescriptor(s)
	}
	// A connection may be there without a descriptor, and outlives a socket that is at CLOSE: in TIME_WAIT.
	if s.FD == NoFD || s.State == closed {
		a.askNames(s, local, remote)
	}
	return s.State != ""
}

func askDescriptor(s *State) {
	s.Unread, _ = sock.InputQueue(s.FD)
	if info, err := sock.Getsockopt(s.FD, sock.TCP_INFO); err == nil {
		s.State = info.State.String()
		s.Unsent, _ = sock.OutputQueue(s.FD)
		if info.State == sock.TCP_LISTEN {
			s.Unread, s.Unsent = int(info.Unacked), int(info.Sacked)
		}
		return
	}
	if listens, err := sock.Getsockopt(s.FD, sock.SO_ACCEPTCONN); err == nil && listens {
		s.State = sock.TCPState(sock.TCP_LISTEN).String()
		return
	}
	s.State = Unconnected
	if _, err := sock.Getpeername(s.FD); err == nil {
		s.State = Connected
	}
}

func (a *Asker) askNames(s *State, local, remote sock.Sockaddr) {
	if a.diag == nil || remote.IsZero() || local.Family() != sock.AF_INET && local.Family() != sock.AF_INET6 {
		return
	}
	if found, err := a.diag.Find(sock.IPPROTO_TCP, local, remote); err == nil {
		s.State, s.Unread, s.Unsent = found.State.String(), int(found.Received), int(found.Queued)
	}
}
