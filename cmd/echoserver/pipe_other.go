//go:build unix && !linux

package main

// Only Linux has this splice(2) and MSG_MORE.
const (
	canSplice = false
	bulkSize  = 0
	largeSize = 0
	msgMore   = 0
)

// pipe and pipes are never in use here.
type (
	pipe  struct{ held int }
	pipes struct{}
)

func (*pipes) giveUp() bool                          { return false }
func (*server) givePipe(*pipe)                       {}
func (*pipe) drain(int) (int64, error)               { return 0, nil }
func (*server) splice(*client, []byte) (bool, error) { return false, nil }
