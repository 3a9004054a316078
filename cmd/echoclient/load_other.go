//go:build unix && !linux

package main

import (
	"errors"
	"io"
)

const haveLoad = false

func runLoad(*options, io.Writer, io.Writer) error { return errors.New("no load") }
