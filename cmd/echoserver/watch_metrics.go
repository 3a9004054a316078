//go:build unix

package main

import (
	"fmt"
	"net/http"
	"strings"
)

// metrics are the Prometheus metrics of each address that is listened on.
var metrics = []struct {
	name, kind string
	byKernel   bool // left out if the kernel gives no answer, since 0 would look like a counter that was reset
	of         func(*listenerView) int64
}{
	{"echoserver_accepted_total", "counter", false, func(v *listenerView) int64 { return v.Accepted }},
	{"echoserver_received_bytes_total", "counter", false, func(v *listenerView) int64 { return v.Received }},
	{"echoserver_sent_bytes_total", "counter", false, func(v *listenerView) int64 { return v.Sent }},
	{"echoserver_failed_total", "counter", false, func(v *listenerView) int64 { return v.Failed }},
	{"echoserver_refused_total", "counter", false, func(v *listenerView) int64 { return v.Refused }},
	{"echoserver_spooled_bytes_total", "counter", false, func(v *listenerView) int64 { return v.Spooled }},
	{"echoserver_listener_drops_total", "counter", true, func(v *listenerView) int64 { return int64(v.Drops) }},
	{"echoserver_clients", "gauge", false, func(v *listenerView) int64 { return int64(v.Active) }},
	{"echoserver_listener_waiting", "gauge", true, func(v *listenerView) int64 { return int64(v.Waiting) }},
	{"echoserver_listener_limit", "gauge", true, func(v *listenerView) int64 { return int64(v.Limit) }},
}

// labelEscapes escapes a label's value in Prometheus' text format.
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// metrics answers a scrape with the current numbers of the server's counters and the kernel, in
// Prometheus' text format. It uses no library, because those open files or allocate megabytes when the
// program starts, with or without -watch.
func (w *watcher) metrics(rw http.ResponseWriter, _ *http.Request) {
	views := map[*listener]*listenerView{}
	for _, l := range w.server.listeners {
		v := newListenerView(l)
		views[l] = &v
	}
	if k, err := openKernel(); err == nil {
		k.list(w.server.listeners, true, func(o *observation) {
			if o.end == listening {
				views[o.listener].observe(o)
			}
		})
		k.close()
	}
	rw.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	for _, m := range metrics {
		fmt.Fprintf(rw, "# TYPE %s %s\n", m.name, m.kind)
		sums := map[string]int64{}
		var urls []string
		for _, l := range w.server.listeners {
			v := views[l]
			if m.byKernel && v.State == "" {
				continue
			}
			if _, found := sums[v.URL]; !found {
				urls = append(urls, v.URL)
			}
			sums[v.URL] += m.of(v) // sockets of LISTEN_FDS may share an address, which may be there only once
		}
		for _, url := range urls {
			fmt.Fprintf(rw, "%s{listener=\"%s\"} %d\n", m.name, labelEscapes.Replace(url), sums[url])
		}
	}
	draining := 0
	if w.server.stopping() {
		draining = 1
	}
	fmt.Fprintf(rw, "# TYPE echoserver_draining gauge\nechoserver_draining %d\n", draining)
	fmt.Fprintf(rw, "# TYPE echoserver_uptime_seconds gauge\nechoserver_uptime_seconds %g\n", w.sampler.now().Seconds())
}
