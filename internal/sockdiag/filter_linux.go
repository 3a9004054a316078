package sockdiag

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Operations of a filter, enum INET_DIAG_BC_NOP and the following of <linux/inet_diag.h>. Each has where the next operation is, in
// bytes from its own beginning, for yes and for no. A port follows its operation as the no of another one. The end of the filter
// takes the socket, and what is beyond it leaves it out.
const (
	inetDiagReqBytecode = 1 // the attribute

	opJump          = 1 // always as for no
	opLocalAtLeast  = 2
	opLocalAtMost   = 3
	opRemoteAtLeast = 4
	opRemoteAtMost  = 5
)

// Sizes of the parts of a filter, in bytes.
const (
	sizeofOp    = 4
	sizeofTest  = 2 * sizeofOp              // and its port
	sizeofEqual = 2*sizeofTest + 1*sizeofOp // at least, at most, jump to the end

	// maxFilterPorts is how many ports fit in an attribute. Without a filter the kernel lists all sockets.
	maxFilterPorts = 1600
)

// appendFilter appends the attribute of a filter for sockets that have one of the ports, at either end.
func appendFilter(p []byte, ports []uint16) []byte {
	if len(ports) == 0 || len(ports) > maxFilterPorts {
		return p
	}
	length := 2*sizeofEqual*len(ports) - sizeofOp // the last needs no jump
	p = binary.NativeEndian.AppendUint16(p, uint16(unix.SizeofNlAttr+length))
	p = binary.NativeEndian.AppendUint16(p, inetDiagReqBytecode)
	end := len(p) + length
	op := func(code, yes byte, no int) {
		p = append(p, code, yes)
		p = binary.NativeEndian.AppendUint16(p, uint16(no))
	}
	for _, port := range ports {
		for _, codes := range [][2]byte{{opLocalAtLeast, opLocalAtMost}, {opRemoteAtLeast, opRemoteAtMost}} {
			op(codes[0], sizeofTest, sizeofEqual)
			op(0, 0, int(port))
			op(codes[1], sizeofTest, sizeofEqual-sizeofTest)
			op(0, 0, int(port))
			if len(p) < end {
				op(opJump, sizeofOp, end-len(p))
			}
		}
	}
	return p
}
