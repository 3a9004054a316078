//go:build unix && !linux

package sock

// The BSDs keep the address's length in its first byte and the family in its second.
const (
	familySize = 2
	maxFamily  = 1<<8 - 1
)

func (sa *Sockaddr) setFamily(family int) {
	sa.data[0] = byte(sa.length)
	sa.data[1] = byte(family)
}

// Family returns the address family, such as AF_INET. It is AF_UNSPEC for no address, as for Unspec.
func (sa Sockaddr) Family() int { return int(sa.data[1]) }
