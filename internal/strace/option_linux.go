package strace

import (
	"golang.org/x/sys/unix"
)

// Option is a socket option, with a copy of its value (of a long one only the beginning) and the value's address.
type Option struct {
	Level, Number int
	Name          string // in C, if the caller knows it
	Value         []byte
	Address       uintptr
}

// Getsockopt appends an option, its value, and the value's length before and after the call.
func (t *Line) Getsockopt(o Option, before, after uint32, ok bool) {
	t.option(o, "SO_GET_FILTER")
	if !ok || len(o.Value) == 0 {
		t.pointer("", o.Address)
	} else {
		t.value(o, getFormats)
	}
	t.open("", "[")
	t.changed("", before, after, ok)
	t.raw("]")
}

// Setsockopt appends an option, its value and the value's length.
func (t *Line) Setsockopt(o Option, length int32) {
	t.option(o, "SO_ATTACH_FILTER")
	t.value(o, setFormats)
	t.int("", int64(length))
}

func (t *Line) option(o Option, filterName string) {
	t.cname(levelNames, int32(o.Level), "SOL_??")
	unknown, known := unknownOptions[o.Level]
	switch {
	case !known:
		t.uint("", uint64(uint32(o.Number)))
	case o.Level == unix.SOL_SOCKET && o.Number == unix.SO_ATTACH_FILTER:
		t.text("", filterName)
	default:
		t.cname(nameTable{{uint64(uint32(o.Number)), optionName(o)}}, int32(o.Number), unknown)
	}
}

type optionKey struct{ level, number int }

// optionFormat appends a value, unless that is too short; then ok is false.
type optionFormat func(t *Line, o Option) (ok bool)

// value appends an option's value by its type. A value of unknown type is shown as a C int if it has four bytes, and else
// as bytes.
func (t *Line) value(o Option, formats map[optionKey]optionFormat) {
	format := formats[optionKey{o.Level, o.Number}]
	if o.Level == unix.SOL_NETLINK && format == nil {
		format = formatInt
	}
	switch {
	case o.Value == nil:
		t.pointer("", o.Address)
	case format != nil:
		if !format(t, o) {
			t.pointer("", o.Address)
		}
	case len(o.Value) == 4:
		t.indirect(int32(cint(o.Value)))
	default:
		t.buffer("", o.Value)
	}
}

// The formats of values that are neither a C int nor bytes, or that are ints of any length.
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
		{unix.SOL_SOCKET, unix.SO_LINGER}:                 formatCutLinger,
		{unix.SOL_SOCKET, unix.SO_PEERCRED}:               formatUcred,
		{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER}:          formatAddress,
		{unix.SOL_SOCKET, unix.SO_ERROR}:                  orBytes(formatError),
		{unix.SOL_SOCKET, unix.SO_TXREHASH}:               orBytes(formatTxrehash),
		{unix.SOL_PACKET, unix.PACKET_STATISTICS}:         formatPacketStats,
		{unix.SOL_RAW, unix.ICMP_FILTER}:                  formatICMPFilter,
		{unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS}: formatMemberships,
	}
)

// intOptions are the options of SOL_SOCKET that are shown as a C int of any length, like all those of SOL_NETLINK.
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
	for _, number := range intOptions {
		setFormats[optionKey{unix.SOL_SOCKET, number}] = formatInt
		getFormats[optionKey{unix.SOL_SOCKET, number}] = orBytes(formatInt)
	}
}
