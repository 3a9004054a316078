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

// wallClock are the functions and methods of package time that give, take or drop a reading of the wall clock. What is left
// (Now, Since, Until, Sub, Add, After, AfterFunc, Sleep) counts by the monotonic clock, which no step of the wall clock moves.
var wallClock = []string{"Unix", "UnixNano", "UnixMicro", "UnixMilli", "Round", "Truncate", "Date", "Gettimeofday"}

// A step of the wall clock doesn't matter to the server: nothing that it measures or waits for uses that clock.
func TestMonotonic(t *testing.T) {
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
				t.Errorf("%v: %s", files.Position(n.Pos()), f.Sel.Name)
			}
			return true
		})
	}
}

// isPackage tells whether an expression is a package's name.
func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}
