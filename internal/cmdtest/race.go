//go:build unix && race

package cmdtest

var raceFlags = []string{"-race"}
