package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const liveInterval = 250 * time.Millisecond

// live shows the progress of a load on a line of the terminal, until the returned function is called.
func (l *load) live(w io.Writer) (end func()) {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(file) || l.options.trace { // the trace has lines of its own
		return func() {}
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(liveInterval)
		defer ticker.Stop()
		var last int64
		for {
			select {
			case <-quit:
				fmt.Fprint(w, "\r\x1b[K")
				return
			case <-ticker.C:
				last = l.liveLine(file, last)
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

// liveLine writes the line, and returns the number of messages in it.
func (l *load) liveLine(terminal *os.File, last int64) int64 {
	messages := l.current.messages.Load()
	rate := float64(messages-last) / liveInterval.Seconds()
	line := fmt.Sprintf("%.1f s  %s messages  %s/s  %s/s", l.clock().Seconds(),
		thousands(float64(messages)), rateText(rate), bytesText(rate*float64(l.options.size)))
	if !l.options.reconnect {
		line += fmt.Sprintf("  %s", plural(int(l.current.connections.Load()), "connection"))
	}
	if troubles := l.current.troubles.Load(); troubles > 0 {
		line += fmt.Sprintf("  %d failed", troubles)
	}
	if size, err := unix.IoctlGetWinsize(int(terminal.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 1 {
		line = shortened(line, int(size.Col)-1) // a longer line would take two, of which the next replaces one
	}
	fmt.Fprintf(terminal, "\r%s\x1b[K", line)
	return messages
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
