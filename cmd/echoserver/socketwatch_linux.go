package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// watchFiles logs when a socket's file is removed or replaced: inotify(7). It watches the files themselves, which costs
// nothing until that happens, and not their directories, where much else may change. If it can't, for example because the
// user has no inotify instances left, only SIGUSR1 makes the server check the files.
func (s *server) watchFiles() {
	if !slices.ContainsFunc(s.listeners, func(l *listener) bool { return l.socketFile.file != nil }) {
		return
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		s.log.Debug("cannot watch the files of sockets", "call", "inotify_init1", "err", err)
		return
	}
	for _, l := range s.listeners {
		if l.socketFile.file == nil {
			continue
		}
		// IN_ATTRIB comes when the last link goes, IN_DELETE_SELF only when the socket is closed.
		path := fmt.Sprintf("/proc/self/fd/%d", l.socketFile.file.Fd())
		if _, err := unix.InotifyAddWatch(fd, path, unix.IN_ATTRIB|unix.IN_MOVE_SELF); err != nil {
			s.log.Debug("cannot watch the file of a socket", "listener", l.url, "call", "inotify_add_watch", "err", err)
		}
	}
	go s.checkFiles(os.NewFile(uintptr(fd), "inotify"))
}

// checkFiles checks the listeners' files now and whenever inotify has events, as long as the process lives. It pauses in
// between, since the owner of a file may change its attributes all the time.
func (s *server) checkFiles(events *os.File) {
	for buf := make([]byte, 4096); ; time.Sleep(minPause) {
		for _, l := range s.listeners {
			s.checkFile(l)
		}
		if _, err := events.Read(buf); err != nil {
			return
		}
	}
}
