//go:build linux

package main

func (d *diagram) svg() []byte { return nil }
