package sock

import "golang.org/x/sys/unix"

// Options of level AF_VSOCK: vsock(7).
var (
	SO_VM_SOCKETS_BUFFER_SIZE     = listed(StructOption[uint64]("SO_VM_SOCKETS_BUFFER_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_SIZE))
	SO_VM_SOCKETS_BUFFER_MIN_SIZE = listed(StructOption[uint64]("SO_VM_SOCKETS_BUFFER_MIN_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_MIN_SIZE))
	SO_VM_SOCKETS_BUFFER_MAX_SIZE = listed(StructOption[uint64]("SO_VM_SOCKETS_BUFFER_MAX_SIZE", unix.AF_VSOCK, unix.SO_VM_SOCKETS_BUFFER_MAX_SIZE))
	SO_VM_SOCKETS_PEER_HOST_VM_ID = listed(IntOption("SO_VM_SOCKETS_PEER_HOST_VM_ID", unix.AF_VSOCK, unix.SO_VM_SOCKETS_PEER_HOST_VM_ID)) // VMware's
	SO_VM_SOCKETS_TRUSTED         = listed(IntOption("SO_VM_SOCKETS_TRUSTED", unix.AF_VSOCK, unix.SO_VM_SOCKETS_TRUSTED))                 // VMware's
	SO_VM_SOCKETS_CONNECT_TIMEOUT = listed(TimevalOption("SO_VM_SOCKETS_CONNECT_TIMEOUT", unix.AF_VSOCK, unix.SO_VM_SOCKETS_CONNECT_TIMEOUT))
)
