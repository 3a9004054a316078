//go:build unix

package main

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// pageHeaders are the headers of every response. The page loads scripts and styles only from its own server and
// connects to no other, it cannot be framed, and other sites cannot embed its files.
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

// hostNames returns the names by which a page may be reached, in addition to IP addresses. Other names are refused,
// because the owner of any domain can point it at 127.0.0.1 and make a browser read the page (DNS rebinding).
func hostNames(host string, public bool) []string {
	names := []string{"localhost", strings.ToLower(host)}
	if name, err := os.Hostname(); err == nil && public {
		short, _, _ := strings.Cut(name, ".")
		names = append(names, strings.ToLower(name), strings.ToLower(short))
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// guard refuses requests that would change something, that use another host name, or that
// come from a page of another site.
func (w *watcher) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for _, header := range pageHeaders {
			rw.Header().Set(header[0], header[1])
		}
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			rw.Header().Set("Allow", "GET, HEAD")
			http.Error(rw, "the page is read-only", http.StatusMethodNotAllowed)
		case !w.isOwnHost(r.Host):
			http.Error(rw, "unknown host name: use an IP address, localhost or the name that -watch has", http.StatusForbidden)
		case isForeign(r):
			http.Error(rw, "requests of other sites are refused", http.StatusForbidden)
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

// isOwnHost reports whether the Host of a request is an IP address or one of the page's names. Any port is
// accepted, because it may be forwarded.
func (w *watcher) isOwnHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	_, err = netip.ParseAddr(host)
	return err == nil || slices.Contains(w.names, strings.ToLower(host))
}

// isForeign reports whether a page of another origin made the request. Links from other sites are allowed.
func isForeign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}
