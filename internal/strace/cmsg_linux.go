package strace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// controlData appends a control message's type and, for types that strace knows, its data.
func (t *Line) controlData(level, typ int, data []byte) {
	switch level {
	case unix.SOL_SOCKET:
		t.named("cmsg_type", scmNames, uint64(uint32(typ)), "SCM_???")
		t.socketControl(typ, data)
	case unix.IPPROTO_IP:
		t.named("cmsg_type", ipCmsgNames, uint64(uint32(typ)), "IP_???")
		t.ipControl(typ, data)
	default:
		t.hex("cmsg_type", uint64(uint32(typ)))
	}
}

func (t *Line) socketControl(typ int, data []byte) {
	const name = "cmsg_data"
	switch {
	case typ == unix.SCM_RIGHTS && len(data) >= 4:
		t.array(name, len(data)/4, func(i int) { t.int("", int64(cint(data[4*i:]))) })
	case typ == unix.SCM_CREDENTIALS && len(data) >= unix.SizeofUcred:
		t.credentials(name, data)
	case typ == unix.SCM_SECURITY && len(data) >= 1:
		t.quoted(name, data)
	case len(data) == 0:
	case typ == unix.SO_TIMESTAMP_OLD:
		t.time(name, data, wordSize, "tv_usec")
	case typ == unix.SO_TIMESTAMPNS_OLD:
		t.time(name, data, wordSize, "tv_nsec")
	case typ == unix.SO_TIMESTAMP_NEW:
		t.time(name, data, 8, "tv_usec")
	case typ == unix.SO_TIMESTAMPNS_NEW:
		t.time(name, data, 8, "tv_nsec")
	case typ == unix.SO_TIMESTAMPING_OLD:
		t.times(name, data, wordSize)
	case typ == unix.SO_TIMESTAMPING_NEW:
		t.times(name, data, 8)
	}
}

func (t *Line) ipControl(typ int, data []byte) {
	const name = "cmsg_data"
	switch {
	case typ == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		t.open(name, "{")
		t.ifindex("ipi_ifindex", binary.NativeEndian.Uint32(data))
		t.inet4("ipi_spec_dst", data[4:])
		t.inet4("ipi_addr", data[8:])
		t.raw("}")
	case (typ == unix.IP_TTL || typ == unix.IP_CHECKSUM) && len(data) >= 4:
		t.array(name, len(data)/4, func(i int) { t.uint("", uint64(binary.NativeEndian.Uint32(data[4*i:]))) })
	case (typ == unix.IP_TOS || typ == unix.IP_RECVOPTS || typ == unix.IP_RETOPTS) && len(data) >= 1:
		t.array(name, len(data), func(i int) { t.hex("", uint64(data[i])) })
	case typ == unix.IP_RECVERR && len(data) >= 16+unix.SizeofSockaddrInet4:
		t.extendedError(name, data)
	case typ == unix.IP_RECVORIGDSTADDR && len(data) >= unix.SizeofSockaddrInet4:
		t.sockaddrBytes(name, data)
	case typ == unix.SCM_SECURITY && len(data) >= 1:
		t.quoted(name, data)
	}
}

// credentials appends a struct ucred, which may be cut.
func (t *Line) credentials(name string, b []byte) {
	t.cutStruct(name, b, func(field string, v uint32) {
		if field == "pid" || int32(v) == -1 {
			t.int32(field, v)
		} else {
			t.uint32(field, v)
		}
	}, "pid", "uid", "gid")
}

// time appends a struct timeval or timespec whose fields have size bytes each.
func (t *Line) time(name string, b []byte, size int, fraction string) {
	if len(b) < 2*size {
		t.text(name, "???")
		return
	}
	t.open(name, "{")
	t.int("tv_sec", clong(b, size))
	t.uint(fraction, uint64(clong(b[size:], size))&(1<<(8*size)-1))
	t.raw("}")
}

// times appends the three times of SO_TIMESTAMPING.
func (t *Line) times(name string, b []byte, size int) {
	if len(b) < 3*2*size {
		t.text(name, "???")
		return
	}
	t.array(name, 3, func(i int) { t.time("", b[i*2*size:], size, "tv_nsec") })
}

func clong(b []byte, size int) int64 {
	if size == 4 {
		return int64(cint(b))
	}
	return int64(binary.NativeEndian.Uint64(b))
}

// extendedError appends an IPv4 struct sock_extended_err, and the address that the error came from.
func (t *Line) extendedError(name string, b []byte) {
	t.open(name, "{")
	t.uint("ee_errno", uint64(binary.NativeEndian.Uint32(b)))
	t.uint("ee_origin", uint64(b[4]))
	t.uint("ee_type", uint64(b[5]))
	t.uint("ee_code", uint64(b[6]))
	t.uint("ee_info", uint64(binary.NativeEndian.Uint32(b[8:])))
	t.uint("ee_data", uint64(binary.NativeEndian.Uint32(b[12:])))
	t.sockaddrBytes("offender", b[16:16+unix.SizeofSockaddrInet4])
	t.raw("}")
}

func (t *Line) sockaddrBytes(name string, b []byte) {
	t.sockaddrStruct(name, b[:min(len(b), sockaddrMax)])
}
