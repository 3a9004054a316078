package life

import (
	"example.com/berkeley/sock"

	"golang.org/x/net/bpf"
)

// Offsets in the headers that the filter reads.
const (
	ipv4Protocol = 9
	ipv6Next     = 6
	ipv6Size     = 40
)

// portFilter is a program that lets through TCP and UDP from or to a port, and ICMP: bpf(4). The kernel runs it, so that
// other traffic of a busy machine costs this process nothing.
func portFilter(port uint16) ([]sock.SockFilter, error) {
	const accept, reject = 22, 23
	to := func(from, target int) uint8 { return uint8(target - from - 1) }
	is := func(at int, value uint32, yes, no int) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: to(at, yes), SkipFalse: to(at, no)}
	}
	program := []bpf.Instruction{
		0:  bpf.LoadAbsolute{Off: 0, Size: 1},
		1:  bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
		2:  is(2, 6, 12, 3),
		3:  is(3, 4, 4, reject),
		4:  bpf.LoadAbsolute{Off: ipv4Protocol, Size: 1},
		5:  is(5, protocolICMP, accept, 6),
		6:  is(6, protocolTCP, 8, 7),
		7:  is(7, protocolUDP, 8, reject),
		8:  bpf.LoadMemShift{Off: 0},
		9:  bpf.LoadIndirect{Off: 0, Size: 2},
		10: is(10, uint32(port), accept, 11),
		11: bpf.Jump{Skip: 8}, // to 20
		12: bpf.LoadAbsolute{Off: ipv6Next, Size: 1},
		13: is(13, protocolICMPv6, accept, 14),
		14: is(14, protocolTCP, 16, 15),
		15: is(15, protocolUDP, 16, reject),
		16: bpf.LoadConstant{Dst: bpf.RegX, Val: ipv6Size},
		17: bpf.LoadIndirect{Off: 0, Size: 2},
		18: is(18, uint32(port), accept, 19),
		19: bpf.Jump{Skip: 0},
		20: bpf.LoadIndirect{Off: 2, Size: 2},
		21: is(21, uint32(port), accept, reject),
		22: bpf.RetConstant{Val: headers},
		23: bpf.RetConstant{Val: 0},
	}
	raw, err := bpf.Assemble(program)
	filter := make([]sock.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = sock.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return filter, err
}
