//go:build linux

package interop_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The tour in a browser, as a reader goes through it: one server and one browser for all parts.
func TestTour(t *testing.T) {
	b := newBrowser(t)
	site, token := startTour(t)
	tour := &tourPage{b, site}
	for _, part := range []struct {
		name string
		test func(*tourPage)
	}{
		{"token", func(p *tourPage) { p.token(token) }},
		{"steps", (*tourPage).steps},
		{"edit", (*tourPage).edit},
		{"exercise with options", (*tourPage).options},
		{"exercise with free text", (*tourPage).freeText},
		{"a run that hangs", (*tourPage).hangs},
		{"keys", (*tourPage).keys},
		{"lessons", (*tourPage).lessons},
		{"narrow", (*tourPage).narrow},
		{"console", (*tourPage).silent}, // the refusals have messages
		{"refusals", (*tourPage).refusals},
	} {
		t.Run(part.name, func(t *testing.T) {
			b.t = t
			part.test(tour)
		})
	}
}

// silent checks that there is nothing on the console.
func (p *tourPage) silent() {
	if messages := p.messages(); len(messages) > 0 {
		p.t.Errorf("messages on the console: %q, want none", messages)
	}
}

// tourPage is the tour in a browser.
type tourPage struct {
	*browser
	site string
}

// visit opens a page of the tour.
func (p *tourPage) visit(path string) {
	p.t.Helper()
	p.open(p.site + path)
}

// the is the expression of an element.
func the(selector string) string { return fmt.Sprintf("document.querySelector(%q)", selector) }

// token is taken from the address, and lets the page run programs. A wrong one doesn't.
func (p *tourPage) token(right string) {
	p.visit("03-names#token=" + strings.Repeat("0", len(right)))
	p.await(`location.hash === ""`)
	p.run(chromedp.Click("#start"))
	p.await(the("#status") + `.innerText.includes("open the address that it printed")`)
	p.forget("403")

	p.visit("#token=" + right)
	p.await(`location.hash === ""`)
	p.await(`document.querySelectorAll(".lessons li").length >= 36`)
	p.pictures("contents", chromedp.CaptureScreenshot(), 400, 1600)
}

// forget waits for a message with a text on the console, and takes it away.
func (p *tourPage) forget(text string) {
	p.t.Helper()
	isMessage := func(m string) bool { return strings.Contains(m, text) }
	for deadline := time.Now().Add(patience); !slices.ContainsFunc(p.messages(), isMessage); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("on the console: %q, want %q", p.messages(), text)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console = slices.DeleteFunc(p.console, isMessage)
}

// steps go both ways, by keys, and are links.
func (p *tourPage) steps() {
	p.visit("11-shutdown")
	p.pictures("lesson", chromedp.CaptureScreenshot(), 400, 1600)
	p.pressWithCtrl("Enter")
	p.await(`document.querySelectorAll("#picture .row").length > 50`)
	p.awaitRun()
	if output := p.text("#output"); !strings.Contains(output, "close that aborts") {
		p.t.Errorf("output = %q, want one of a close that aborts", output)
	}
	p.press("Home")
	p.await(count + `.startsWith("1 / ")`)
	p.press("ArrowRight")
	p.press("ArrowRight")
	p.press("ArrowLeft")
	p.await(count + `.startsWith("2 / ")`)
	p.await(`location.hash === "#step/2"`)
	p.await(currentLine + `.innerText.includes("CreateServer")`)
	p.await(the("#about") + `.innerText.includes("setsockopt(2)")`)
	p.run(chromedp.Click(`#about a[href^="/doc/"]`))
	p.await(the("#documentation") + `.innerText.includes("func CreateServer")`)
	p.press("End")
	p.await(count + `.split(" / ").every((n, _, all) => n === all[0])`)
	for range 20 {
		p.press("ArrowLeft")
	}
	p.pictures("run", chromedp.CaptureScreenshot(), 1600)
	p.pictures("run", chromedp.FullScreenshot(100), 400)

	// A link to a step leads there once there is a picture.
	p.visit("11-shutdown#step/7")
	p.run(chromedp.Click("#start"))
	p.await(count + `.startsWith("7 / ")`)
	p.awaitRun()
}

// edit: a change that doesn't compile shows the compiler's message at its line, stays after a reload, and can be undone.
func (p *tourPage) edit() {
	p.visit("11-shutdown")
	p.press("e")
	p.await(`document.activeElement.id === "editor"`)
	p.run(chromedp.KeyEvent("wrong "))
	p.run(chromedp.KeyEvent(kb.Escape))
	p.await(the("#editor") + `.hidden && !` + the("#edited") + `.hidden`)
	p.pressWithCtrl("Enter")
	p.await(the("#code .wrong + .message") + ` !== null && ` + the("#code .wrong") + `.innerText.includes("wrong")`)
	p.awaitRun()
	p.pictures("wrong", chromedp.CaptureScreenshot(), 400, 1600)
	p.visit("11-shutdown")
	p.await(the("#code") + `.innerText.includes("wrong ")`)
	p.run(chromedp.Click("#reset"))
	p.await(`!` + the("#code") + `.innerText.includes("wrong ")`)
	p.await(the("#reset") + `.innerText === "Undo reset"`)
}

