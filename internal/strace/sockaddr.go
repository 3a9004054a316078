//go:build unix

package strace

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// address holds the bytes of a struct sockaddr.
type address []byte

// is reports whether an address belongs to a family and has at least size bytes.
func (sa address) is(family, size int) bool { return len(sa) >= size && sa.family() == family }

// sockaddr appends an address that is passed to the kernel, or NULL without one.
func (t *Line) sockaddr(name string, sa address) {
	if len(sa) < familySize {
		t.pointer(name, 0)
		return
	}
	t.sockaddrStruct(name, sa)
}

// sockaddrStruct appends an address of any family, as bytes if it is too short for the family's struct.
func (t *Line) sockaddrStruct(name string, sa address) {
	t.open(name, "{")
	t.named("sa_family", familyNames, uint64(sa.family()), "AF_???")
	if len(sa) > familySize && !t.sockaddrFields(sa) {
		t.quoted("sa_data", sa[familySize:])
	}
	t.raw("}")
}

// sockaddrFields appends the fields after the family; ok is false if they are unknown.
func (t *Line) sockaddrFields(sa address) (ok bool) {
	switch {
	case sa.is(unix.AF_INET, unix.SizeofSockaddrInet4):
		t.port("sin_port", sa[2:])
		t.inet4("sin_addr", sa[4:])
	case sa.is(unix.AF_INET6, unix.SizeofSockaddrInet6-4):
		t.port("sin6_port", sa[2:])
		t.text("sin6_flowinfo", "htonl(")
		t.uint("", uint64(binary.BigEndian.Uint32(sa[4:])))
		t.raw(")")
		t.inet6("sin6_addr", sa[8:])
		if len(sa) >= unix.SizeofSockaddrInet6 {
			t.scope(netip.AddrFrom16([16]byte(sa[8:])), binary.NativeEndian.Uint32(sa[24:]))
		}
	case sa.is(unix.AF_UNIX, familySize+1):
		path := sa[familySize:min(len(sa), unix.SizeofSockaddrUnix)]
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

func (t *Line) port(name string, b []byte) {
	t.text(name, "htons(")
	t.uint("", uint64(binary.BigEndian.Uint16(b)))
	t.raw(")")
}

func (t *Line) inet4(name string, b []byte) {
	t.text(name, `inet_addr("`+netip.AddrFrom4([4]byte(b)).String()+`")`)
}

// inet6 appends an IPv6 address as a call of inet_pton(3), which has the field's name at the end.
func (t *Line) inet6(name string, b []byte) {
	t.text("", `inet_pton(AF_INET6, "`+inet6Text([16]byte(b))+`", &`+name+")")
}

// inet6Text formats an address like the C library, which differs from Go for an IPv4 address in the last bytes.
func inet6Text(b [16]byte) string {
	a := netip.AddrFrom16(b)
	if [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
		return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
	}
	return a.String()
}

// scope appends the scope of an address: an interface's index if the address is link-local, else just a number.
func (t *Line) scope(a netip.Addr, scope uint32) {
	if a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() {
		t.ifindex("sin6_scope_id", scope)
	} else {
		t.uint("sin6_scope_id", uint64(scope))
	}
}

// ifindex appends an interface's index, by the interface's name if it has one.
func (t *Line) ifindex(name string, index uint32) {
	ifname := t.ifname(index)
	if ifname == "" {
		t.uint(name, uint64(index))
		return
	}
	t.open(name, "if_nametoindex(")
	t.quoted("", []byte(ifname))
	t.raw(")")
}
