package socktest

import (
	"encoding/hex"

	"golang.org/x/sys/unix"
)

// InjectRelease is what strace's -e inject= takes to have uname(2) return another release of the kernel. Strace can since 5.11.
func InjectRelease(release string) string {
	var system unix.Utsname
	copy(system.Sysname[:], "Linux")
	copy(system.Release[:], release)
	poked := append(append(system.Sysname[:], system.Nodename[:]...), system.Release[:]...)
	return "uname:poke_exit=@arg1=" + hex.EncodeToString(poked)
}
