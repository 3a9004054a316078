//go:build unix

package sock

// catalogue lists the options of every platform, and those of this one. init fills it, because with an initializer it
// would depend on itself: options call the trace, which looks up their names in it.
var catalogue []AnyOption

func init() {
	catalogue = append([]AnyOption{
		SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_OOBINLINE, SO_LINGER,
		SO_REUSEPORT, SO_RCVLOWAT, SO_RCVTIMEO, SO_SNDTIMEO, SO_ACCEPTCONN,

		IPV6_UNICAST_HOPS, IPV6_V6ONLY, IPV6_TCLASS,

		TCP_NODELAY, TCP_MAXSEG,
	}, ownOptions...)
}
