//go:build !linux

package life

import "example.com/berkeley/sock"

// Capture receives copies of packets, which only Linux gives in the way that this package takes them.
type Capture struct{}

// NewCapture fails.
func NewCapture(uint16) (*Capture, error) { return nil, sock.ENOSYS }

// Only fails.
func (c *Capture) Only(uint16) error { return sock.ENOSYS }

// Drain receives what is there by now.
func (c *Capture) Drain() {}

// Packets are the packets so far.
func (c *Capture) Packets() []Captured { return nil }

// Take is Packets, which the Capture then forgets.
func (c *Capture) Take() []Captured { return nil }

// Close ends the capture.
func (c *Capture) Close() error { return nil }

// Keep limits what is kept to the packets that keep wants.
func (c *Capture) Keep(func(Captured) bool) {}

func (c *Capture) full() bool { return false }
