//go:build unix

package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// wallClock are the functions and methods of package time that use the wall clock or drop the monotonic clock's
// reading. The others (Now, Since, Until, Sub, Add, After, AfterFunc, Sleep) use the monotonic clock, which setting the
// time doesn't change.
var wallClock = []string{"Unix", "UnixNano", "UnixMicro", "UnixMilli", "Round", "Truncate", "Date", "Gettimeofday"}

// Setting the machine's time doesn't affect the server: it measures and waits by the monotonic clock only.
func TestMonotonic(t *testing.T) {
	t.Parallel()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range names {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains(wallClock, f.Sel.Name) && !isPackage(f.X, "sock") {
				t.Errorf("%v: %s depends on the wall clock", files.Position(n.Pos()), f.Sel.Name)
			}
			return true
		})
	}
}

// isPackage reports whether an expression is a package's name.
func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}
