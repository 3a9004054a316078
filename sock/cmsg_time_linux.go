package sock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Control messages with the time at which a packet was received or sent: socket(7) SO_TIMESTAMP and similar options.
// Parse reads both the old and the new numbers. The first packets after setting the option may have no time, because
// the kernel starts to take timestamps with a delay.
var (
	CMSG_TIMESTAMP            = makeCmsgType("SCM_TIMESTAMP", unix.SOL_SOCKET, unix.SCM_TIMESTAMP, encodeTimeval, decodeTimeval).or("SO_TIMESTAMP_NEW", unix.SOL_SOCKET, unix.SO_TIMESTAMP_NEW)
	CMSG_TIMESTAMPNS          = makeCmsgType("SCM_TIMESTAMPNS", unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, encodeTimespec, decodeTimespec).or("SO_TIMESTAMPNS_NEW", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW)
	CMSG_TIMESTAMPING         = makeCmsgType("SCM_TIMESTAMPING", unix.SOL_SOCKET, unix.SCM_TIMESTAMPING, encodeTimestamping, decodeTimestamping).or("SO_TIMESTAMPING_NEW", unix.SOL_SOCKET, unix.SO_TIMESTAMPING_NEW)
	CMSG_TIMESTAMPING_PKTINFO = makeCmsgType("SCM_TIMESTAMPING_PKTINFO", unix.SOL_SOCKET, unix.SCM_TIMESTAMPING_PKTINFO, encodeTimestampingPktinfo, decodeTimestampingPktinfo)
)

// Timestamping is the value of CMSG_TIMESTAMPING: struct scm_timestamping of <linux/errqueue.h>. A time that was not
// taken is the zero Time. Hardware is the clock of the device; Converted is no longer in use.
type Timestamping struct {
	Software, Converted, Hardware time.Time
}

// TimestampingPktinfo is the value of CMSG_TIMESTAMPING_PKTINFO: struct scm_ts_pktinfo of <linux/net_tstamp.h>.
// Ifindex is the interface that took the hardware timestamp, and Length the length of the packet there.
type TimestampingPktinfo struct {
	Ifindex int
	Length  uint32
}

// putTime encodes seconds and a fraction as two machine words, as the old numbers do. ok is
// false if the seconds don't fit.
func (p *payload) putTime(v time.Time, unit time.Duration) (ok bool) {
	var sec, fraction int64
	if !v.IsZero() {
		sec, fraction = v.Unix(), int64(v.Nanosecond())/int64(unit)
	}
	if sec != int64(int(sec)) {
		return false
	}
	p.length = len(appendWord(appendWord(p.data[:p.length], uint64(sec)), uint64(fraction)))
	return true
}

// time decodes seconds and a fraction from two integers of size bytes. The new numbers have 8 bytes on every
// machine, the old ones a machine word.
func (p *payload) time(at, size int, unit time.Duration) time.Time {
	var sec, fraction int64
	if size == 4 {
		sec, fraction = int64(p.int(at)), int64(p.int(at+4))
	} else {
		sec, fraction = int64(p.uint64(at)), int64(p.uint64(at+8))
	}
	if sec == 0 && fraction == 0 {
		return time.Time{}
	}
	return time.Unix(sec, fraction*int64(unit))
}

// hasTimes reports whether the payload consists of n times, and how many bytes their integers have.
func (p *payload) hasTimes(n int) (size int, ok bool) {
	size = p.length / (2 * n)
	return size, (size == 4 || size == 8) && p.length == 2*n*size
}

func encodeTimeval(v time.Time) (p payload) {
	p.putTime(v, time.Microsecond)
	return p
}

func decodeTimeval(p payload) (v time.Time, ok bool) {
	size, ok := p.hasTimes(1)
	if !ok {
		return v, false
	}
	return p.time(0, size, time.Microsecond), true
}

func encodeTimespec(v time.Time) (p payload) {
	p.putTime(v, time.Nanosecond)
	return p
}

func decodeTimespec(p payload) (v time.Time, ok bool) {
	size, ok := p.hasTimes(1)
	if !ok {
		return v, false
	}
	return p.time(0, size, time.Nanosecond), true
}

func encodeTimestamping(v Timestamping) (p payload) {
	for _, t := range [...]time.Time{v.Software, v.Converted, v.Hardware} {
		if !p.putTime(t, time.Nanosecond) {
			return payload{}
		}
	}
	return p
}

func decodeTimestamping(p payload) (v Timestamping, ok bool) {
	size, ok := p.hasTimes(3)
	if !ok {
		return v, false
	}
	at := func(i int) time.Time { return p.time(2*i*size, size, time.Nanosecond) }
	return Timestamping{at(0), at(1), at(2)}, true
}

func encodeTimestampingPktinfo(v TimestampingPktinfo) (p payload) {
	if v.Ifindex != int(int32(v.Ifindex)) {
		return p
	}
	p.put32(uint32(v.Ifindex))
	p.put32(v.Length)
	p.put64(0)
	return p
}

func decodeTimestampingPktinfo(p payload) (v TimestampingPktinfo, ok bool) {
	if p.length != 16 {
		return v, false
	}
	return TimestampingPktinfo{p.int(0), p.uint32(4)}, true
}
