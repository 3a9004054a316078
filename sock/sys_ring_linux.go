package sock

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// <linux/io_uring.h>.
const (
	ringSend      = 26          // IORING_OP_SEND
	ringRecv      = 27          // IORING_OP_RECV
	ringSubmitAll = 1 << 7      // IORING_SETUP_SUBMIT_ALL: a failed transfer doesn't stop the later ones
	ringGetEvents = 1           // IORING_ENTER_GETEVENTS
	ringEntriesAt = 0x1000_0000 // IORING_OFF_SQES
)

// ringParams is struct io_uring_params.
type ringParams struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFd uint32

	_  [3]uint32
	sq ringOffsets // head, tail, ring mask, ring entries, flags, dropped, array
	cq ringOffsets // head, tail, ring mask, ring entries, overflow, completions, flags
}

// ringOffsets is struct io_sqring_offsets or io_cqring_offsets.
type ringOffsets struct {
	head, tail, mask, entries, fifth, sixth, seventh uint32

	_ uint32
	_ uint64
}

// ringEntry is struct io_uring_sqe for a transfer.
type ringEntry struct {
	op, flags uint8
	priority  uint16
	fd        int32
	offset    uint64
	address   uint64
	length    uint32
	msgFlags  uint32
	number    uint64
	_         [3]uint64
}

// ringCompletion is struct io_uring_cqe.
type ringCompletion struct {
	number uint64
	result int32
	flags  uint32
}

// kernelRing is the memory that a ring shares with the kernel.
type kernelRing struct {
	fd                             int
	rings, entries                 unsafe.Pointer // the mapped memory
	ringsSize, entriesSize         uintptr
	sqHead, sqTail, cqHead, cqTail *uint32
	sqes                           []ringEntry // a power of two, like cqes
	cqes                           []ringCompletion
}

func (k *kernelRing) setup(entries int) syscall.Errno {
	var p ringParams
	p.flags = ringSubmitAll
	trace := traced()
	fd, _, e := syscall.Syscall(unix.SYS_IO_URING_SETUP, arg(entries), uintptr(unsafe.Pointer(&p)), 0)
	if trace != nil {
		trace.ringSetup(entries, &p, int(fd), e)
	}
	if e != 0 {
		return e
	}
	k.fd = int(fd)
	k.ringsSize = uintptr(max(p.sq.seventh+p.sqEntries*4, p.cq.sixth+p.cqEntries*uint32(unsafe.Sizeof(ringCompletion{}))))
	k.entriesSize = uintptr(p.sqEntries) * unsafe.Sizeof(ringEntry{})
	if k.rings, e = k.mapped(0, k.ringsSize); e == 0 {
		k.entries, e = k.mapped(ringEntriesAt, k.entriesSize)
	}
	if e != 0 {
		k.free()
		return e
	}
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Add(k.rings, offset)) }
	k.sqHead, k.sqTail, k.cqHead, k.cqTail = at(p.sq.head), at(p.sq.tail), at(p.cq.head), at(p.cq.tail)
	k.sqes = unsafe.Slice((*ringEntry)(k.entries), p.sqEntries)
	k.cqes = unsafe.Slice((*ringCompletion)(unsafe.Add(k.rings, p.cq.sixth)), p.cqEntries)
	for i := range p.sqEntries {
		*at(p.sq.seventh + i*4) = i // entries are used in order
	}
	return 0
}

