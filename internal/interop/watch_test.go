//go:build linux

package interop_test

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// rowsIn counts the rows of the clients' table in which the server's socket has a state.
func rowsIn(state string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#clients tbody tr")].filter(tr => tr.cells[1].innerText.trim() === %q).length`, state)
}

const rows = `document.querySelectorAll("#clients tbody tr").length`

const (
	// fits is true where nothing but a table makes the page wider than the screen.
	fits = `document.documentElement.scrollWidth <= document.documentElement.clientWidth`

	// named is true where a screen reader has a name for all that it can reach.
	named = `[...document.querySelectorAll("a, button, input, img, [role=img], [role=region]")].every(e =>
		e.ariaLabel || e.getAttribute("aria-labelledby") || e.labels?.length > 0 || e.alt || e.textContent.trim() !== "")`
)

// What a viewer of echoserver's watch page sees in a browser.
func TestWatchPage(t *testing.T) {
	b := newBrowser(t)
	address, page := startWatched(t, "-mode", "message")
	all := clients(t, address, 5)
	b.run(chromedp.Navigate(page))
	b.await(`document.querySelector("#listeners tbody tr").cells[1].innerText.trim() === "LISTEN"`)
	b.await(rowsIn("ESTABLISHED") + " === 5")
	b.await(`document.querySelector("#sentence").innerText.startsWith("5 clients, 6 sockets")`)
	b.await(`document.querySelector("#health").innerText.trim() === "serving"`)

	// A slow reader keeps the server from closing its end when the client's has ended.
	slow := all[0]
	_, err := slow.Write(make([]byte, 16<<20))
	check(t, err)
	check(t, slow.CloseWrite())
	b.await(rowsIn("CLOSE_WAIT") + " === 1")
	b.picture("sockets")

	// The filter is reached by a key, and leaves by another.
	b.press("/")
	b.await(`document.activeElement.id === "filter"`)
	b.run(chromedp.KeyEvent("close_wait"))
	b.await(rows + " === 1")
	b.run(chromedp.KeyEvent(kb.Escape))
	b.await(rows + " === 5")

	// Headings sort, and tell screen readers.
	b.run(chromedp.Click(`th[data-name=client] button`))
	b.await(`document.querySelector("th[data-name=client]").ariaSort === "ascending"`)
	b.await(`(names => names.join() === [...names].sort().join() && names.length === 5)([...document.querySelectorAll("#clients tbody a")].map(a => a.innerText))`)
	b.run(chromedp.Click(`th[data-name=client] button`))
	b.await(`document.querySelector("th[data-name=client]").ariaSort === "descending"`)

	// What is paused stays as it is.
	b.press("p")
	b.await(`document.querySelector("#pause").ariaPressed === "true"`)
	b.press("p")

	// Keys lead to a client, and to its life.
	b.press("/")
	b.await(`document.activeElement.id === "filter"`)
	b.run(chromedp.KeyEvent("close_wait"))
	b.await(rows + " === 1")
	b.run(chromedp.KeyEvent(kb.ArrowDown))
	b.await(`document.activeElement.matches("#clients tbody a")`)
	b.run(chromedp.KeyEvent(kb.Enter))
	b.await(`document.querySelectorAll("#life .band").length >= 2 && document.querySelector("#life").textContent.includes("CLOSE_WAIT")`)
	b.await(fmt.Sprintf(`document.querySelector("#name").innerText === %q`, slow.LocalAddr()))
	b.await(`document.querySelectorAll("#moments li").length >= 2`)
	b.await(`document.querySelector("#drawing").complete && document.querySelector("#drawing").naturalWidth > 100`)
	b.await(`fetch(document.querySelector("#drawing").src).then(r => r.text()).then(text => text.includes("SYN") && text.includes("FIN"))`)
	b.picture("client")
	b.await(named)
	b.run(chromedp.EmulateViewport(400, 900))
	b.await(fits)
	b.run(chromedp.EmulateViewport(1200, 900))
	_, err = io.Copy(io.Discard, slow)
	check(t, err)
	b.await(`document.querySelector("#moments").innerText.includes("TIME_WAIT")`)
	b.run(chromedp.KeyEvent(kb.Escape))
	b.await(rowsIn("ESTABLISHED") + " === 4")
	b.await(fits)
	b.await(named)
	if messages := b.messages(); len(messages) > 0 {
		t.Errorf("messages on the console: %q, want none", messages)
	}
}

// What a newcomer does: open the page, run the command that it names, type a line, and end it.
func TestWatchNetcat(t *testing.T) {
	nc, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("nc isn't installed")
	}
	b := newBrowser(t)
	address, page := startWatched(t)
	b.run(chromedp.Navigate(page))
	command := "nc " + strings.Replace(address, ":", " ", 1)
	b.await(fmt.Sprintf(`document.querySelector("#none").innerText.includes(%q)`, command))

	cmd := exec.CommandContext(t.Context(), nc, strings.Fields(command)[1:]...)
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	b.await(rowsIn("ESTABLISHED") + " === 1")
	b.run(chromedp.Click(`#clients tbody a`))
	b.await(`document.querySelector("#facts").innerText.includes("Descriptor")`)
	b.await(picture("ESTABLISHED"))
	for _, line := range []string{"Hello, world\n", "again\n"} {
		_, err = io.WriteString(in, line)
		check(t, err)
		_, err = io.ReadFull(out, make([]byte, len(line)))
		check(t, err)
	}
	b.await(picture("recvfrom(", "sendto(", "13 bytes", "6 bytes"))
	check(t, cmd.Process.Kill())
	cmd.Wait()
	b.await(picture("FIN", "TIME_WAIT", "close("))
	b.await(`document.querySelector("#moments").innerText.includes("TIME_WAIT")`)
	b.picture("life")
	b.keep("life.svg", `fetch(document.querySelector("#drawing").src).then(r => r.text())`)
	if messages := b.messages(); len(messages) > 0 {
		t.Errorf("messages on the console: %q, want none", messages)
	}
}

// picture is true when the picture of a client's life has all these parts.
func picture(parts ...string) string {
	return fmt.Sprintf(`fetch(document.querySelector("#drawing").src).then(r => r.text()).then(text => %q.split("|").every(part => text.includes(part)))`,
		strings.Join(parts, "|"))
}
