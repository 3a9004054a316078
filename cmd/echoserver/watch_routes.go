//go:build unix

package main

import (
	"embed"
	"fmt"
	"html"
	"net/http"
	"strings"
)

var (
	//go:embed watch
	watchFiles embed.FS
	//go:embed watch/index.html
	indexPage string
	//go:embed watch/client.html
	clientPage string
)

// assets maps the files that the pages refer to, to their types.
var assets = map[string]string{
	"watch.css": "text/css; charset=utf-8", "watch.js": "text/javascript; charset=utf-8",
	"client.js": "text/javascript; charset=utf-8", "format.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
}

func (w *watcher) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", w.page)
	mux.HandleFunc("/events", w.events)
	mux.HandleFunc("/client/{id}", w.clientPage)
	mux.HandleFunc("/client/{id}/events", w.clientEvents)
	mux.HandleFunc("/client/{id}/life.svg", w.drawing)
	mux.HandleFunc("/client/{id}/life.txt", w.drawing)
	mux.HandleFunc("/assets/{name}", w.asset)
	mux.HandleFunc("/metrics", w.metrics)
	mux.HandleFunc("/healthz", w.health)
	return mux
}

// show serves a page, with values in place of {{.NAME}}. TestProgramsDropMethods says why this is not html/template.
func (w *watcher) show(rw http.ResponseWriter, status int, page, id string) {
	mode := "stream"
	if w.server.options.message {
		mode = "message"
	}
	var listeners strings.Builder
	for _, l := range w.server.listeners {
		fmt.Fprintf(&listeners, "<code>%s</code> ", html.EscapeString(l.url))
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	values := strings.NewReplacer("{{.Listeners}}", listeners.String(), "{{.Mode}}", mode, "{{.ID}}", html.EscapeString(id))
	values.WriteString(rw, page)
}

func (w *watcher) page(rw http.ResponseWriter, _ *http.Request) {
	w.show(rw, http.StatusOK, indexPage, "")
}

// clientPage serves the page of a client. For a client that the server doesn't know, the page says so.
func (w *watcher) clientPage(rw http.ResponseWriter, r *http.Request) {
	id, status := r.PathValue("id"), http.StatusOK
	if _, found := w.sampler.lives.find(id); !found {
		status = http.StatusNotFound
	}
	w.show(rw, status, clientPage, id)
}

func (w *watcher) asset(rw http.ResponseWriter, r *http.Request) {
	kind, ok := assets[r.PathValue("name")]
	if !ok {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", kind)
	http.ServeFileFS(rw, r, watchFiles, "watch/"+r.PathValue("name"))
}

// health tells a load balancer whether to send more clients.
func (w *watcher) health(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if w.server.stopping() {
		rw.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(rw, "draining")
		return
	}
	fmt.Fprintln(rw, "ok")
}
