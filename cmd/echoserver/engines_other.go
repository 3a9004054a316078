//go:build unix && !linux

package main

const defaultEngine = "threads"

var engines = map[string]engine{
	"iterative":  iterative,
	"threads":    threads,
	"goroutines": goroutines,
}

const engineHelp = portableHelp
