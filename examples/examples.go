// Package examples holds the text of the course: of its README, its lessons and their exercises.
package examples

import "embed"

// Files are README.md, and of each lesson main.go and exercises.json.
//
//go:embed README.md */main.go */exercises.json
var Files embed.FS
