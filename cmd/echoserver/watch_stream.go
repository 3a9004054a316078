//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const maxFilter = 200 // bytes

// event is what the page gets with each sample.
type event struct {
	Now      float64 `json:"now"`
	Draining bool    `json:"draining"`
	Problem  string  `json:"problem"`
	Sentence string  `json:"sentence"`

	Listeners []listenerView   `json:"listeners"`
	Rows      []connectionView `json:"rows"`
	Matching  int              `json:"matching"`
	Total     int              `json:"total"`
	Charts    charts           `json:"charts"`
	Log       []string         `json:"log"` // the lines since the last event
}

func (w *watcher) events(rw http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	filter := query.Get("filter")
	order := orders[query.Get("sort")]
	if len(filter) > maxFilter {
		http.Error(rw, "the filter is too long", http.StatusBadRequest)
		return
	}
	if order == nil {
		order = orders["rate"]
	}
	wanted := wish{strings.Fields(strings.ToLower(filter)), order, query.Get("order") == "reversed"}
	logged := 0
	w.stream(rw, r, func(s *sample) (data any, more bool) {
		e := event{
			Now: s.at.Seconds(), Draining: w.server.stopping(), Problem: s.problem, Sentence: s.sentence(),
			Listeners: s.listeners, Total: len(s.connections), Charts: s.charts,
		}
		e.Rows, e.Matching = wanted.rows(s.connections)
		e.Log, logged = w.tail.after(logged)
		return e, !e.Draining
	})
}

// clientEvents sends the life of one client, which is recorded meanwhile.
func (w *watcher) clientEvents(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	follows := false
	w.stream(rw, r, func(*sample) (data any, more bool) {
		v, found := w.sampler.lives.find(id)
		if !found {
			return struct {
				Unknown bool `json:"unknown"`
			}{true}, false
		}
		if !follows {
			follows = true
			w.follower.join(&v)
		}
		w.addRecorded(&v)
		return v, !w.server.stopping()
	})
	if follows {
		w.follower.leave(id)
	}
}

// addRecorded adds what has been recorded of a connection while a viewer looked at it.
func (w *watcher) addRecorded(v *clientView) {
	e, found := w.follower.excerpt(v.ID)
	if !found {
		return
	}
	v.Recorded = e.count
	if v.HasDescriptor {
		v.Descriptor, v.Holding = e.fd, w.holdings.of(e.fd, v.inode)
	}
}

// stream sends the result of next for each sample, as server-sent events, until the viewer leaves, next returns false
// or the server stops. A viewer that does not read loses its connection.
func (w *watcher) stream(rw http.ResponseWriter, r *http.Request, next func(*sample) (data any, more bool)) {
	select {
	case w.places <- struct{}{}:
		defer func() { <-w.places }()
	default:
		rw.Header().Set("Retry-After", "10")
		http.Error(rw, fmt.Sprintf("%s are here already", count(maxStreams, "viewer")), http.StatusServiceUnavailable)
		return
	}
	rw.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	w.conns.release(rw, r)
	control := http.NewResponseController(rw)
	control.SetReadDeadline(time.Time{}) // only requests have one
	w.sampler.join()
	defer w.sampler.leave()
	for more := true; more; {
		latest, changed := w.sampler.current()
		if latest != nil {
			var data any
			data, more = next(latest)
			text, err := json.Marshal(data)
			if err != nil {
				return
			}
			control.SetWriteDeadline(time.Now().Add(requestTime))
			if _, err := fmt.Fprintf(rw, "data: %s\n\n", text); err != nil {
				return
			}
			if control.Flush() != nil || !more {
				return
			}
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
