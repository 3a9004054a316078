package sock

// The calls of files and pipes that move bytes to and from sockets.

// traceSendfile has the offset as it went in, and where it is now.
func traceSendfile(out, in int, before int64, offset *int64, count, n int, e Errno) {
	t := traceCall(sendfileName, out)
	t.cint(in)
	if offset == nil {
		t.pointer("", 0)
	} else {
		t.open("", "[")
		t.uint("", uint64(before))
		t.raw("]")
	}
	if offset != nil && n > 0 {
		t.raw(" => [")
		t.appendInt(*offset)
		t.raw("]")
	}
	t.uint("", uint64(count))
	t.end(n, e)
}

// offset is a number that an argument points to, or NULL.
func (t *traceLine) offset(given bool, v int64) {
	if !given {
		t.pointer("", 0)
		return
	}
	t.open("", "[")
	t.int("", v)
	t.raw("]")
}

// traceSplice has the offsets as they went in.
func traceSplice(in int, inGiven bool, inOff int64, out int, outGiven bool, outOff int64, count, flags, n int, e Errno) {
	t := traceCall("splice", in)
	t.offset(inGiven, inOff)
	t.cint(out)
	t.offset(outGiven, outOff)
	t.uint("", uint64(count))
	t.cflags(spliceFlagNames, flags, "SPLICE_F_???")
	t.end(n, e)
}

func traceRead(fd int, p []byte, n int, e Errno) {
	t := traceCall("read", fd)
	if e != 0 {
		t.pointer("", address(p))
	} else {
		t.buffer("", p[:n])
	}
	t.uint("", uint64(len(p)))
	t.end(n, e)
}

func traceWrite(fd int, p []byte, n int, e Errno) {
	t := traceCall("write", fd)
	t.buffer("", p)
	t.uint("", uint64(len(p)))
	t.end(n, e)
}

// tracePreadv is a preadv(2) into one buffer.
func tracePreadv(fd int, p []byte, offset int64, n int, e Errno) {
	t := traceCall("preadv", fd)
	t.open("", "[{")
	if e != 0 {
		t.pointer("iov_base", address(p))
	} else {
		t.buffer("iov_base", p[:n])
	}
	t.uint("iov_len", uint64(len(p)))
	t.raw("}]")
	t.uint("", 1)
	t.int("", offset)
	t.end(n, e)
}
