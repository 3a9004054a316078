package sock

// Msg is struct msghdr of sendmsg(2) and recvmsg(2). Only one goroutine may use it at a time; the calls keep no
// reference to it.
type Msg struct {
	Name    Sockaddr // destination or sender; the zero Sockaddr means no address
	Iov     [][]byte // the buffers that are sent or filled one after the other, at most 1024
	Control []byte   // control messages to send, or a buffer for them and then those received
	Flags   int      // set by Recvmsg: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE, ..., but not MSG_CMSG_CLOEXEC
}

// size returns the total length of the buffers. It is 0 for a nil message, which the call refuses.
func (m *Msg) size() (n int) {
	if m == nil {
		return 0
	}
	for _, p := range m.Iov {
		n += len(p)
	}
	return n
}

// Sendmsg sends the buffers of m, with its control messages, to its address: sendmsg(2). n is the number of bytes
// sent from the buffers, 0 on error. It sends exactly what m has: on a stream, control messages need at least one
// byte of data to go with. EMSGSIZE can also mean more than 1024 buffers.
func Sendmsg(fd int, m *Msg, flags int) (n int, err error) {
	return sendmsgBy(fd, m, flags, plainCall)
}

func sendmsgBy(fd int, m *Msg, flags int, mode callMode) (n int, err error) {
	if m == nil {
		return 0, EFAULT
	}
	raceRelease()
	raceReadAll(m.Iov)
	n, e := sendmsg(fd, m, flags, mode)
	if e != 0 {
		return 0, e
	}
	return n, nil
}

// Recvmsg receives into the buffers of m: recvmsg(2). On success it sets m.Name and m.Flags, and cuts m.Control to
// the control messages received: restore its length before the next call. On error it sets only m.Name, to no
// address.
//
// The caller must close descriptors that arrive, which are close-on-exec; check for them even with MSG_CTRUNC.
// AF_PACKET, AF_CAN, AF_KEY, AF_MCTP and AF_PHONET refuse the flag that makes them so: after EINVAL or EOPNOTSUPP with
// a control buffer, Recvmsg asks for the family, and for these repeats the call without the flag.
//
// n == 0 with a nil error is the end of a stream, or an empty message. With MSG_TRUNC in flags, n may be more than
// the buffers hold.
func Recvmsg(fd int, m *Msg, flags int) (n int, err error) {
	return recvmsgBy(fd, m, flags, plainCall)
}

func recvmsgBy(fd int, m *Msg, flags int, mode callMode) (n int, err error) {
	if m == nil {
		return 0, EFAULT
	}
	n, e := recvmsg(fd, m, flags, mode)
	if e != 0 {
		return 0, e
	}
	raceReceivedAll(m.Iov, n)
	return n, nil
}

func raceReadAll(bufs [][]byte) {
	for _, p := range bufs {
		raceRead(p)
	}
}

// raceReceivedAll tells the race detector that the kernel wrote n bytes into buffers, one after the other.
func raceReceivedAll(bufs [][]byte, n int) {
	raceAcquire()
	for _, p := range bufs {
		raceWrite(p[:min(n, len(p))])
		n -= min(n, len(p))
	}
}
