package life

import (
	"bytes"
	"regexp"
	"testing"
	"unicode/utf8"
)

const hostile = `<script>alert("x")</script>&]]>'` + "\x00\x1b[2J\u202e\xff"

// hostileRun has it wherever a peer or a user has a say.
func hostileRun() *Run {
	r := many(1, 1)
	r.Name, r.Title, r.Because, r.Inferred = hostile, hostile, hostile, true
	for i := range r.Sockets {
		r.Sockets[i].Local, r.Sockets[i].Remote = "@"+hostile, hostile
	}
	for _, e := range r.Events {
		if e.Call != nil {
			e.Call.Name, e.Call.Args, e.Call.Result = hostile, []string{hostile, hostile}, hostile
		}
		if e.Packet != nil {
			e.Packet.Kind = hostile
		}
		for i := range e.States {
			e.States[i].State = hostile
		}
	}
	return r
}

func TestHostileInput(t *testing.T) {
	r := hostileRun()
	elements(t, r.SVG())
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string][]byte{"svg": r.SVG(), "html": page, "text": []byte(r.Text(false))} {
		if bytes.ContainsAny(p, "\x00\x1b\u202e") || !utf8.Valid(p) {
			t.Errorf("the %s contains characters that are not printable", name)
		}
		if name != "text" && bytes.Contains(p, []byte("<script>alert")) {
			t.Errorf("the %s contains a script that a peer sent:\n%s", name, p)
		}
	}
}

// The page has one script, no handlers in attributes, and a policy that allows nothing else.
func TestPage(t *testing.T) {
	page, err := many(2, 3).HTML()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(page, []byte("<script")); n != 1 {
		t.Errorf("the page has %d scripts, want 1", n)
	}
	if handlers := regexp.MustCompile(`<[^>]*\son[a-z]+\s*=`).FindAll(page, -1); len(handlers) > 0 {
		t.Errorf("the page has handlers in attributes: %q", handlers)
	}
	if outside := regexp.MustCompile(`(src|href)\s*=\s*"?(https?:)?//`).FindAll(page, -1); len(outside) > 0 {
		t.Errorf("the page refers to other files: %q", outside)
	}
	if !bytes.Contains(page, []byte(pageScript)) {
		t.Error("the page's script differs from the one that its policy allows")
	}
}

func TestReadJSON(t *testing.T) {
	r := many(2, 2)
	p, err := JSON(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.SVG(), r.SVG()) {
		t.Error("the picture of what ReadJSON returned differs from the run's")
	}
	for _, wrong := range []string{
		`{"Events":[{"Call":{"Socket":0}}]}`, `{"Events":[{"Packet":{"From":5}}]}`, `{"Events":[{"States":[{"Socket":-1}]}]}`,
		`{"Sockets":[{"Side":2}]}`, `{"Sockets":[{}],"Events":[{"Call":{"Side":-1}}]}`, `{`, ``,
	} {
		if _, err := ReadJSON([]byte(wrong)); err == nil {
			t.Errorf("ReadJSON(%s) succeeded, want an error", wrong)
		}
	}
}
