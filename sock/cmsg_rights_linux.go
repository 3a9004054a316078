package sock

import (
	"errors"

	"golang.org/x/sys/unix"
)

// maxRights is how many descriptors the kernel lets one message have: SCM_MAX_FD of <net/scm.h>.
const maxRights = 253

// AppendRights appends an SCM_RIGHTS message to b, which hands descriptors to the receiver: unix(7).
// The kernel takes 253 of them at most, and refuses more with EINVAL. They stay open here.
func AppendRights(b []byte, fds ...int) []byte {
	b = appendHeader(b, unix.SOL_SOCKET, unix.SCM_RIGHTS, 4*len(fds))
	for _, fd := range fds {
		b = appendCint(b, fd)
	}
	return pad(b)
}

// ParseRights reads an SCM_RIGHTS message: unix(7). Its descriptors are open and the caller's to close, close-on-exec
// where Recvmsg received them. Other messages give nil.
func ParseRights(c Cmsg) []int {
	if c.Level != unix.SOL_SOCKET || c.Type != unix.SCM_RIGHTS {
		return nil
	}
	fds := make([]int, len(c.Data)/4)
	for i := range fds {
		fds[i] = cint(c.Data[4*i:])
	}
	return fds
}

// SendFds sends p and descriptors with it over an AF_UNIX socket: sendmsg(2) with SCM_RIGHTS, unix(7).
// n may be less than len(p) on a stream, where the descriptors go with the first byte: finish with SendAll(fd, p[n:], 0).
// Without a byte a stream would lose them in silence, so an empty p is EINVAL there, found with SO_TYPE.
// ETOOMANYREFS means that too many descriptors are under way.
func SendFds(fd int, p []byte, fds ...int) (n int, err error) {
	if len(p) == 0 {
		typ, err := Getsockopt(fd, SO_TYPE)
		if err != nil {
			return 0, err
		}
		if typ == SOCK_STREAM {
			return 0, EINVAL
		}
	}
	var room [cmsgHeader + 4*maxRights + wordSize]byte
	iov := [1][]byte{p}
	return Sendmsg(fd, &Msg{Iov: iov[:], Control: AppendRights(room[:0], fds...)}, 0)
}

// ErrLostFds is the error of RecvFds where not all descriptors arrived that the peer sent.
var ErrLostFds = errors.New("descriptors were lost: more than asked for, the limit of open files, or a security module")

// RecvFds receives into p, and up to max descriptors with it, from an AF_UNIX socket: recvmsg(2), unix(7).
// They are close-on-exec and the caller's to close. ErrLostFds means that the kernel closed others (MSG_CTRUNC): the peer sent
// more than max, RLIMIT_NOFILE is reached, or a security module refused them. n and fds are what arrived, also then.
// Other control messages, SCM_CREDENTIALS for example, would take the room: with these, use Recvmsg.
func RecvFds(fd int, p []byte, max int) (n int, fds []int, err error) {
	if max < 0 {
		return 0, nil, EINVAL
	}
	// The kernel closes what has no room. CmsgSpace may have room for one more, which a peer could leave here.
	var room [cmsgHeader + 4*maxRights]byte
	iov := [1][]byte{p}
	m := Msg{Iov: iov[:], Control: room[:CmsgLen(4*min(max, maxRights))]}
	n, err = Recvmsg(fd, &m, 0)
	if err != nil {
		return 0, nil, err
	}
	for c, rest, ok := nextCmsg(m.Control); ok; c, rest, ok = nextCmsg(rest) {
		if pidfd, ok := ParseControl(c, CMSG_PIDFD); ok {
			Close(pidfd) // SO_PASSPIDFD sends one that nobody could close otherwise
		}
		fds = append(fds, ParseRights(c)...)
	}
	if m.Flags&MSG_CTRUNC != 0 {
		return n, fds, ErrLostFds
	}
	return n, fds, nil
}
