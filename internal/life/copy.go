package life

import (
	"maps"
	"slices"
	"strconv"

	"example.com/berkeley/sock"
)

// copied finds the new descriptor in the line of a call that duplicates one.
var copied = lazily(`^(?:fcntl\(\d+, F_DUPFD(?:_CLOEXEC)?, \d+\)|dup3\(\d+, \d+, [A-Z_|]+\)) += (\d+)`)

func isCopy(c sock.Call) bool { return copied().MatchString(c.Line) }

// copy makes a call of one that duplicates a descriptor, and knows the socket by its new descriptor, too.
func (r *Recorder) copy(c sock.Call, socket int) *Call {
	fd, _ := strconv.Atoi(copied().FindStringSubmatch(c.Line)[1])
	if before := r.withFD(fd); before >= 0 { // dup3 closed it
		r.sockets[before].last.FD = r.fdAfterClose(before, fd)
	}
	if r.copies == nil {
		r.copies = map[int]int{}
	}
	r.copies[fd] = socket
	call := newCall(c, c.FD, socket, r.side)
	call.Result = "= " + strconv.Itoa(fd)
	return call
}

// fdAfterClose is a descriptor that a socket has when one of its own was closed.
func (r *Recorder) fdAfterClose(socket, fd int) int {
	if _, is := r.copies[fd]; is {
		delete(r.copies, fd)
		return r.sockets[socket].last.FD
	}
	for _, other := range slices.Sorted(maps.Keys(r.copies)) {
		if r.copies[other] == socket {
			delete(r.copies, other)
			return other
		}
	}
	return NoFD
}
