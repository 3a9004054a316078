package sock

import (
	"encoding/binary"
	"iter"
	"strconv"
)

// Cmsg is one control message: cmsg(3), struct cmsghdr and the data that follows it. Data is part of the buffer, not
// a copy.
type Cmsg struct {
	Level, Type int
	Data        []byte
}

// struct cmsghdr is a length of one machine word, and two ints. Each message is aligned to a word.
const (
	wordSize   = strconv.IntSize / 8
	cmsgHeader = wordSize + 8
)

// CmsgLen returns the length of a control message with n bytes of data, without padding: cmsg(3) CMSG_LEN.
func CmsgLen(n int) int { return cmsgHeader + n }

// CmsgSpace returns the space that a control message with n bytes of data takes, with padding: cmsg(3) CMSG_SPACE.
func CmsgSpace(n int) int { return cmsgHeader + aligned(n) }

// aligned rounds up to whole words: CMSG_ALIGN.
func aligned(n int) int { return (n + wordSize - 1) &^ (wordSize - 1) }

// Cmsgs iterates over the control messages of a buffer, including unknown types: cmsg(3) CMSG_FIRSTHDR,
// CMSG_NXTHDR. It ends before a message with an impossible length. It does not allocate, but control escapes
// to the heap: reuse one buffer.
//
//	for c := range sock.Cmsgs(m.Control) {
//		if ttl, ok := sock.CMSG_IP_TTL.Parse(c); ok {
func Cmsgs(control []byte) iter.Seq[Cmsg] {
	return func(yield func(Cmsg) bool) {
		for c, rest, ok := nextCmsg(control); ok && yield(c); c, rest, ok = nextCmsg(rest) {
		}
	}
}

// nextCmsg returns the first message of a buffer, and the rest. Unlike Cmsgs it leaves
// the buffer on the caller's stack.
func nextCmsg(b []byte) (c Cmsg, rest []byte, ok bool) {
	if len(b) < cmsgHeader {
		return Cmsg{}, nil, false
	}
	length := word(b)
	if length < cmsgHeader || length > uint64(len(b)) {
		return Cmsg{}, nil, false
	}
	end := int(length)
	c = Cmsg{cint(b[wordSize:]), cint(b[wordSize+4:]), b[cmsgHeader:end:end]}
	return c, b[min(aligned(end), len(b)):], true
}

// AppendCmsg appends a control message to b, padded to CMSG_SPACE: cmsg(3). b must hold only such messages, or
// nothing. For the types that this package knows, CmsgType.Append and AppendRights are simpler.
func AppendCmsg(b []byte, level, typ int, data []byte) []byte {
	b = appendHeader(b, level, typ, len(data))
	return pad(append(b, data...))
}

func appendHeader(b []byte, level, typ, length int) []byte {
	b = appendWord(pad(b), uint64(CmsgLen(length)))
	b = appendCint(b, level)
	return appendCint(b, typ)
}

func pad(b []byte) []byte {
	var zeros [wordSize]byte
	return append(b, zeros[:aligned(len(b))-len(b)]...)
}

func word(b []byte) uint64 {
	if wordSize == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}

func appendWord(b []byte, v uint64) []byte {
	if wordSize == 4 {
		return binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return binary.NativeEndian.AppendUint64(b, v)
}

func cint(b []byte) int { return int(int32(binary.NativeEndian.Uint32(b))) }

// appendCint appends a C int. A number that doesn't fit becomes -1, as in system calls: truncated, it
// could be another valid number.
func appendCint(b []byte, v int) []byte {
	return binary.NativeEndian.AppendUint32(b, uint32(arg(v)))
}
