//go:build unix

package main

import (
	"context"
	"errors"
	"time"
)

// datagramSizes are sizes at which paths differ: one that every path carries, and the largest that fit into Ethernet's
// usual and jumbo frames.
var datagramSizes = []int{pingSize, 1200, 1472, 8972}

// checkDatagrams checks which sizes of datagrams come back. It reports whether one did.
func (d *diagnosis) checkDatagrams(c *conversation) bool {
	var back []int
	for i, size := range datagramSizes {
		c.received = 0 // a wrong answer is reported with its own byte that differs
		begin := time.Now()
		err := c.exchangeDatagram(context.Background(), piece(pattern(), int64(i+1), int64(size)))
		switch {
		case err == nil && i == 0:
			d.found("echo", nil, "a datagram of %d bytes came back in %s", size, durationText(time.Since(begin)))
		case err != nil && i == 0:
			d.found("echo", err, "%v", err)
			return false
		case err != nil:
			var fault error // only of a path that changes a datagram, not of one that loses it
			if errors.As(err, new(*differentError)) {
				fault = err
			}
			d.found("large datagrams", fault, "those of %s bytes came back; not one of %d: %v", listed(back...), size, err)
			return true
		}
		back = append(back, size)
	}
	d.found("large datagrams", nil, "those of %s bytes came back", listed(back...))
	return true
}
