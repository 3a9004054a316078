package socktest

import "example.com/berkeley/sock"

func init() {
	Kinds = append(Kinds, Kind{Name: "mptcp", Domain: sock.AF_INET, Type: sock.SOCK_STREAM, Protocol: sock.IPPROTO_MPTCP, open: connected})
}
