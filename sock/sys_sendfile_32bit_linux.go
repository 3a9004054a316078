//go:build linux && (386 || arm || mips || mipsle)

package sock

import "golang.org/x/sys/unix"

// sysSendfile is the sendfile whose offset has 64 bits; sendfile itself has 32 on these architectures.
const sysSendfile = unix.SYS_SENDFILE64

const sendfileName = "sendfile64"
