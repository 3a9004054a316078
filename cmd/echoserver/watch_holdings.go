//go:build unix

package main

import "sync"

// holding counts the bytes that the server holds for a client that does not receive them, and where they are.
type holding struct {
	Memory int64 `json:"memory"`
	File   int64 `json:"file"`
	Pipe   int64 `json:"pipe"`
}

// holdings has the holding of each client, by descriptor. It contains only clients for which the server holds bytes, so
// clients that are served as fast as they send cost nothing.
type holdings struct{ sync.Map }

// holds records what the server holds for a client now. A nil watcher does nothing.
func (w *watcher) holds(c *client) {
	if w != nil && c.pending != nil {
		w.holdings.Store(int(c.fd), c.pending.holding())
	}
}

// released records that the server no longer holds anything for a client. Call it before the
// client's descriptor is closed.
func (w *watcher) released(c *client) {
	if w != nil {
		w.holdings.Delete(int(c.fd))
	}
}

// of returns what the server holds for the client whose socket has the given descriptor and inode.
func (h *holdings) of(fd int, inode uint32) (held holding) {
	if v, ok := h.Load(fd); ok && socketInode(fd) == inode {
		held = v.(holding)
	}
	return held
}

// holding returns where the bytes of a spool are.
func (o *spool) holding() (h holding) {
	for _, chunk := range o.chunks {
		h.Memory += int64(len(chunk))
	}
	h.Memory -= int64(o.chunkSent)
	h.File = o.written - o.fileSent
	if o.pipe != nil {
		h.Pipe = int64(o.pipe.held)
	}
	return h
}
