package sock

import "golang.org/x/sys/unix"

// Types of control messages of level SOL_SOCKET: unix(7), socket(7). CMSG_CREDENTIALS and other
// CmsgTypes have them as their Type.
const (
	SCM_CREDENTIALS            = unix.SCM_CREDENTIALS
	SCM_DEVMEM_DMABUF          = unix.SCM_DEVMEM_DMABUF
	SCM_DEVMEM_LINEAR          = unix.SCM_DEVMEM_LINEAR
	SCM_INQ                    = unix.SCM_INQ
	SCM_PIDFD                  = unix.SCM_PIDFD
	SCM_RIGHTS                 = unix.SCM_RIGHTS
	SCM_SECURITY               = unix.SCM_SECURITY
	SCM_TIMESTAMP              = unix.SCM_TIMESTAMP
	SCM_TIMESTAMPING           = unix.SCM_TIMESTAMPING
	SCM_TIMESTAMPING_OPT_STATS = unix.SCM_TIMESTAMPING_OPT_STATS
	SCM_TIMESTAMPING_PKTINFO   = unix.SCM_TIMESTAMPING_PKTINFO
	SCM_TIMESTAMPNS            = unix.SCM_TIMESTAMPNS
	SCM_TS_OPT_ID              = unix.SCM_TS_OPT_ID
	SCM_TXTIME                 = unix.SCM_TXTIME
	SCM_WIFI_STATUS            = unix.SCM_WIFI_STATUS
)

// Points at which a packet's time was taken, as ExtendedError.Timestamp returns them: <linux/errqueue.h>.
const (
	SCM_TSTAMP_ACK        = unix.SCM_TSTAMP_ACK
	SCM_TSTAMP_COMPLETION = 3 // which golang.org/x/sys/unix lacks
	SCM_TSTAMP_SCHED      = unix.SCM_TSTAMP_SCHED
	SCM_TSTAMP_SND        = unix.SCM_TSTAMP_SND
)

// Origins and codes of an ExtendedError: <linux/errqueue.h>.
const (
	SO_EE_CODE_TXTIME_INVALID_PARAM = unix.SO_EE_CODE_TXTIME_INVALID_PARAM
	SO_EE_CODE_TXTIME_MISSED        = unix.SO_EE_CODE_TXTIME_MISSED
	SO_EE_CODE_ZEROCOPY_COPIED      = unix.SO_EE_CODE_ZEROCOPY_COPIED
	SO_EE_ORIGIN_ICMP               = unix.SO_EE_ORIGIN_ICMP
	SO_EE_ORIGIN_ICMP6              = unix.SO_EE_ORIGIN_ICMP6
	SO_EE_ORIGIN_LOCAL              = unix.SO_EE_ORIGIN_LOCAL
	SO_EE_ORIGIN_NONE               = unix.SO_EE_ORIGIN_NONE
	SO_EE_ORIGIN_TIMESTAMPING       = unix.SO_EE_ORIGIN_TIMESTAMPING
	SO_EE_ORIGIN_TXSTATUS           = unix.SO_EE_ORIGIN_TXSTATUS
	SO_EE_ORIGIN_TXTIME             = unix.SO_EE_ORIGIN_TXTIME
	SO_EE_ORIGIN_ZEROCOPY           = unix.SO_EE_ORIGIN_ZEROCOPY
	SO_EE_RFC4884_FLAG_INVALID      = unix.SO_EE_RFC4884_FLAG_INVALID
)

// Status of CMSG_PACKET_AUXDATA: packet(7).
const (
	TP_STATUS_COPY            = unix.TP_STATUS_COPY
	TP_STATUS_CSUMNOTREADY    = unix.TP_STATUS_CSUMNOTREADY
	TP_STATUS_CSUM_VALID      = unix.TP_STATUS_CSUM_VALID
	TP_STATUS_GSO_TCP         = unix.TP_STATUS_GSO_TCP
	TP_STATUS_LOSING          = unix.TP_STATUS_LOSING
	TP_STATUS_USER            = unix.TP_STATUS_USER
	TP_STATUS_VLAN_TPID_VALID = unix.TP_STATUS_VLAN_TPID_VALID
	TP_STATUS_VLAN_VALID      = unix.TP_STATUS_VLAN_VALID
)
