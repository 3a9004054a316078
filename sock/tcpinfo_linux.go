package sock

// TCPState is the state of a TCP socket as the kernel numbers it: include/net/tcp_states.h, RFC 9293 section 3.3.2.
type TCPState uint8

// States of a TCP socket, as TCP_INFO reports them.
const (
	TCP_ESTABLISHED = iota + 1
	TCP_SYN_SENT
	TCP_SYN_RECV
	TCP_FIN_WAIT1
	TCP_FIN_WAIT2
	TCP_TIME_WAIT
	TCP_CLOSE
	TCP_CLOSE_WAIT
	TCP_LAST_ACK
	TCP_LISTEN
	TCP_CLOSING
	TCP_NEW_SYN_RECV
)

var tcpStates = [...]string{
	TCP_ESTABLISHED:  "ESTABLISHED",
	TCP_SYN_SENT:     "SYN_SENT",
	TCP_SYN_RECV:     "SYN_RECV",
	TCP_FIN_WAIT1:    "FIN_WAIT1",
	TCP_FIN_WAIT2:    "FIN_WAIT2",
	TCP_TIME_WAIT:    "TIME_WAIT",
	TCP_CLOSE:        "CLOSE",
	TCP_CLOSE_WAIT:   "CLOSE_WAIT",
	TCP_LAST_ACK:     "LAST_ACK",
	TCP_LISTEN:       "LISTEN",
	TCP_CLOSING:      "CLOSING",
	TCP_NEW_SYN_RECV: "NEW_SYN_RECV",
}

// String returns the name of the state, such as ESTABLISHED.
func (s TCPState) String() string {
	if int(s) < len(tcpStates) && tcpStates[s] != "" {
		return tcpStates[s]
	}
	return "UNKNOWN"
}

// TCPInfo is the information of the kernel about a TCP connection: tcp(7) TCP_INFO, struct tcp_info of <linux/tcp.h>.
// Times are in microseconds, except for TotalRtoTime and the four Last fields, which are in milliseconds; rates are in
// bytes per second. An older kernel leaves the last fields zero.
type TCPInfo struct {
	State              TCPState
	CaState            uint8
	Retransmits        uint8
	Probes             uint8
	Backoff            uint8
	Options            uint8
	Wscale             uint8 // two four-bit numbers, the sender's and the receiver's, in the compiler's bit order
	Flags              uint8 // delivery_rate_app_limited and fastopen_client_fail, in the compiler's bit order
	Rto                uint32
	Ato                uint32
	SndMss             uint32
	RcvMss             uint32
	Unacked            uint32 // on a listener: connections waiting to be accepted
	Sacked             uint32 // on a listener: the backlog
	Lost               uint32
	Retrans            uint32
	Fackets            uint32
	LastDataSent       uint32
	LastAckSent        uint32
	LastDataRecv       uint32
	LastAckRecv        uint32
	Pmtu               uint32
	RcvSsthresh        uint32
	Rtt                uint32
	Rttvar             uint32
	SndSsthresh        uint32
	SndCwnd            uint32
	Advmss             uint32
	Reordering         uint32
	RcvRtt             uint32
	RcvSpace           uint32
	TotalRetrans       uint32
	PacingRate         uint64
	MaxPacingRate      uint64
	BytesAcked         uint64
	BytesReceived      uint64
	SegsOut            uint32
	SegsIn             uint32
	NotsentBytes       uint32
	MinRtt             uint32
	DataSegsIn         uint32
	DataSegsOut        uint32
	DeliveryRate       uint64
	BusyTime           uint64
	RwndLimited        uint64
	SndbufLimited      uint64
	Delivered          uint32
	DeliveredCe        uint32
	BytesSent          uint64
	BytesRetrans       uint64
	DsackDups          uint32
	ReordSeen          uint32
	RcvOoopack         uint32
	SndWnd             uint32
	RcvWnd             uint32
	Rehash             uint32
	TotalRto           uint16
	TotalRtoRecoveries uint16
	TotalRtoTime       uint32
	ReceivedCe         uint32
	DeliveredE1Bytes   uint32
	DeliveredE0Bytes   uint32
	DeliveredCeBytes   uint32
	ReceivedE1Bytes    uint32
	ReceivedE0Bytes    uint32
	ReceivedCeBytes    uint32
	AccecnFailMode     uint16
	AccecnOptSeen      uint16
}
