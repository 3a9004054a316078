//go:build unix

package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/token"
	"html/template"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
)

// docs has the documentation of package sock, from its source.
type docs struct {
	root    string
	once    sync.Once
	entries map[string]docEntry
}

// docEntry is what a page shows of a function, a method, a type, a constant or a variable.
type docEntry struct {
	Name, Declaration string
	Text              template.HTML
}

// doc is a fragment of a page with the documentation of a name.
func (d *docs) doc(rw http.ResponseWriter, r *http.Request) {
	d.once.Do(d.read)
	entry, ok := d.entries[r.PathValue("name")]
	if !ok {
		http.NotFound(rw, r)
		return
	}
	show(rw, "doc.html", entry)
}

// read reads the package. Where that isn't possible, nothing has documentation.
func (d *docs) read() {
	dir := filepath.Join(d.root, "sock")
	found, err := build.ImportDir(dir, 0)
	if err != nil {
		return
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(fset, files, modulePath+"/sock")
	if err != nil {
		return
	}
	d.entries = map[string]docEntry{}
	reader := docReader{p, fset, d.entries}
	reader.functions("", p.Funcs)
	reader.values(p.Consts, p.Vars)
	for _, t := range p.Types {
		reader.add(t.Name, t.Decl, t.Doc)
		reader.functions("", t.Funcs)
		reader.functions(t.Name+".", t.Methods)
		reader.values(t.Consts, t.Vars)
	}
}

type docReader struct {
	*doc.Package
	fset    *token.FileSet
	entries map[string]docEntry
}

func (r docReader) functions(prefix string, all []*doc.Func) {
	for _, f := range all {
		f.Decl.Body = nil
		r.add(prefix+f.Name, f.Decl, f.Doc)
	}
}

// values adds constants and variables, each with its own line of the declaration.
func (r docReader) values(all ...[]*doc.Value) {
	for _, values := range all {
		for _, v := range values {
			for _, spec := range v.Decl.Specs {
				spec := spec.(*ast.ValueSpec)
				for _, name := range spec.Names {
					text := spec.Doc.Text() + spec.Comment.Text()
					if text == "" {
						text = v.Doc
					}
					r.add(name.Name, &ast.GenDecl{Tok: v.Decl.Tok, Specs: []ast.Spec{&ast.ValueSpec{Names: spec.Names, Type: spec.Type, Values: spec.Values}}}, text)
				}
			}
		}
	}
}

func (r docReader) add(name string, decl ast.Node, text string) {
	if !ast.IsExported(name) {
		return
	}
	var b bytes.Buffer
	if err := format.Node(&b, r.fset, decl); err != nil {
		return
	}
	printer := r.Printer()
	printer.DocLinkURL = func(link *comment.DocLink) string {
		if link.ImportPath != "" {
			return link.DefaultURL("https://pkg.go.dev")
		}
		return "/doc/" + strings.TrimPrefix(link.Recv+"."+link.Name, ".")
	}
	printer.HeadingLevel = 4
	r.entries[name] = docEntry{name, b.String(), template.HTML(printer.HTML(r.Parser().Parse(text)))}
}
