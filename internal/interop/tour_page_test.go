//go:build linux

package interop_test

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// startTour runs the tour, and returns the address that it prints, without the token, and the token.
func startTour(t *testing.T) (site, token string) {
	t.Helper()
	r := startProgram(t, "./examples/tour", "-addr", "127.0.0.1:0")
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := regexp.MustCompile(`(http://\S+/)#token=(\w+)`).FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, r)
			return m[1], m[2]
		}
		t.Log(lines.Text())
	}
	t.Fatal("the tour printed no address")
	return "", ""
}

// pressWithCtrl presses a key together with Ctrl, which is 2 in the protocol.
func (b *browser) pressWithCtrl(key string) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Modifiers: 2})
		check(b.t, err)
	}
}

// text is what an element shows.
func (b *browser) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).innerText", selector)))
	check(b.t, err)
	return text
}

// open goes to a page of the tour, and waits for its script.
func (b *browser) open(page string) {
	b.t.Helper()
	b.run(chromedp.Navigate(page))
	b.await(`document.readyState === "complete"`)
}

// awaitRun waits for the end of a run.
func (b *browser) awaitRun() {
	b.t.Helper()
	b.await(`!document.querySelector("#start").disabled && document.querySelector("#stop").disabled && document.querySelector("#status").innerText !== ""`)
}

const (
	currentLine = `document.querySelector("#code .at")`
	count       = `document.querySelector("#count").innerText`
)
