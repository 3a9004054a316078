package strace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Messages of NETLINK_ROUTE: rtnetlink(7). Those about links and addresses are shown by field; everything else, such as
// attributes, as bytes.

var routeTypeNames = nameTable{
	{unix.RTM_NEWLINK, "RTM_NEWLINK"},
	{unix.RTM_DELLINK, "RTM_DELLINK"},
	{unix.RTM_GETLINK, "RTM_GETLINK"},
	{unix.RTM_SETLINK, "RTM_SETLINK"},
	{unix.RTM_NEWADDR, "RTM_NEWADDR"},
	{unix.RTM_DELADDR, "RTM_DELADDR"},
	{unix.RTM_GETADDR, "RTM_GETADDR"},
	{unix.RTM_NEWROUTE, "RTM_NEWROUTE"},
	{unix.RTM_DELROUTE, "RTM_DELROUTE"},
	{unix.RTM_GETROUTE, "RTM_GETROUTE"},
	{unix.RTM_NEWNEIGH, "RTM_NEWNEIGH"},
	{unix.RTM_DELNEIGH, "RTM_DELNEIGH"},
	{unix.RTM_GETNEIGH, "RTM_GETNEIGH"},
	{unix.RTM_NEWRULE, "RTM_NEWRULE"},
	{unix.RTM_DELRULE, "RTM_DELRULE"},
	{unix.RTM_GETRULE, "RTM_GETRULE"},
	{unix.RTM_NEWQDISC, "RTM_NEWQDISC"},
	{unix.RTM_DELQDISC, "RTM_DELQDISC"},
	{unix.RTM_GETQDISC, "RTM_GETQDISC"},
	{unix.RTM_NEWTCLASS, "RTM_NEWTCLASS"},
	{unix.RTM_DELTCLASS, "RTM_DELTCLASS"},
	{unix.RTM_GETTCLASS, "RTM_GETTCLASS"},
	{unix.RTM_NEWTFILTER, "RTM_NEWTFILTER"},
	{unix.RTM_DELTFILTER, "RTM_DELTFILTER"},
	{unix.RTM_GETTFILTER, "RTM_GETTFILTER"},
	{unix.RTM_NEWACTION, "RTM_NEWACTION"},
	{unix.RTM_DELACTION, "RTM_DELACTION"},
	{unix.RTM_GETACTION, "RTM_GETACTION"},
	{unix.RTM_NEWPREFIX, "RTM_NEWPREFIX"},
	{unix.RTM_GETMULTICAST, "RTM_GETMULTICAST"},
	{unix.RTM_GETANYCAST, "RTM_GETANYCAST"},
	{unix.RTM_NEWNEIGHTBL, "RTM_NEWNEIGHTBL"},
	{unix.RTM_GETNEIGHTBL, "RTM_GETNEIGHTBL"},
	{unix.RTM_SETNEIGHTBL, "RTM_SETNEIGHTBL"},
	{unix.RTM_NEWNDUSEROPT, "RTM_NEWNDUSEROPT"},
	{unix.RTM_NEWADDRLABEL, "RTM_NEWADDRLABEL"},
	{unix.RTM_DELADDRLABEL, "RTM_DELADDRLABEL"},
	{unix.RTM_GETADDRLABEL, "RTM_GETADDRLABEL"},
	{unix.RTM_GETDCB, "RTM_GETDCB"},
	{unix.RTM_SETDCB, "RTM_SETDCB"},
	{unix.RTM_NEWNETCONF, "RTM_NEWNETCONF"},
	{unix.RTM_DELNETCONF, "RTM_DELNETCONF"},
	{unix.RTM_GETNETCONF, "RTM_GETNETCONF"},
	{unix.RTM_NEWMDB, "RTM_NEWMDB"},
	{unix.RTM_DELMDB, "RTM_DELMDB"},
	{unix.RTM_GETMDB, "RTM_GETMDB"},
	{unix.RTM_NEWNSID, "RTM_NEWNSID"},
	{unix.RTM_DELNSID, "RTM_DELNSID"},
	{unix.RTM_GETNSID, "RTM_GETNSID"},
	{unix.RTM_NEWSTATS, "RTM_NEWSTATS"},
	{unix.RTM_GETSTATS, "RTM_GETSTATS"},
	{unix.RTM_NEWCACHEREPORT, "RTM_NEWCACHEREPORT"},
	{unix.RTM_NEWCHAIN, "RTM_NEWCHAIN"},
	{unix.RTM_DELCHAIN, "RTM_DELCHAIN"},
	{unix.RTM_GETCHAIN, "RTM_GETCHAIN"},
	{unix.RTM_NEWNEXTHOP, "RTM_NEWNEXTHOP"},
	{unix.RTM_DELNEXTHOP, "RTM_DELNEXTHOP"},
	{unix.RTM_GETNEXTHOP, "RTM_GETNEXTHOP"},
	{unix.RTM_NEWLINKPROP, "RTM_NEWLINKPROP"},
	{unix.RTM_DELLINKPROP, "RTM_DELLINKPROP"},
	{unix.RTM_GETLINKPROP, "RTM_GETLINKPROP"},
	{unix.RTM_NEWVLAN, "RTM_NEWVLAN"},
	{unix.RTM_DELVLAN, "RTM_DELVLAN"},
	{unix.RTM_GETVLAN, "RTM_GETVLAN"},
	{unix.RTM_NEWNEXTHOPBUCKET, "RTM_NEWNEXTHOPBUCKET"},
	{unix.RTM_DELNEXTHOPBUCKET, "RTM_DELNEXTHOPBUCKET"},
	{unix.RTM_GETNEXTHOPBUCKET, "RTM_GETNEXTHOPBUCKET"},
}

