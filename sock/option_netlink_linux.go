package sock

import "golang.org/x/sys/unix"

// Options of level SOL_NETLINK: netlink(7).
var (
	NETLINK_ADD_MEMBERSHIP   = listed(IntOption("NETLINK_ADD_MEMBERSHIP", unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP)) // a group's number, not a mask
	NETLINK_DROP_MEMBERSHIP  = listed(IntOption("NETLINK_DROP_MEMBERSHIP", unix.SOL_NETLINK, unix.NETLINK_DROP_MEMBERSHIP))
	NETLINK_PKTINFO          = listed(BoolOption("NETLINK_PKTINFO", unix.SOL_NETLINK, unix.NETLINK_PKTINFO))
	NETLINK_BROADCAST_ERROR  = listed(BoolOption("NETLINK_BROADCAST_ERROR", unix.SOL_NETLINK, unix.NETLINK_BROADCAST_ERROR))
	NETLINK_NO_ENOBUFS       = listed(BoolOption("NETLINK_NO_ENOBUFS", unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS))
	NETLINK_LISTEN_ALL_NSID  = listed(BoolOption("NETLINK_LISTEN_ALL_NSID", unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID))
	NETLINK_LIST_MEMBERSHIPS = listed(SliceOption[uint32]("NETLINK_LIST_MEMBERSHIPS", unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS)) // a bit for each group, from the lowest of the first number
	NETLINK_CAP_ACK          = listed(BoolOption("NETLINK_CAP_ACK", unix.SOL_NETLINK, unix.NETLINK_CAP_ACK))
	NETLINK_EXT_ACK          = listed(BoolOption("NETLINK_EXT_ACK", unix.SOL_NETLINK, unix.NETLINK_EXT_ACK))
	NETLINK_GET_STRICT_CHK   = listed(BoolOption("NETLINK_GET_STRICT_CHK", unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK))
)
