package sock

import (
	"golang.org/x/sys/unix"
)

// traceOption is an option, with a copy of its value and the value's address.
type traceOption struct {
	level, name int
	value       []byte
	address     uintptr
}

// traceGetsockopt has the length as it went in, what there was room for, and as it came out.
func traceGetsockopt(fd int, o traceOption, before, after uint32, e Errno) {
	t := traceCall("getsockopt", fd)
	t.option(o, "SO_GET_FILTER")
	if e != 0 || len(o.value) == 0 {
		t.pointer("", o.address)
	} else {
		t.value(o, getFormats)
	}
	t.open("", "[")
	t.changed("", before, after, e)
	t.raw("]")
	t.end(0, e)
}

func traceSetsockopt(fd int, o traceOption, length uintptr, e Errno) {
	t := traceCall("setsockopt", fd)
	t.option(o, "SO_ATTACH_FILTER")
	t.value(o, setFormats)
	t.int("", int64(int32(length)))
	t.end(0, e)
}

func (t *traceLine) option(o traceOption, filterName string) {
	t.cname(levelNames, o.level, "SOL_??")
	unknown, known := unknownOptions[o.level]
	switch {
	case !known:
		t.uint("", uint64(uint32(cInt(o.name))))
	case o.level == unix.SOL_SOCKET && o.name == unix.SO_ATTACH_FILTER:
		t.text("", filterName)
	default:
		t.cname(nameTable{{uint64(o.name), optionNames()[optionKey{o.level, o.name}]}}, o.name, unknown)
	}
}

type optionKey struct{ level, name int }

// optionFormat shows a value. ok is false where it is too short.
type optionFormat func(t *traceLine, o traceOption) (ok bool)

// value is an option's value as its type has it, and where no type is known a C int or bytes.
func (t *traceLine) value(o traceOption, formats map[optionKey]optionFormat) {
	format := formats[optionKey{o.level, o.name}]
	if o.level == unix.SOL_NETLINK && format == nil {
		format = formatInt
	}
	switch {
	case o.value == nil:
		t.pointer("", o.address)
	case format != nil:
		if !format(t, o) {
			t.pointer("", o.address)
		}
	case len(o.value) == 4:
		t.indirect(int32(cint(o.value)))
	default:
		t.buffer("", o.value)
	}
}

// The formats of values that are neither a C int nor bytes, and of those that are ints whatever their length.
var (
	setFormats = map[optionKey]optionFormat{
		{unix.SOL_SOCKET, unix.SO_LINGER}:                formatLinger,
		{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER}:         formatProgram,
		{unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF}: formatProgram,
		{unix.SOL_SOCKET, unix.SO_TXREHASH}:              formatTxrehash,
		{unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP}:        formatMreq,
		{unix.IPPROTO_IP, unix.IP_DROP_MEMBERSHIP}:       formatMreq,
		{unix.IPPROTO_IP, unix.MCAST_JOIN_GROUP}:         formatGroupReq,
		{unix.IPPROTO_IP, unix.MCAST_LEAVE_GROUP}:        formatGroupReq,
		{unix.IPPROTO_IPV6, unix.IPV6_ADD_MEMBERSHIP}:    formatMreq6,
		{unix.IPPROTO_IPV6, unix.IPV6_DROP_MEMBERSHIP}:   formatMreq6,
		{unix.IPPROTO_IPV6, unix.IPV6_JOIN_ANYCAST}:      formatMreq6,
		{unix.IPPROTO_IPV6, unix.IPV6_LEAVE_ANYCAST}:     formatMreq6,
		{unix.IPPROTO_IPV6, unix.MCAST_JOIN_GROUP}:       formatGroupReq,
		{unix.IPPROTO_IPV6, unix.MCAST_LEAVE_GROUP}:      formatGroupReq,
		{unix.SOL_PACKET, unix.PACKET_RX_RING}:           formatRing,
		{unix.SOL_PACKET, unix.PACKET_TX_RING}:           formatRing,
		{unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP}:    formatPacketMreq,
		{unix.SOL_PACKET, unix.PACKET_DROP_MEMBERSHIP}:   formatPacketMreq,
		{unix.SOL_RAW, unix.ICMP_FILTER}:                 formatICMPFilter,
	}
	getFormats = map[optionKey]optionFormat{
		{unix.SOL_SOCKET, unix.SO_LINGER}:                 formatLinger,
		{unix.SOL_SOCKET, unix.SO_PEERCRED}:               formatUcred,
		{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER}:          formatAddress,
		{unix.SOL_SOCKET, unix.SO_ERROR}:                  formatError,
		{unix.SOL_SOCKET, unix.SO_TXREHASH}:               formatTxrehash,
		{unix.SOL_PACKET, unix.PACKET_STATISTICS}:         formatPacketStats,
		{unix.SOL_RAW, unix.ICMP_FILTER}:                  formatICMPFilter,
		{unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS}: formatMemberships,
	}
)

// intOptions are the options of SOL_SOCKET that are shown as a C int whatever their length, as those of SOL_NETLINK are.
var intOptions = []int{
	unix.SO_DEBUG, unix.SO_REUSEADDR, unix.SO_DONTROUTE, unix.SO_BROADCAST, unix.SO_SNDBUF, unix.SO_RCVBUF, unix.SO_KEEPALIVE,
	unix.SO_OOBINLINE, unix.SO_NO_CHECK, unix.SO_PRIORITY, unix.SO_BSDCOMPAT, unix.SO_REUSEPORT, unix.SO_PASSCRED,
	unix.SO_RCVLOWAT, unix.SO_SNDLOWAT, unix.SO_DETACH_FILTER, unix.SO_TIMESTAMP, unix.SO_ACCEPTCONN, unix.SO_SNDBUFFORCE,
	unix.SO_RCVBUFFORCE, unix.SO_PASSSEC, unix.SO_TIMESTAMPNS, unix.SO_MARK, unix.SO_TIMESTAMPING, unix.SO_RXQ_OVFL,
	unix.SO_WIFI_STATUS, unix.SO_PEEK_OFF, unix.SO_NOFCS, unix.SO_LOCK_FILTER, unix.SO_SELECT_ERR_QUEUE, unix.SO_BUSY_POLL,
	unix.SO_INCOMING_CPU, unix.SO_CNX_ADVICE, unix.SO_INCOMING_NAPI_ID, unix.SO_ZEROCOPY, unix.SO_TIMESTAMP_NEW,
	unix.SO_TIMESTAMPNS_NEW, unix.SO_TIMESTAMPING_NEW, unix.SO_DETACH_REUSEPORT_BPF, unix.SO_PREFER_BUSY_POLL,
	unix.SO_BUSY_POLL_BUDGET, unix.SO_RESERVE_MEM, unix.SO_RCVMARK,
}

func init() {
	for _, name := range intOptions {
		setFormats[optionKey{unix.SOL_SOCKET, name}] = formatInt
		getFormats[optionKey{unix.SOL_SOCKET, name}] = formatIntOrBytes
	}
}
