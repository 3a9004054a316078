//go:build linux

package main

func (r results) svg() []byte { return nil }
