//go:build unix

package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"html"
	"html/template"
	"strings"
)

// highlight is a program as HTML: a list item for each line, of which the first has the number first, and those for which
// isNew holds are marked. Names of package sock lead to their documentation. The program needn't compile.
func highlight(source string, first int, isNew func(line int) bool) template.HTML {
	var h highlighter
	tokens := scan(source)
	h.write(token.ILLEGAL, source[:tokens[0].offset])
	for i, t := range tokens[:len(tokens)-1] {
		text := source[t.offset:tokens[i+1].offset]
		name := strings.TrimRight(text, " \t\r\n")
		h.write(t.Token, name)
		h.WriteString(text[len(name):])
		h.last = [2]string{h.last[1], name}
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(h.String(), "\n"), "\n") {
		class := ""
		if isNew != nil && isNew(first+i) {
			class = ` class="new"`
		}
		fmt.Fprintf(&b, "<li id=\"L%d\" value=\"%d\"%s><code>%s</code></li>\n", first+i, first+i, class, line)
	}
	return template.HTML(b.String())
}

// place is where a token begins. Its text goes on until the next: the scanner's own leaves out carriage returns.
type place struct {
	token.Token
	offset int
}

// scan finds the tokens of a program, and at last its end.
func scan(source string) (tokens []place) {
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return append(tokens, place{tok, len(source)})
		}
		if tok != token.SEMICOLON || literal == ";" { // else it is the scanner's own
			tokens = append(tokens, place{tok, file.Offset(pos)})
		}
	}
}

// highlighter writes a program as HTML. No element goes over a line's end.
type highlighter struct {
	strings.Builder
	last [2]string // the two tokens before
}

func (h *highlighter) write(tok token.Token, text string) {
	class := ""
	switch {
	case tok == token.COMMENT:
		class = "comment"
	case tok == token.STRING || tok == token.CHAR:
		class = "string"
	case tok.IsLiteral() && tok != token.IDENT:
		class = "number"
	case tok.IsKeyword():
		class = "keyword"
	case tok == token.IDENT && h.last == [2]string{"sock", "."}:
		fmt.Fprintf(h, `<a href="/doc/%[1]s">%[1]s</a>`, html.EscapeString(text))
		return
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			h.WriteByte('\n')
		}
		if line = html.EscapeString(line); class != "" && line != "" {
			line = fmt.Sprintf(`<span class="%s">%s</span>`, class, line)
		}
		h.WriteString(line)
	}
}
