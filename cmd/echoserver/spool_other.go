//go:build unix && !linux

package main

import "math"

func openTemporary(dir string) (fd int, err error) { return createUnlinked(dir) }

func freeSpace(int) int64 { return unknownDisk }

func punchHole(int, int64, int64) {}

func memoryInGroups() int { return math.MaxInt }

func writeWindow() int64 { return 0 }

func settle(int) error { return nil }

func sendFile(fd, file int, offset, count int64, buf []byte) (int64, error) {
	return copyFile(fd, file, offset, count, buf)
}
