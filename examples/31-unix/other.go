//go:build !linux

package main

// ofLinux shows nothing elsewhere.
func ofLinux(string) {}
