//go:build unix

package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// noDescriptor is the descriptor of a socket that has none, or whose descriptor is not known.
const noDescriptor = -1

// socketInode returns the inode number of the socket that a descriptor refers to, which identifies it, or 0 for other files.
func socketInode(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return 0
	}
	return uint32(st.Ino)
}

// descriptorWith finds the descriptor of a socket of this process by its inode.
func descriptorWith(inode uint32) int {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return noDescriptor
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return noDescriptor
	}
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil && socketInode(fd) == inode {
			return fd
		}
	}
	return noDescriptor
}
