package sock_test

import (
	"context"
	"net"
	"strings"

	"example.com/berkeley/sock"
)

var netCases = []struct {
	name       string
	run        func(o *observer)
	difference string
}{
	// Addresses to dial.
	{"dial nothing", func(o *observer) { o.dial("tcp", "") }, ""},
	{"dial no port", func(o *observer) { o.dial("tcp", "127.0.0.1") }, ""},
	{"dial an empty port", func(o *observer) { o.dial("tcp", "127.0.0.1:") }, ""},
	{"dial an unknown port", func(o *observer) { o.dial("tcp", "127.0.0.1:no-such-service") }, "Addresses"},
	{"dial a large port", func(o *observer) { o.dial("tcp", "127.0.0.1:65536") }, ""},
	{"dial a negative port", func(o *observer) { o.dial("tcp", "127.0.0.1:-1") }, ""},
	{"dial many colons", func(o *observer) { o.dial("tcp", "::1:80") }, ""},
	{"dial IPv4 by tcp6", func(o *observer) { o.dial("tcp6", "127.0.0.1:80") }, ""},
	{"dial IPv6 by tcp4", func(o *observer) { o.dial("tcp4", "[::1]:80") }, ""},
	{"dial an unknown network", func(o *observer) { o.dial("sctp", "127.0.0.1:80") }, ""},
	{"dial TCP", func(o *observer) { o.dial("TCP", "127.0.0.1:1") }, "Addresses"},
	{"dial ip4", func(o *observer) { o.dial("ip4", "127.0.0.1") }, ""},
	{"dial ip4 of an unknown protocol", func(o *observer) { o.dial("ip4:no-such", "127.0.0.1") }, "Networks"},
	{"dial a short address", func(o *observer) { o.dialNoDNS("tcp", "127.1:1") }, "Addresses"},
	{"dial a star", func(o *observer) { o.dialNoDNS("tcp", "*:1") }, "Addresses"},
	{"dial a name without servers", func(o *observer) { o.dialNoDNS("tcp", "example.com:1") }, ""},
	{"dial an empty unix path", func(o *observer) { o.dial("unix", "") }, ""},
	{"dial a missing unix path", func(o *observer) { o.dial("unix", "DIR/s") }, ""},
	{"dial a long unix path", func(o *observer) { o.dial("unix", strings.Repeat("x", 200)) }, "Addresses"},
	{"dial a unix path with NUL", func(o *observer) { o.dial("unix", "DIR/a\x00b") }, "Addresses"},
	{"dial refused", func(o *observer) { o.dialClosed("tcp", "127.0.0.1:0") }, ""},
	{"dial refused tcp4", func(o *observer) { o.dialClosed("tcp4", "127.0.0.1:0") }, ""},
	{"dial refused tcp6", func(o *observer) { o.dialClosed("tcp6", "[::1]:0") }, ""},
	{"dial IPv4 in brackets", func(o *observer) { o.hooks().dialOf("tcp", "127.0.0.1:0", "tcp", "[127.0.0.1]") }, ""},
	{"dial a mapped address", func(o *observer) { o.hooks().dialOf("tcp", "127.0.0.1:0", "tcp", "[::ffff:127.0.0.1]") }, ""},
	{"dial a mapped address by tcp4", func(o *observer) { o.dialOf("tcp", "127.0.0.1:0", "tcp4", "[::ffff:127.0.0.1]") }, ""},
	{"dial a mapped address by tcp6", func(o *observer) { o.dialOf("tcp", "127.0.0.1:0", "tcp6", "[::ffff:127.0.0.1]") }, ""},
	{"dial no host", func(o *observer) { o.dialOf("tcp", ":0", "tcp", "") }, ""},
	{"dial no host of IPv4", func(o *observer) { o.dialOf("tcp4", "127.0.0.1:0", "tcp", "") }, ""},
	{"dial no host by tcp4", func(o *observer) { o.dialOf("tcp", ":0", "tcp4", "") }, ""},
	{"dial no host by tcp6", func(o *observer) { o.dialOf("tcp", ":0", "tcp6", "") }, ""},
	{"dial 0.0.0.0", func(o *observer) { o.dialOf("tcp", ":0", "tcp", "0.0.0.0") }, ""},
	{"dial ::", func(o *observer) { o.dialOf("tcp", ":0", "tcp", "[::]") }, ""},
	{"dial 0.0.0.0 by tcp4", func(o *observer) { o.hooks().dialOf("tcp", ":0", "tcp4", "0.0.0.0") }, "Control"},
	{"dial :: by tcp6", func(o *observer) { o.hooks().dialOf("tcp", ":0", "tcp6", "[::]") }, "Control"},
	{"dial :: by tcp4", func(o *observer) { o.dialOf("tcp", ":0", "tcp4", "[::]") }, ""},
	{"dial 0.0.0.0 by tcp6", func(o *observer) { o.dialOf("tcp", ":0", "tcp6", "0.0.0.0") }, ""},
	{"dial localhost", func(o *observer) { o.dialOf("tcp4", "127.0.0.1:0", "tcp", "localhost") }, ""},
	{"dial a zone", func(o *observer) { o.dialOf("tcp6", "[::1]:0", "tcp6", "[::1%lo]") }, ""},
	{"dial an unknown zone", func(o *observer) { o.dialOf("tcp6", "[::1]:0", "tcp6", "[fe80::1%nosuch]") }, "Addresses"},
	{"dial 0.0.0.0 by udp", func(o *observer) { o.dial("udp", "0.0.0.0:9") }, ""},
	{"dial :: by udp6", func(o *observer) { o.dial("udp6", "[::]:9") }, ""},
	{"dial no host by udp", func(o *observer) { o.dial("udp", ":9") }, ""},
	{"dial a service", func(o *observer) { o.dial("udp", "127.0.0.1:domain") }, ""},
	{"dial port 0 by udp", func(o *observer) { o.dial("udp", "127.0.0.1:0") }, ""},
	{"dial a multicast address", func(o *observer) { o.dial("udp", "224.0.0.1:9") }, ""},

	// The client's own address.
	{"typed nil", func(o *observer) { o.from((*net.TCPAddr)(nil)).dialOf("tcp", "127.0.0.1:0", "tcp", "127.0.0.1") }, ""},
	{"typed nil for another network", func(o *observer) { o.from((*net.UDPAddr)(nil)).dialOf("tcp", "127.0.0.1:0", "tcp", "127.0.0.1") }, "Addresses"},
	{"typed nil by udp", func(o *observer) { o.from((*net.UDPAddr)(nil)).dial("udp", "127.0.0.1:9") }, ""},
	{"another type", func(o *observer) {
		o.from(&net.UDPAddr{IP: loopback4}).dialOf("tcp", "127.0.0.1:0", "tcp", "127.0.0.1")
	}, ""},
	{"another type for unix", func(o *observer) { o.from(&net.TCPAddr{IP: loopback4}).dial("unix", "DIR/s") }, ""},
	{"another type of unix", func(o *observer) { o.from(&net.UnixAddr{Name: o.dir + "/c", Net: "unixgram"}).dial("unix", "DIR/s") }, ""},
	{"another type for udp", func(o *observer) { o.from(&net.TCPAddr{IP: loopback4}).dial("udp", "127.0.0.1:9") }, ""},
	{"another family", func(o *observer) { o.from(&net.TCPAddr{IP: net.IPv6loopback}).dial("tcp", "127.0.0.1:9") }, ""},
	{"address of another host", func(o *observer) { o.from(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}).dial("tcp", "127.0.0.1:9") }, ""},
	{"own address", func(o *observer) {
		o.from(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}).dialOf("tcp", "127.0.0.1:0", "tcp", "127.0.0.1")
	}, ""},
	{"own address, refused", func(o *observer) { o.from(&net.TCPAddr{IP: loopback4}).dialClosed("tcp", "127.0.0.1:0") }, ""},
	{"own path", func(o *observer) { o.from(&net.UnixAddr{Name: o.dir + "/c", Net: "unix"}).pair("unix", "DIR/s") }, ""},

	// Addresses to listen at.
	{"listen", func(o *observer) { o.hooks().listen("tcp", "127.0.0.1:0") }, ""},
	{"listen everywhere", func(o *observer) { o.hooks().listen("tcp", "") }, "Control"},
	{"listen by port", func(o *observer) { o.hooks().listen("tcp", ":0") }, "Control"},
	{"listen without port", func(o *observer) { o.listen("tcp", "127.0.0.1") }, ""},
	{"listen with empty port", func(o *observer) { o.listen("tcp", "127.0.0.1:") }, ""},
	{"listen at 0.0.0.0", func(o *observer) { o.hooks().listen("tcp", "0.0.0.0:0") }, "Control"},
	{"listen at ::", func(o *observer) { o.hooks().listen("tcp", "[::]:0") }, "Control"},
	{"listen tcp4", func(o *observer) { o.hooks().listen("tcp4", ":0") }, "Control"},
	{"listen tcp6", func(o *observer) { o.hooks().listen("tcp6", ":0") }, "Control"},
	{"listen at 0.0.0.0 by tcp6", func(o *observer) { o.listen("tcp6", "0.0.0.0:0") }, ""},
	{"listen at :: by tcp4", func(o *observer) { o.listen("tcp4", "[::]:0") }, ""},
	{"listen at IPv4 in brackets", func(o *observer) { o.hooks().listen("tcp", "[127.0.0.1]:0") }, ""},
	{"listen at a name in brackets", func(o *observer) { o.hooks().listen("tcp4", "[localhost]:0") }, ""},
	{"listen at empty brackets", func(o *observer) { o.listen("tcp4", "[]:0") }, ""},
	{"listen at the mapped wildcard", func(o *observer) { o.listen("tcp", "[::ffff:0.0.0.0]:0") }, ""},
	{"listen at the mapped wildcard by tcp4", func(o *observer) { o.listen("tcp4", "[::ffff:0.0.0.0]:0") }, ""},
	{"listen at the mapped wildcard by tcp6", func(o *observer) { o.listen("tcp6", "[::ffff:0.0.0.0]:0") }, ""},
	{"listen at a mapped address", func(o *observer) { o.hooks().listen("tcp", "[::ffff:127.0.0.1]:0") }, ""},
	{"listen at a service", func(o *observer) { o.listen("tcp", "192.0.2.1:http") }, ""},
	{"listen at an unknown service", func(o *observer) { o.listen("tcp", "127.0.0.1:no-such-service") }, "Addresses"},
	{"listen at localhost", func(o *observer) { o.listen("tcp", "localhost:0") }, ""},
	{"listen elsewhere", func(o *observer) { o.listen("tcp", "192.0.2.1:0") }, ""},
	{"listen twice", func(o *observer) { o.listen("tcp", o.listen("tcp", "127.0.0.1:0").Addr().String()) }, ""},
	{"listen at a zone", func(o *observer) { o.listen("tcp", "[::1%lo]:0") }, ""},
	{"listen at a multicast address", func(o *observer) { o.listen("tcp", "224.0.0.1:0") }, ""},
	{"listen at a multicast address of IPv6", func(o *observer) { o.listen("tcp", "[ff02::1%lo]:0") }, ""},
	{"listen by udp", func(o *observer) { o.listen("udp", "127.0.0.1:0") }, "Networks"},
	{"listen by unknown", func(o *observer) { o.listen("nosuch", "127.0.0.1:0") }, ""},
	{"listen by unixgram", func(o *observer) { o.listen("unixgram", "DIR/s") }, "Networks"},
	{"listen at a path", func(o *observer) { o.hooks().listen("unix", "DIR/s") }, ""},
	{"listen at no path", func(o *observer) { o.listenAutobind("unix") }, ""},
	{"listen at a path in use", func(o *observer) { o.listen("unix", "DIR/s"); o.listen("unix", "DIR/s") }, ""},
	{"listen in a missing directory", func(o *observer) { o.listen("unix", "DIR/no/s") }, ""},
	{"listen at a long path", func(o *observer) { o.listen("unix", strings.Repeat("x", 200)) }, "Addresses"},
	{"listen at a path with NUL", func(o *observer) { o.listen("unix", "DIR/a\x00b") }, "Addresses"},
	{"listen unixpacket", func(o *observer) { o.listen("unixpacket", "DIR/s") }, ""},
	{"receive", func(o *observer) { o.hooks().packets("udp", "127.0.0.1:0") }, ""},
	{"receive everywhere", func(o *observer) { o.hooks().packets("udp", "") }, "Control"},
	{"receive udp4", func(o *observer) { o.hooks().packets("udp4", ":0") }, "Control"},
	{"receive udp6", func(o *observer) { o.hooks().packets("udp6", ":0") }, "Control"},
	{"receive at a zone", func(o *observer) { o.packets("udp6", "[::1%lo]:0") }, ""},
	{"receive by tcp", func(o *observer) { o.packets("tcp", "127.0.0.1:0") }, "Networks"},
	{"receive by unix", func(o *observer) { o.packets("unix", "DIR/s") }, "Networks"},
	{"receive unixgram", func(o *observer) { o.hooks().packets("unixgram", "DIR/s") }, ""},
	{"receive unixgram without name", func(o *observer) { o.packetsAutobind("unixgram") }, ""},
	{"receive multicast", func(o *observer) { o.hooks().packets("udp4", "224.0.0.251:0") }, ""},
	{"receive multicast twice", func(o *observer) { o.packets("udp", o.multicastPort(o.packets("udp", "224.0.0.251:0"))) }, ""},
	{"receive multicast of IPv6", func(o *observer) { o.hooks().packets("udp6", "[ff02::fb]:0") }, ""},
	{"receive multicast by ip4", func(o *observer) { o.packets("ip4:253", "224.0.0.5") }, ""},
	{"receive ip4", func(o *observer) { o.packets("ip4:253", "127.0.0.1") }, ""},
	{"receive ip4:icmp", func(o *observer) { o.hooks().packets("ip4:icmp", "127.0.0.1") }, ""},
	{"receive ip6", func(o *observer) { o.hooks().packets("ip6:253", "::1") }, ""},
	{"receive ip4:ospf", func(o *observer) { o.packets("ip4:ospf", "127.0.0.1") }, "Networks"},
	{"receive ip", func(o *observer) { rawSocket(o.T, sock.AF_INET, sock.SOCK_RAW, 253); o.packets("ip:253", "") }, ""},

	// Connections.
	{"tcp", func(o *observer) { o.exchange(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"tcp4", func(o *observer) { o.exchange(o.pair("tcp4", "127.0.0.1:0")) }, ""},
	{"tcp6", func(o *observer) { o.exchange(o.pair("tcp6", "[::1]:0")) }, ""},
	{"unix", func(o *observer) { o.exchange(o.pair("unix", "DIR/s")) }, ""},
	{"abstract", func(o *observer) { o.exchange(o.pair("unix", "@DIR/s")) }, ""},
	{"unixpacket", func(o *observer) { o.exchange(o.pair("unixpacket", "DIR/s")) }, ""},
	{"both families", func(o *observer) { o.dialOf("tcp", ":0", "tcp4", "127.0.0.1") }, ""},
	{"closed tcp", func(o *observer) { o.closed(o.pair("tcp4", "127.0.0.1:0")) }, ""},
	{"closed unix", func(o *observer) { o.closed(o.pair("unix", "DIR/s")) }, ""},
	{"close twice", func(o *observer) { c, _ := o.pair("tcp", "127.0.0.1:0"); o.note("close", c.Close(), c.Close()) }, "Close"},
	{"deadline", func(o *observer) { o.deadlines(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"half-close", func(o *observer) { o.halfClose(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"half-close of unix", func(o *observer) { o.halfClose(o.pair("unix", "DIR/s")) }, ""},
	{"reset", func(o *observer) { o.reset(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"nothing", func(o *observer) { o.nothing(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"nothing of unixpacket", func(o *observer) { o.nothing(o.pair("unixpacket", "DIR/s")) }, ""},
	{"file", func(o *observer) { o.files(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"raw", func(o *observer) { o.raw(o.pair("tcp4", "127.0.0.1:0")) }, ""},
	{"options", func(o *observer) { o.options(o.pair("tcp", "127.0.0.1:0")) }, ""},
	{"options of unix", func(o *observer) { o.options(o.pair("unix", "DIR/s")) }, ""},

	// Listeners.
	{"closed listener", func(o *observer) { o.closedListener(o.listen("tcp4", "127.0.0.1:0")) }, ""},
	{"closed unix listener", func(o *observer) { o.closedListener(o.listen("unix", "DIR/s")) }, ""},
	{"deadline of a listener", func(o *observer) { o.listenerDeadline(o.listen("tcp", "127.0.0.1:0")) }, ""},
	{"file of a listener", func(o *observer) { o.files(o.listen("tcp4", "127.0.0.1:0"), nil) }, ""},

	// Datagrams.
	{"udp", func(o *observer) { o.datagrams("udp", "127.0.0.1:0") }, ""},
	{"udp4", func(o *observer) { o.datagrams("udp4", "127.0.0.1:0") }, ""},
	{"udp6", func(o *observer) { o.datagrams("udp6", "[::1]:0") }, ""},
	{"unixgram", func(o *observer) { o.datagrams("unixgram", "DIR/s") }, ""},
	{"closed udp", func(o *observer) { c := o.packets("udp4", "127.0.0.1:0"); o.closed(c.(net.Conn), nil) }, ""},
	{"write to no address", func(o *observer) { o.writeTo(o.packets("udp4", "127.0.0.1:0"), nil) }, "WriteTo"},
	{"write to a nil pointer", func(o *observer) { o.writeTo(o.packets("udp4", "127.0.0.1:0"), (*net.UDPAddr)(nil)) }, "WriteTo"},
	{"write to another type", func(o *observer) { o.writeTo(o.packets("udp4", "127.0.0.1:0"), &net.TCPAddr{IP: loopback4, Port: 9}) }, "WriteTo"},
	{"write to another family", func(o *observer) {
		o.writeTo(o.packets("udp4", "127.0.0.1:0"), &net.UDPAddr{IP: net.IPv6loopback, Port: 9})
	}, "WriteTo"},
	{"write to IPv4 by udp6", func(o *observer) { o.writeTo(o.packets("udp6", "[::1]:0"), &net.UDPAddr{IP: loopback4, Port: 9}) }, ""},
	{"write to this machine", func(o *observer) { o.writeTo(o.packets("udp4", ":0"), &net.UDPAddr{Port: 9}) }, ""},
	{"write to port 0", func(o *observer) { o.writeTo(o.packets("udp4", ":0"), &net.UDPAddr{IP: loopback4}) }, ""},
	{"write to a broadcast address", func(o *observer) {
		o.writeTo(o.packets("udp4", "127.0.0.1:0"), &net.UDPAddr{IP: net.IPv4bcast, Port: 9})
	}, ""},
	{"write to a missing path", func(o *observer) {
		o.writeTo(o.packets("unixgram", "DIR/s"), &net.UnixAddr{Name: o.dir + "/no", Net: "unixgram"})
	}, ""},
	{"write to UDP by unixgram", func(o *observer) { o.writeTo(o.packets("unixgram", "DIR/s"), &net.UDPAddr{IP: loopback4, Port: 9}) }, ""},
	{"write to while connected", func(o *observer) { o.writeConnected(o.packets("udp", "127.0.0.1:0")) }, ""},
	{"refused datagram", func(o *observer) { o.refused("udp", "127.0.0.1:0") }, ""},
	{"empty datagram", func(o *observer) { o.emptyDatagram(o.packets("udp", "127.0.0.1:0")) }, "Read"},
	{"deadline of udp", func(o *observer) { o.deadlines(o.packets("udp", "127.0.0.1:0").(net.Conn), nil) }, "Read"},

	// The types themselves.
	{"methods of tcp", func(o *observer) { o.methods(o.dialed("tcp", "127.0.0.1:0"), (*net.TCPConn)(nil)) }, ""},
	{"methods of unix", func(o *observer) { o.methods(o.dialed("unix", "DIR/s"), (*net.UnixConn)(nil)) }, "Types"},
	{"methods of udp", func(o *observer) { o.methods(o.packets("udp", "127.0.0.1:0"), (*net.UDPConn)(nil)) }, ""},
	{"methods of unixgram", func(o *observer) { o.methods(o.packets("unixgram", "DIR/s"), (*net.UnixConn)(nil)) }, "Types"},
	{"methods of a TCP listener", func(o *observer) { o.methods(o.listen("tcp", "127.0.0.1:0"), (*net.TCPListener)(nil)) }, "Types"},
	{"methods of a unix listener", func(o *observer) { o.methods(o.listen("unix", "DIR/s"), (*net.UnixListener)(nil)) }, "Types"},
	{"nil", func(o *observer) { o.closeNil() }, ""},
	{"names of calls", func(o *observer) { o.callNames(o.pair("tcp", "127.0.0.1:0")) }, "Calls"},

	// Contexts.
	{"canceled before", func(o *observer) { o.ended(func(ctx context.Context) context.Context { return canceled(ctx) }) }, ""},
	{"late before", func(o *observer) { o.ended(func(ctx context.Context) context.Context { return late(ctx) }) }, ""},
	{"listen canceled", func(o *observer) { o.listenEnded(canceled(o.Context())) }, ""},
	{"control fails", func(o *observer) { o.controlFails() }, ""},
}
