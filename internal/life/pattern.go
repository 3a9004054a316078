package life

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: a server that draws nothing takes no time and no
// memory for it.
type pattern func() *regexp.Regexp

func lazily(expr string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
