//go:build unix

package sock

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// sockaddr is an address that goes to the kernel, or NULL for none.
func (t *traceLine) sockaddr(name string, sa *Sockaddr) {
	if sa.length < familySize {
		t.pointer(name, 0)
		return
	}
	t.sockaddrStruct(name, sa)
}

// sockaddrStruct is an address of any family. Where its bytes are too few for the family's struct, they stay bytes.
func (t *traceLine) sockaddrStruct(name string, sa *Sockaddr) {
	t.open(name, "{")
	t.named("sa_family", familyNames, uint64(sa.Family()), "AF_???")
	if sa.length > familySize && !t.sockaddrFields(sa) {
		t.quoted("sa_data", sa.bytes()[familySize:])
	}
	t.raw("}")
}

// sockaddrFields are the fields after the family; ok is false where there is no knowing them.
func (t *traceLine) sockaddrFields(sa *Sockaddr) (ok bool) {
	switch {
	case sa.is(unix.AF_INET, unix.SizeofSockaddrInet4):
		t.port("sin_port", sa.data[2:])
		t.inet4("sin_addr", sa.data[4:])
	case sa.is(unix.AF_INET6, unix.SizeofSockaddrInet6-4):
		t.port("sin6_port", sa.data[2:])
		t.text("sin6_flowinfo", "htonl(")
		t.uint("", uint64(binary.BigEndian.Uint32(sa.data[4:])))
		t.raw(")")
		t.inet6("sin6_addr", sa.data[8:])
		if sa.length >= unix.SizeofSockaddrInet6 {
			t.scope(netip.AddrFrom16([16]byte(sa.data[8:])), binary.NativeEndian.Uint32(sa.data[24:]))
		}
	case sa.is(unix.AF_UNIX, familySize+1):
		path := sa.data[unixPath:min(sa.length, unix.SizeofSockaddrUnix)]
		if path[0] != 0 {
			t.cstring("sun_path", path)
		} else {
			t.text("sun_path", "@")
			t.quote(path[1:])
		}
	default:
		return t.sockaddrFieldsHere(sa)
	}
	return true
}

func (t *traceLine) port(name string, b []byte) {
	t.text(name, "htons(")
	t.uint("", uint64(binary.BigEndian.Uint16(b)))
	t.raw(")")
}

func (t *traceLine) inet4(name string, b []byte) {
	t.text(name, `inet_addr("`+netip.AddrFrom4([4]byte(b)).String()+`")`)
}

// inet6 is an IPv6 address, which stands where inet_pton(3) would write it: its field's name comes last.
func (t *traceLine) inet6(name string, b []byte) {
	t.text("", `inet_pton(AF_INET6, "`+inet6Text([16]byte(b))+`", &`+name+")")
}

// inet6Text is the C library's: as Go's but for addresses that have an IPv4 address in their last bytes.
func inet6Text(b [16]byte) string {
	a := netip.AddrFrom16(b)
	if [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
		return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
	}
	return a.String()
}

// scope is an interface's number where an address is of one link alone, and any number elsewhere.
func (t *traceLine) scope(a netip.Addr, scope uint32) {
	if a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() {
		t.ifindex("sin6_scope_id", scope)
	} else {
		t.uint("sin6_scope_id", uint64(scope))
	}
}

// ifindex is an interface's number, by its name where it has one.
func (t *traceLine) ifindex(name string, index uint32) {
	var ifname string
	untraced(func() { ifname, _ = IfIndextoname(int(index)) })
	if ifname == "" {
		t.uint(name, uint64(index))
		return
	}
	t.open(name, "if_nametoindex(")
	t.quoted("", []byte(ifname))
	t.raw(")")
}