// Flags whose meaning depends on whether a message gets, creates or deletes something.
var (
	getFlagNames = nameTable{
		{unix.NLM_F_DUMP, "NLM_F_DUMP"},
		{unix.NLM_F_ROOT, "NLM_F_ROOT"},
		{unix.NLM_F_MATCH, "NLM_F_MATCH"},
		{unix.NLM_F_ATOMIC, "NLM_F_ATOMIC"},
	}
	newFlagNames = nameTable{
		{unix.NLM_F_REPLACE, "NLM_F_REPLACE"},
		{unix.NLM_F_EXCL, "NLM_F_EXCL"},
		{unix.NLM_F_CREATE, "NLM_F_CREATE"},
		{unix.NLM_F_APPEND, "NLM_F_APPEND"},
	}
	deleteFlagNames = nameTable{
		{unix.NLM_F_NONREC, "NLM_F_NONREC"},
		{unix.NLM_F_BULK, "NLM_F_BULK"},
	}
)

var linkFlagNames = nameTable{
	{unix.IFF_UP, "IFF_UP"},
	{unix.IFF_BROADCAST, "IFF_BROADCAST"},
	{unix.IFF_DEBUG, "IFF_DEBUG"},
	{unix.IFF_LOOPBACK, "IFF_LOOPBACK"},
	{unix.IFF_POINTOPOINT, "IFF_POINTOPOINT"},
	{unix.IFF_NOTRAILERS, "IFF_NOTRAILERS"},
	{unix.IFF_RUNNING, "IFF_RUNNING"},
	{unix.IFF_NOARP, "IFF_NOARP"},
	{unix.IFF_PROMISC, "IFF_PROMISC"},
	{unix.IFF_ALLMULTI, "IFF_ALLMULTI"},
	{unix.IFF_MASTER, "IFF_MASTER"},
	{unix.IFF_SLAVE, "IFF_SLAVE"},
	{unix.IFF_MULTICAST, "IFF_MULTICAST"},
	{unix.IFF_PORTSEL, "IFF_PORTSEL"},
	{unix.IFF_AUTOMEDIA, "IFF_AUTOMEDIA"},
	{unix.IFF_DYNAMIC, "IFF_DYNAMIC"},
	{unix.IFF_LOWER_UP, "IFF_LOWER_UP"},
	{unix.IFF_DORMANT, "IFF_DORMANT"},
	{unix.IFF_ECHO, "IFF_ECHO"},
}

