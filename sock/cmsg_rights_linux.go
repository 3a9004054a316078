package sock

import (
	"errors"

	"golang.org/x/sys/unix"
)

// maxRights is the largest number of descriptors in a message: SCM_MAX_FD of <net/scm.h>.
const maxRights = 253

// AppendRights appends an SCM_RIGHTS message to b, which passes descriptors to the receiver: unix(7). They stay open
// here. The kernel takes at most 253, and refuses more with EINVAL.
func AppendRights(b []byte, fds ...int) []byte {
	b = appendHeader(b, unix.SOL_SOCKET, unix.SCM_RIGHTS, 4*len(fds))
	for _, fd := range fds {
		b = appendCint(b, fd)
	}
	return pad(b)
}

// ParseRights returns the descriptors of an SCM_RIGHTS message: unix(7). The caller must close them. They are
// close-on-exec if Recvmsg received them. ok is false for messages of other types.
func ParseRights(c Cmsg) (fds []int, ok bool) {
	if c.Level != unix.SOL_SOCKET || c.Type != unix.SCM_RIGHTS {
		return nil, false
	}
	fds = make([]int, len(c.Data)/4)
	for i := range fds {
		fds[i] = cint(c.Data[4*i:])
	}
	return fds, true
}

// SendFds sends p, and descriptors with it, over an AF_UNIX socket: sendmsg(2) with SCM_RIGHTS, unix(7). On a stream n
// may be less than len(p); the descriptors go with the first byte, so finish with SendAll(fd, p[n:], 0). A stream would
// silently lose them without a byte, so SendFds returns EINVAL for an empty p there, after a look at SO_TYPE.
// ETOOMANYREFS means that too many descriptors are in flight.
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

// ErrLostFds is the error of RecvFds when some of the descriptors that the peer sent were lost.
var ErrLostFds = errors.New("descriptors were lost: more than asked for, the limit of open files, or a security module")

// RecvFds receives into p, and up to max descriptors with it, from an AF_UNIX socket: recvmsg(2), unix(7). The
// descriptors are close-on-exec, and the caller must close them. ErrLostFds means that the kernel closed others
// (MSG_CTRUNC): the peer sent more than max, RLIMIT_NOFILE is reached, or a security module refused them; n and fds
// are valid with it. Other control messages, such as SCM_CREDENTIALS, would take the space; if the socket receives
// these, use Recvmsg: ErrLostFds then may mean that one of them was cut off, and no descriptor.
func RecvFds(fd int, p []byte, max int) (n int, fds []int, err error) {
	if max < 0 {
		return 0, nil, EINVAL
	}
	// The kernel closes descriptors that don't fit. CmsgSpace may have room for one more than asked
	// for, which a peer could leak here.
	var room [cmsgHeader + 4*maxRights]byte
	iov := [1][]byte{p}
	m := Msg{Iov: iov[:], Control: room[:CmsgLen(4*min(max, maxRights))]}
	n, err = Recvmsg(fd, &m, 0)
	if err != nil {
		return 0, nil, err
	}
	for c, rest, ok := nextCmsg(m.Control); ok; c, rest, ok = nextCmsg(rest) {
		if pidfd, ok := CMSG_PIDFD.Parse(c); ok {
			Close(pidfd) // SO_PASSPIDFD sends one that would leak otherwise
		}
		rights, _ := ParseRights(c)
		fds = append(fds, rights...)
	}
	if m.Flags&MSG_CTRUNC != 0 {
		return n, fds, ErrLostFds
	}
	return n, fds, nil
}
