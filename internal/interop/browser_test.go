//go:build linux

package interop_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience is how long the browser may take for what must happen.
const patience = time.Minute

// screenshots is the environment variable that names a directory for pictures of the page.
const screenshots = "SCREENSHOTS"

// startProgram builds and runs a program of the project until the test ends, and returns its output.
func startProgram(t *testing.T, name string, args ...string) io.Reader {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(name))
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, name)
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = "../.."
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Cancel()
		cmd.Wait()
		w.Close()
	})
	return r
}

// startWatched runs echoserver with a watch page. It returns the address of the server and the page's URL.
func startWatched(t *testing.T, args ...string) (address, page string) {
	t.Helper()
	r := startProgram(t, "./cmd/echoserver", append([]string{"-listen", "tcp://127.0.0.1:0", "-watch", "127.0.0.1:0"}, args...)...)
	var output strings.Builder
	for p := make([]byte, 4096); address == "" || page == ""; {
		n, err := r.Read(p)
		if err != nil {
			t.Fatalf("%v; the server printed %q", err, output.String())
		}
		output.Write(p[:n])
		if m := regexp.MustCompile(`listening on tcp://(\S+)\n`).FindStringSubmatch(output.String()); m != nil {
			address = m[1]
		}
		if m := regexp.MustCompile(`url=(http://\S+)\n`).FindStringSubmatch(output.String()); m != nil {
			page = m[1]
		}
	}
	go io.Copy(io.Discard, r)
	return address, page
}

// browser is a tab of Chromium.
type browser struct {
	context.Context
	t       *testing.T
	mu      sync.Mutex
	console []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("chromium isn't installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	b.run(chromedp.EmulateViewport(1200, 900)) // starts it
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, m.String())
			b.mu.Unlock()
		}
	}()
	return b
}

// messages are what the console has so far.
func (b *browser) messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.console)
}

// run has the browser act.
func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		b.t.Fatalf("%v; on the console: %q", err, b.messages())
	}
}

// press presses a key and lets it go, as a key that means something to the page: it types no character.
func (b *browser) press(key string) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key})
		check(b.t, err)
	}
}

// await waits until an expression is true on the page, or on the next one.
func (b *browser) await(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		isTrue, err := chromedp.Run(b, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if isTrue {
			return
		}
		if time.Now().After(deadline) || b.Err() != nil {
			text, _ := chromedp.Run(b, chromedp.Evaluate[string]("document.body.innerText"))
			b.t.Fatalf("%s: %v; on the console: %q; the page: %s", expression, err, b.messages(), text)
		}
	}
}

// picture keeps pictures of the page, light and dark, on a phone and on a screen, if someone wants pictures.
func (b *browser) picture(name string) {
	b.pictures(name, chromedp.FullScreenshot(100), 400, 1000, 1600)
}

func (b *browser) pictures(name string, shot chromedp.Action[[]byte], widths ...int64) {
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	for _, width := range widths {
		for _, scheme := range []string{"light", "dark"} {
			b.run(chromedp.EmulateViewport(width, 900))
			_, err := chromedp.Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			check(b.t, err)
			b.run(chromedp.Sleep(700 * time.Millisecond)) // an event, which draws at the new width
			png, err := chromedp.Run(b, shot)
			check(b.t, err)
			check(b.t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), png, 0o644))
		}
	}
	b.run(chromedp.EmulateViewport(1200, 900))
}

// keep keeps the text that an expression promises in a file, if someone wants pictures.
func (b *browser) keep(name, expression string) {
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	text, err := chromedp.Run(b, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
	check(b.t, err)
	check(b.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

// clients are connections to the server, each with a message that has not ended.
func clients(t *testing.T, address string, n int) (all []*net.TCPConn) {
	t.Helper()
	for range n {
		c, err := net.Dial("tcp", address)
		check(t, err)
		t.Cleanup(func() { c.Close() })
		_, err = io.WriteString(c, "hello")
		check(t, err)
		all = append(all, c.(*net.TCPConn))
	}
	return all
}