// options: one click makes the change, a choice comes before the run, and the answer beside it after the run.
func (p *tourPage) options() {
	p.visit("11-shutdown")
	p.run(chromedp.Click(`.exercises a`))
	p.await(`location.pathname === "/11-shutdown/1" && ` + the("#start") + `.disabled`)
	p.await(the("#code .new") + `.innerText.includes("Seconds: 1")`)
	p.await(the("#answer") + `.hidden`)
	p.pictures("question", chromedp.CaptureScreenshot(), 400, 1600)
	p.run(chromedp.Click(`#prediction button[value="Yes"]`))
	p.await(`!` + the("#answer") + `.hidden`)
	p.awaitRun()
	p.await(the("#guessed") + `.innerText.includes("Yes") && ` + the("#verdict") + `.innerText === "That is not so."`)
	p.await(the(".option.correct") + `.value === "No" && ` + the(".option.chosen") + `.value === "Yes"`)
	p.await(`document.querySelectorAll("#picture .row").length > 50`)
	p.pictures("exercise", chromedp.CaptureScreenshot(), 1600)
	p.pictures("exercise", chromedp.FullScreenshot(100), 400)
}

// freeText: where an exercise has no options, the reader writes, and sees it beside the answer.
func (p *tourPage) freeText() {
	p.visit("25-epoll/1")
	p.await(the("#start") + `.disabled`)
	p.run(chromedp.SendKeys("#guess", "It waits for an edge"+kb.Enter))
	p.await(the("#output") + `.innerText.includes("bytes there: 1, events: 0")`)
	p.run(chromedp.Click("#stop"))
	p.awaitRun()
	p.await(the("#guessed") + `.innerText.includes("It waits for an edge")`)
}

// hangs: what hangs is stopped, and has a picture too.
func (p *tourPage) hangs() {
	p.visit("02-echo-client/1")
	p.run(chromedp.Click("#skip"))
	p.await(the("#output") + `.innerText.includes("send()")`)
	p.run(chromedp.Click("#stop"))
	p.await(the("#status") + `.innerText === "Stopped."`)
	p.awaitRun()
	p.await(`document.querySelectorAll("#picture .row").length > 2`)
}

// keys lead from lesson to lesson.
func (p *tourPage) keys() {
	p.visit("02-echo-client")
	p.press("n")
	p.await(`location.pathname === "/03-names" && document.readyState === "complete"`)
	p.press("p")
	p.await(`location.pathname === "/02-echo-client" && document.readyState === "complete"`)
	p.visit("")
	p.await(`document.querySelectorAll(".lessons li.done").length === 1`)
}

// paths are those of the lessons.
func (p *tourPage) paths() []string {
	p.visit("")
	paths, err := chromedp.Run(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".lessons li")].map(li => li.dataset.path.slice(1))`))
	check(p.t, err)
	return paths
}

// lessons: each opens, runs, and shows its picture, unless the system lacks something that it needs.
func (p *tourPage) lessons() {
	for _, path := range p.paths() {
		p.visit(path)
		p.run(chromedp.Click("#start"))
		p.awaitRun()
		if status := p.text("#status"); status != "It ended." {
			p.t.Errorf("%s: status = %q, want \"It ended.\"", path, status)
		}
		if strings.Contains(p.text("#output"), "This lesson needs ") {
			continue
		}
		p.await(`document.querySelectorAll("#picture .row").length > 2`)
		p.pictures("lesson-"+path, chromedp.FullScreenshot(100), 400)
	}
}

// narrow: nothing is wider than a phone.
func (p *tourPage) narrow() {
	p.run(chromedp.EmulateViewport(400, 800))
	for _, path := range p.paths() {
		for _, page := range []string{path, path + "/1", path + "/2"} {
			p.visit(page)
			p.await(`document.querySelectorAll("#code li").length > 30`)
			p.await(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
		}
	}
	p.run(chromedp.EmulateViewport(1200, 900))
}

// refusals: nothing runs for a page of another site, or by another name.
func (p *tourPage) refusals() {
	other := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		io.WriteString(rw, "<link rel=icon href=data:>")
	}))
	defer other.Close()
	for _, tt := range []struct {
		name, host, origin string
		want               int
	}{
		{"its own page", "", strings.TrimSuffix(p.site, "/"), 403}, // no token
		{"a page of another site", "", other.URL, 403},
		{"another name", "evil.example", "http://evil.example", 403},
		{"no origin", "", "", 403},
	} {
		req, err := http.NewRequest(http.MethodPost, p.site+"run", strings.NewReader("{}"))
		check(p.t, err)
		req.Host = tt.host
		req.Header.Set("Content-Type", "application/json")
		if tt.origin != "" {
			req.Header.Set("Origin", tt.origin)
		}
		resp, err := http.DefaultClient.Do(req)
		check(p.t, err)
		resp.Body.Close()
		if resp.StatusCode != tt.want {
			p.t.Errorf("%s: %s; want %d", tt.name, resp.Status, tt.want)
		}
	}
	p.open(other.URL)
	for _, request := range []string{
		`{method: "POST", headers: {"Content-Type": "application/json", "X-Tour-Token": "0"}, body: "{}"}`, `{}`,
	} {
		p.await(fmt.Sprintf(`fetch(%q, %s).then(() => false, () => true)`, p.site+"run", request))
	}
}
