//go:build linux && !386 && !arm && !mips && !mipsle

package sock

import "golang.org/x/sys/unix"

// sysSendfile is the sendfile whose offset has 64 bits.
const sysSendfile = unix.SYS_SENDFILE

const sendfileName = "sendfile"
