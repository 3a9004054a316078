package cmdflag

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// ErrVersion is to -version what flag.ErrHelp is to -help.
var ErrVersion = errors.New("version requested")

// Version describes a program's build: the module's version, which may include the commit, the version of Go, the
// operating system and the architecture.
func Version(program string) string {
	version := "(unknown version)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	return fmt.Sprintf("%s %s %s %s/%s\n", program, version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