// mapped maps a part of the ring's memory. It uses x/sys because a number must not be converted to a pointer here.
func (k *kernelRing) mapped(offset int64, size uintptr) (unsafe.Pointer, syscall.Errno) {
	p, err := unix.MmapPtr(k.fd, offset, nil, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	e, _ := err.(syscall.Errno)
	return p, e
}

func (k *kernelRing) close() syscall.Errno {
	if len(k.sqes) == 0 {
		return unix.EBADF
	}
	return k.free()
}

func (k *kernelRing) free() syscall.Errno {
	if k.entries != nil {
		unix.MunmapPtr(k.entries, k.entriesSize)
	}
	if k.rings != nil {
		unix.MunmapPtr(k.rings, k.ringsSize)
	}
	fd := k.fd
	*k = kernelRing{}
	return closefd(fd)
}

// submit makes transfers, at most as many as there are entries. n is how many the kernel took: these must not be
// made again, whatever the error is.
func (k *kernelRing) submit(transfers []transfer) (n int, e syscall.Errno) {
	if len(k.sqes) == 0 {
		return 0, unix.EBADF
	}
	n, e = k.offer(transfers)
	switch {
	case !k.complete(transfers[:n]):
		k.abandon(transfers[:n])
		return n, unix.EIO
	case n == len(transfers):
		return n, 0
	case e == 0:
		return n, unix.EAGAIN // the kernel has no memory for the others now
	}
	return n, e
}

// offer queues transfers and enters the kernel. n is how many it took, even if the call failed.
func (k *kernelRing) offer(transfers []transfer) (n int, e syscall.Errno) {
	tail := *k.sqTail
	for i := range transfers {
		t := &transfers[i]
		k.sqes[(tail+uint32(i))&uint32(len(k.sqes)-1)] = ringEntry{
			op: t.op, fd: t.fd, address: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(t.p)))), length: uint32(min(len(t.p), longestTransfer)),
			msgFlags: uint32(t.flags), number: uint64(i),
		}
		if t.op == ringSend {
			raceRelease()
			raceRead(t.p)
		}
	}
	atomic.StoreUint32(k.sqTail, tail+uint32(len(transfers)))
	_, e = k.enter(len(transfers), 0, 0)
	head := atomic.LoadUint32(k.sqHead) // shows how many the kernel took, even if the call failed
	atomic.StoreUint32(k.sqTail, head)  // takes the others back
	return int(head - tail), e
}

// complete waits for the results of transfers. The transfers don't wait for a peer, so the results are normally
// there already; the loop is for a kernel that finishes one later, on another thread. ok is false if a result is
// missing after a second or more.
func (k *kernelRing) complete(transfers []transfer) (ok bool) {
	for i := range transfers {
		transfers[i].result = -int32(unix.EIO)
	}
	const maxWaits = 64
	for left, waits := len(transfers), 0; left > 0; {
		head := *k.cqHead
		if head != atomic.LoadUint32(k.cqTail) {
			k.completed(transfers, k.cqes[head&uint32(len(k.cqes)-1)])
			atomic.StoreUint32(k.cqHead, head+1)
			left--
			continue
		}
		switch waits++; {
		case waits > maxWaits:
			return false
		case waits > 1:
			time.Sleep(time.Millisecond << min(waits, 4))
		}
		k.enter(0, left, ringGetEvents)
	}
	return true
}

func (k *kernelRing) completed(transfers []transfer, c ringCompletion) {
	t := &transfers[c.number]
	if t.result = c.result; t.op == ringRecv && t.result >= 0 {
		raceReceived(t.p, int(t.result))
	}
	t.p = nil
}

// abandoned holds the buffers of transfers whose results never arrived: the kernel may still read or write them.
var abandoned struct {
	sync.Mutex
	buffers [][]byte
}

// abandon closes a ring that lost transfers: late results must not be mistaken for those of other transfers.
func (k *kernelRing) abandon(transfers []transfer) {
	abandoned.Lock()
	defer abandoned.Unlock()
	for i := range transfers {
		if p := transfers[i].p; p != nil { // no result arrived
			abandoned.buffers = append(abandoned.buffers, p)
			transfers[i].p = nil
		}
	}
	k.close()
}

func (k *kernelRing) enter(submit, complete, flags int) (int, syscall.Errno) {
	trace := traced()
	n, _, e := syscall.Syscall6(unix.SYS_IO_URING_ENTER, arg(k.fd), arg(submit), arg(complete), arg(flags), 0, 0)
	if trace != nil {
		trace.ringEnter(k.fd, submit, complete, flags, int(n), e)
	}
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}
