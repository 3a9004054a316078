package life

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/berkeley/internal/sockdiag"
	"example.com/berkeley/sock"
)

// Asker asks the kernel about sockets: by TCP_INFO of tcp(7) and by ioctl(2) about one with a descriptor, by sock_diag(7)
// about one without, or where the kernel or a sandbox has no sock_diag, by /proc/net/tcp of proc_pid_net(5).
type Asker struct{ diag *sockdiag.Conn }

// NewAsker makes an Asker.
func NewAsker() *Asker {
	diag, err := sockdiag.Open()
	if err != nil {
		return &Asker{}
	}
	a := &Asker{diag}
	listeners := sockdiag.Query{Family: sock.AF_INET, Protocol: sock.IPPROTO_TCP, States: sockdiag.In(sock.TCP_LISTEN)}
	if err := diag.Each(listeners, func(*sockdiag.Socket) {}); err != nil {
		a.Close()
	}
	return a
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
	if remote.IsZero() || local.Family() != sock.AF_INET && local.Family() != sock.AF_INET6 {
		return
	}
	if a.diag == nil {
		findInProc(s, local, remote)
		return
	}
	if found, err := a.diag.Find(sock.IPPROTO_TCP, local, remote); err == nil {
		s.State, s.Unread, s.Unsent = found.State.String(), int(found.Received), int(found.Queued)
	}
}

// findInProc fills in what /proc/net/tcp says about the socket that has these names. A line's second field is the local name, the
// next ones are the remote name, the state, and the lengths of both queues, all in hexadecimal.
func findInProc(s *State, local, remote sock.Sockaddr) {
	file := "/proc/thread-self/net/tcp" // of this thread's network namespace
	if local.Family() == sock.AF_INET6 {
		file += "6"
	}
	table, _ := os.ReadFile(file)
	names := procName(local) + " " + procName(remote) + " "
	for line := range strings.Lines(string(table)) {
		_, line, _ = strings.Cut(line, ": ")
		line, found := strings.CutPrefix(line, names)
		if !found {
			continue
		}
		state, queues, _ := strings.Cut(line, " ")
		unsent, unread, _ := strings.Cut(queues, ":")
		unread, _, _ = strings.Cut(unread, " ")
		s.State, s.Unread, s.Unsent = sock.TCPState(hex(state)).String(), hex(unread), hex(unsent)
		return
	}
}

// procName is a name as /proc/net/tcp has it: the address as words in the order of this machine's bytes.
func procName(sa sock.Sockaddr) string {
	var b strings.Builder
	ip := sa.AddrPort().Addr().AsSlice()
	for ; len(ip) >= 4; ip = ip[4:] {
		fmt.Fprintf(&b, "%08X", binary.NativeEndian.Uint32(ip))
	}
	fmt.Fprintf(&b, ":%04X", sa.AddrPort().Port())
	return b.String()
}

func hex(digits string) int {
	n, _ := strconv.ParseUint(digits, 16, 31)
	return int(n)
}
