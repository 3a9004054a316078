package sock

import "golang.org/x/sys/unix"

// Options of level SOL_SOCKET that Linux has beside the common ones: socket(7), unix(7).
var (
	SO_PRIORITY     = listed(IntOption("SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY))
	SO_PEERCRED     = listed(StructOption[Ucred]("SO_PEERCRED", unix.SOL_SOCKET, unix.SO_PEERCRED))
	SO_BINDTODEVICE = listed(StringOption("SO_BINDTODEVICE", unix.SOL_SOCKET, unix.SO_BINDTODEVICE)) // "" takes it off
	SO_MARK         = listed(Uint32Option("SO_MARK", unix.SOL_SOCKET, unix.SO_MARK))
	SO_PROTOCOL     = listed(IntOption("SO_PROTOCOL", unix.SOL_SOCKET, unix.SO_PROTOCOL))
	SO_DOMAIN       = listed(IntOption("SO_DOMAIN", unix.SOL_SOCKET, unix.SO_DOMAIN))
	SO_INCOMING_CPU = listed(IntOption("SO_INCOMING_CPU", unix.SOL_SOCKET, unix.SO_INCOMING_CPU))
)

// Ucred is who is at the other end of an AF_UNIX socket: unix(7), struct ucred. Uid and Gid are 1<<32-1 where nobody is.
type Ucred struct {
	Pid int32
	Uid uint32
	Gid uint32
}
