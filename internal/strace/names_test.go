//go:build unix

package strace

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ownNames are the names that differ between strace and the constant.
var ownNames = []string{
	"MSG_PROBE", "FIONREAD", "TIOCOUTQ", "SO_RCVTIMEO_OLD", "SO_SNDTIMEO_OLD", "SO_TIMESTAMP_OLD", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPING_OLD",
	"IP_ORIGDSTADDR", "IPV6_ORIGDSTADDR", "IPV6_ADD_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP", "SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD",
}

// Each name in the tables is that of the constant beside it, and occurs once in its table.
func TestNames(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset, checked := token.NewFileSet(), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			table, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			seen := map[string]bool{}
			for _, row := range table.Elts {
				constant, name := nameRow(row)
				if name == "" {
					continue
				}
				if constant != "" && name != constant && !slices.Contains(ownNames, name) || seen[name] {
					t.Errorf("%v: constant %s has name %s, want its own name, once in the table", fset.Position(row.Pos()), constant, name)
				}
				seen[name] = true
				checked++
			}
			return true
		})
	}
	if checked < 500 {
		t.Errorf("checked %d names, want at least 500", checked)
	}
}

// nameRow splits a table's row into its number's constant, "" if it isn't one, and its name.
func nameRow(row ast.Expr) (constant, name string) {
	pair, ok := row.(*ast.CompositeLit)
	if !ok || len(pair.Elts) != 2 {
		return "", ""
	}
	if selector, ok := pair.Elts[0].(*ast.SelectorExpr); ok {
		constant = selector.Sel.Name
	}
	if text, ok := pair.Elts[1].(*ast.BasicLit); ok {
		name, _ = strconv.Unquote(text.Value)
	}
	return constant, name
}
