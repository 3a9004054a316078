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

// Family is the address family, AF_INET for example. No address is AF_UNSPEC, as Unspec is.
func (sa Sockaddr) Family() int { return int(sa.data[1]) }
