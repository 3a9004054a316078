package sock

// Msg is struct msghdr of sendmsg(2) and recvmsg(2). It belongs to one goroutine at a time; the calls keep nothing of it.
type Msg struct {
	Name    Sockaddr // where to, or where from; the zero Sockaddr is none
	Iov     [][]byte // the buffers that are sent, or filled, one after the other; 1024 at most
	Control []byte   // control messages: what to send, or the room for them and then what came
	Flags   int      // what Recvmsg tells: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE, ...
}

// size is how many bytes the buffers have; 0 for a nil message, which is the call's to refuse.
func (m *Msg) size() (n int) {
	if m == nil {
		return 0
	}
	for _, p := range m.Iov {
		n += len(p)
	}
	return n
}

// Sendmsg sends the buffers of m, with its control messages, to its address: sendmsg(2).
// n is the sum of what went out of the buffers, 0 on error. Exactly what m has is sent, and nothing added: on a stream,
// control messages need at least one byte of data to go with. EMSGSIZE means more than 1024 buffers too.
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

// Recvmsg receives into the buffers of m: recvmsg(2). On success it sets m.Name, m.Flags, and m.Control to the part of it
// that came: give it its length again before the next call. On error only m.Name changes, to no address.
// Descriptors that come are close-on-exec, and the caller's to close, also with MSG_CTRUNC: some may have come. AF_PACKET,
// AF_CAN, AF_KEY, AF_MCTP and AF_PHONET refuse the flag for that. After EINVAL or EOPNOTSUPP with room for control messages,
// Recvmsg asks for the family, and on these calls once more without it.
// n == 0 with no error is the end of a stream, or an empty message; with MSG_TRUNC in flags n may be more than fits.
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
