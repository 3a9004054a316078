package sock

import "golang.org/x/sys/unix"

// Classic BPF, as SO_ATTACH_FILTER, PACKET_FANOUT_DATA and others take it.

// Instructions of a SockFilter: <linux/bpf_common.h>, <linux/filter.h>.
const (
	BPF_A        = unix.BPF_A
	BPF_ABS      = unix.BPF_ABS
	BPF_ADD      = unix.BPF_ADD
	BPF_ALU      = unix.BPF_ALU
	BPF_AND      = unix.BPF_AND
	BPF_B        = unix.BPF_B
	BPF_DIV      = unix.BPF_DIV
	BPF_H        = unix.BPF_H
	BPF_IMM      = unix.BPF_IMM
	BPF_IND      = unix.BPF_IND
	BPF_JA       = unix.BPF_JA
	BPF_JEQ      = unix.BPF_JEQ
	BPF_JGE      = unix.BPF_JGE
	BPF_JGT      = unix.BPF_JGT
	BPF_JMP      = unix.BPF_JMP
	BPF_JSET     = unix.BPF_JSET
	BPF_K        = unix.BPF_K
	BPF_LD       = unix.BPF_LD
	BPF_LDX      = unix.BPF_LDX
	BPF_LEN      = unix.BPF_LEN
	BPF_LSH      = unix.BPF_LSH
	BPF_MAXINSNS = unix.BPF_MAXINSNS
	BPF_MEM      = unix.BPF_MEM
	BPF_MEMWORDS = unix.BPF_MEMWORDS
	BPF_MISC     = unix.BPF_MISC
	BPF_MOD      = unix.BPF_MOD
	BPF_MSH      = unix.BPF_MSH
	BPF_MUL      = unix.BPF_MUL
	BPF_NEG      = unix.BPF_NEG
	BPF_OR       = unix.BPF_OR
	BPF_RET      = unix.BPF_RET
	BPF_RSH      = unix.BPF_RSH
	BPF_ST       = unix.BPF_ST
	BPF_STX      = unix.BPF_STX
	BPF_SUB      = unix.BPF_SUB
	BPF_TAX      = unix.BPF_TAX
	BPF_TXA      = unix.BPF_TXA
	BPF_W        = unix.BPF_W
	BPF_X        = unix.BPF_X
	BPF_XOR      = unix.BPF_XOR
)

// Where a SockFilter finds the link and the network header, and what isn't in the packet: <linux/filter.h>, which
// golang.org/x/sys/unix lacks. An instruction has such an offset as a uint32: uint32(0xffffffff & SKF_AD_OFF) + SKF_AD_CPU.
const (
	SKF_AD_ALU_XOR_X        = 40
	SKF_AD_CPU              = 36
	SKF_AD_HATYPE           = 28
	SKF_AD_IFINDEX          = 8
	SKF_AD_MARK             = 20
	SKF_AD_NLATTR           = 12
	SKF_AD_NLATTR_NEST      = 16
	SKF_AD_OFF              = -0x1000
	SKF_AD_PAY_OFFSET       = 52
	SKF_AD_PKTTYPE          = 4
	SKF_AD_PROTOCOL         = 0
	SKF_AD_QUEUE            = 24
	SKF_AD_RANDOM           = 56
	SKF_AD_RXHASH           = 32
	SKF_AD_VLAN_TAG         = 44
	SKF_AD_VLAN_TAG_PRESENT = 48
	SKF_AD_VLAN_TPID        = 60
	SKF_LL_OFF              = -0x200000
	SKF_NET_OFF             = -0x100000
)
