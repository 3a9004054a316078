//go:build linux

package sock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// README's table must not name what the package doesn't have, nor leave out a call.
func TestREADMENames(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	exported := exportedNames(t)
	named := map[string]bool{}
	for _, match := range regexp.MustCompile(`sock\.([A-Z]\w*)`).FindAllStringSubmatch(string(readme), -1) {
		named[match[1]] = true
		if exported[match[1]] == "" {
			t.Errorf("README names sock.%s, which doesn't exist", match[1])
		}
	}
	for name, doc := range exported {
		if strings.Contains(doc, "(2)") && ast.IsExported(name) && !named[name] {
			t.Errorf("README's table lacks sock.%s", name)
		}
	}
}

// exportedNames has what the package exports on Linux: functions with their doc comments.
func exportedNames(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("sock/*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "_bsd") || strings.Contains(file, "_darwin") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil {
					names[decl.Name.Name] = "func " + decl.Doc.Text()
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names[name.Name] = "value"
						}
					case *ast.TypeSpec:
						names[spec.Name.Name] = "type"
					}
				}
			}
		}
	}
	return names
}
