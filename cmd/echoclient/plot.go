//go:build unix

package main

func (r *report) svg() []byte { return nil }
