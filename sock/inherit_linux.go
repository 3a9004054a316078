package sock

import (
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// acceptInherits knows gVisor by its release, which was 4.4.0 before it had a name of its own. On that release of Linux
// a program sets the options once more than it must.
var acceptInherits = sync.OnceValue(func() bool {
	var system unix.Utsname
	if unix.Uname(&system) != nil {
		return true
	}
	release := unix.ByteSliceToString(system.Release[:])
	return release != "4.4.0" && !strings.HasSuffix(release, "-gvisor")
})
