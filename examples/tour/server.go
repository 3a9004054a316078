//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"example.com/berkeley/examples/internal/course"
	"example.com/berkeley/internal/life"
)

//go:embed page
var pageFiles embed.FS

// tokenHeader has the secret of the address that was printed. A page of another origin can't send it unasked.
const tokenHeader = "X-Tour-Token"

const (
	maxBody     = 256 << 10 // bytes of a program
	requestTime = 10 * time.Second
)

// server serves the course.
type server struct {
	*runner
	pages
	docs
	token string
	hosts []string // that a request may name, with the port
}

func newServer(r *runner, addr string) (*server, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 16)
	rand.Read(secret)
	s := &server{runner: r, docs: docs{root: r.root}, token: hex.EncodeToString(secret)}
	for _, host := range []string{"127.0.0.1", "localhost", "::1"} {
		s.hosts = append(s.hosts, net.JoinHostPort(host, port))
	}
	s.pages, err = newPages()
	return s, err
}

// serve serves until the context ends, and ends what runs then.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	h := http.Server{
		Handler: s.guard(s.routes()), ReadHeaderTimeout: requestTime, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	return h.Shutdown(grace) // which waits for the run, and that for its processes
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.contents)
	mux.HandleFunc("GET /{lesson}", s.lesson)
	mux.HandleFunc("GET /{lesson}/{exercise}", s.exercise)
	mux.HandleFunc("GET /doc/{name}", s.doc)
	mux.HandleFunc("GET /assets/{name}", s.asset)
	mux.HandleFunc("POST /run", s.run)
	mux.HandleFunc("POST /stop", s.stop)
	mux.HandleFunc("POST /code", s.code)
	return mux
}

// pageHeaders are those of every response. A page has no script, style or connection except its server's, and is in no frame.
var pageHeaders = [][2]string{
	{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Cache-Control", "no-store"},
}

// guard refuses requests by another name than this machine's, which the owner of any domain can point here (DNS rebinding),
// and those that would run something, unless a page of this server sends them with the token.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for _, header := range pageHeaders {
			rw.Header().Set(header[0], header[1])
		}
		acts := r.Method != http.MethodGet && r.Method != http.MethodHead
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case !slices.Contains(s.hosts, r.Host):
			http.Error(rw, "unknown host name: use the address that the tour printed", http.StatusForbidden)
		case acts && r.Header.Get("Origin") != "http://"+r.Host:
			http.Error(rw, "requests of other sites are refused", http.StatusForbidden)
		case acts && subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(s.token)) != 1:
			http.Error(rw, "this page is not of the tour that runs now: open the address that it printed", http.StatusForbidden)
		case acts && kind != "application/json":
			http.Error(rw, "want application/json", http.StatusUnsupportedMediaType)
		default:
			r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
			next.ServeHTTP(rw, r)
		}
	})
}

// program is what a page sends: a lesson's program, from its package clause on.
type program struct {
	Lesson string `json:"lesson"`
	Body   string `json:"body"`
}

// decode reads what a page sends; it has answered if ok is false.
func (s *server) decode(rw http.ResponseWriter, r *http.Request) (p program, l course.Lesson, ok bool) {
	var tooLarge *http.MaxBytesError
	if err := json.NewDecoder(r.Body).Decode(&p); errors.As(err, &tooLarge) {
		http.Error(rw, "the program is too long", http.StatusRequestEntityTooLarge)
		return p, l, false
	} else if err != nil {
		http.Error(rw, "want JSON: "+err.Error(), http.StatusBadRequest)
		return p, l, false
	}
	if l, ok = s.find(p.Lesson); !ok {
		http.Error(rw, "no such lesson", http.StatusNotFound)
	}
	return p, l, ok
}

// run runs a program, and sends messages about it, one JSON value per line, as it goes on.
func (s *server) run(rw http.ResponseWriter, r *http.Request) {
	p, l, ok := s.decode(rw, r)
	if !ok {
		return
	}
	rw.Header().Set("Content-Type", "application/x-ndjson")
	encoder, flusher := json.NewEncoder(rw), http.NewResponseController(rw)
	s.runner.run(r.Context(), l, p.Body, func(m message) {
		encoder.Encode(m)
		flusher.Flush()
	})
}

// stop ends the run, whose picture then shows what happened so far.
func (s *server) stop(rw http.ResponseWriter, _ *http.Request) {
	s.runner.stop()
	rw.WriteHeader(http.StatusNoContent)
}

// code highlights a program.
func (s *server) code(rw http.ResponseWriter, r *http.Request) {
	p, l, ok := s.decode(rw, r)
	if !ok {
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Write([]byte(highlight(p.Body, firstLine(l), nil)))
}

var assets = map[string]string{"tour.css": "text/css; charset=utf-8", "tour.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}

func (s *server) asset(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind, ok := assets[name]
	if !ok && name != "life.css" {
		http.NotFound(rw, r)
		return
	}
	if name == "life.css" {
		rw.Header().Set("Content-Type", assets["tour.css"])
		rw.Write([]byte(life.Stylesheet()))
		return
	}
	rw.Header().Set("Content-Type", kind)
	http.ServeFileFS(rw, r, pageFiles, "page/"+name)
}

// environ is the environment of a process that this one starts: only what programs and the go command need.
func environ(names ...string) (env []string) {
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
