//go:build unix && !linux

package strace

import (
	"strconv"

	"golang.org/x/sys/unix"
)

const familySize = 2 // the address's length, and sa_family_t

func (sa address) family() int { return int(sa[1]) }

func (t *Line) sockaddrFieldsHere(address) (ok bool) { return false }

// Protocol appends a protocol of a family.
func (t *Line) Protocol(domain, proto int32) {
	if domain == unix.AF_INET || domain == unix.AF_INET6 {
		t.cname(protocolNames, proto, "IPPROTO_???")
		return
	}
	t.int("", int64(proto))
}

// Option appends a socket option: its level, its name or number, and its value, which is already text.
func (t *Line) Option(level, number int, name, value string) {
	text := levelNames.of(uint64(level))
	if text == "" {
		text = strconv.Itoa(level)
	}
	if name == "" {
		name = strconv.Itoa(number)
	}
	t.text("", text)
	t.text("", name)
	t.text("", value)
}
