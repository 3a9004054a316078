//go:build unix && !linux

package main

import "example.com/berkeley/sock"

func openTemporary(dir string) (fd int, err error) { return createUnlinked(dir) }

// sendFile sends a part of a file, a buffer of it at most.
func sendFile(fd, file int, offset, count int64, buf []byte) (int64, error) {
	p := buf[:min(count, int64(len(buf)))]
	if err := readFull(file, p, offset); err != nil {
		return 0, err
	}
	n, err := sock.SendAll(fd, p, 0)
	return int64(n), err
}