var addressFlagNames = nameTable{
	{unix.IFA_F_SECONDARY, "IFA_F_SECONDARY"},
	{unix.IFA_F_NODAD, "IFA_F_NODAD"},
	{unix.IFA_F_OPTIMISTIC, "IFA_F_OPTIMISTIC"},
	{unix.IFA_F_DADFAILED, "IFA_F_DADFAILED"},
	{unix.IFA_F_HOMEADDRESS, "IFA_F_HOMEADDRESS"},
	{unix.IFA_F_DEPRECATED, "IFA_F_DEPRECATED"},
	{unix.IFA_F_TENTATIVE, "IFA_F_TENTATIVE"},
	{unix.IFA_F_PERMANENT, "IFA_F_PERMANENT"},
	{unix.IFA_F_MANAGETEMPADDR, "IFA_F_MANAGETEMPADDR"},
	{unix.IFA_F_NOPREFIXROUTE, "IFA_F_NOPREFIXROUTE"},
	{unix.IFA_F_MCAUTOJOIN, "IFA_F_MCAUTOJOIN"},
	{unix.IFA_F_STABLE_PRIVACY, "IFA_F_STABLE_PRIVACY"},
}

var scopeNames = nameTable{
	{unix.RT_SCOPE_UNIVERSE, "RT_SCOPE_UNIVERSE"},
	{unix.RT_SCOPE_SITE, "RT_SCOPE_SITE"},
	{unix.RT_SCOPE_LINK, "RT_SCOPE_LINK"},
	{unix.RT_SCOPE_HOST, "RT_SCOPE_HOST"},
	{unix.RT_SCOPE_NOWHERE, "RT_SCOPE_NOWHERE"},
}

// routeFlagNames returns the flags for a message type. The numbers of types come in fours: new, delete, get, set.
func routeFlagNames(typ uint16) nameTable {
	switch typ & 3 {
	case unix.RTM_NEWLINK & 3:
		return newFlagNames
	case unix.RTM_DELLINK & 3:
		return deleteFlagNames
	case unix.RTM_GETLINK & 3:
		return getFlagNames
	}
	return nil
}

// route appends a message's data, which follow its header.
func (t *Line) route(typ uint16, p []byte) {
	switch typ {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK, unix.RTM_GETLINK, unix.RTM_SETLINK:
		t.routeStruct("ifi_family", p, unix.SizeofIfInfomsg, func() {
			t.named("ifi_type", hardwareNames, uint64(binary.NativeEndian.Uint16(p[2:])), "ARPHRD_???")
			t.ifindex("ifi_index", binary.NativeEndian.Uint32(p[4:]))
			t.flags("ifi_flags", uint64(binary.NativeEndian.Uint32(p[8:])), "IFF_???", linkFlagNames)
			t.hex("ifi_change", uint64(binary.NativeEndian.Uint32(p[12:])))
		})
	case unix.RTM_NEWADDR, unix.RTM_DELADDR, unix.RTM_GETADDR:
		t.routeStruct("ifa_family", p, unix.SizeofIfAddrmsg, func() {
			t.uint("ifa_prefixlen", uint64(p[1]))
			t.flags("ifa_flags", uint64(p[2]), "IFA_F_???", addressFlagNames)
			t.named("ifa_scope", scopeNames, uint64(p[3]), "")
			t.ifindex("ifa_index", binary.NativeEndian.Uint32(p[4:]))
		})
	default:
		t.bufferHex(p)
	}
}

// routeStruct appends a struct that begins with the family, and may be cut after it.
func (t *Line) routeStruct(family string, p []byte, size int, fields func()) {
	t.raw("{")
	t.named(family, familyNames, uint64(p[0]), "AF_???")
	if len(p) < size {
		t.text("", "...}")
		return
	}
	fields()
	t.raw("}")
	if len(p) > size {
		t.raw(", ")
		t.bufferHex(p[size:])
	}
}
