package sock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAudit fails where nobody asserted of a system call what holds for all: a call that is new, above all.
// The exceptions make several calls, or no call of their own, or have no descriptor to be wrong.
func TestAudit(t *testing.T) {
	var one, bad []string
	for _, c := range oneCalls {
		one = append(one, c.name)
	}
	for _, c := range waitCalls(t) {
		one = append(one, c.name)
	}
	for _, c := range badCalls {
		bad = append(bad, c.name)
	}
	several := []string{"CreateServer", "CreateConnection", "ConnectContext"}
	for _, audit := range []struct {
		what     string
		asserted map[string]bool
		except   []string
	}{
		{"it is one system call", firstWords(one), append([]string{"NewBatch", "NewRing", "Unspec", "RecvAll", "Relay"}, several...)},
		{"it doesn't allocate", callsIn(t, "*alloc*_linux_test.go"), append([]string{"NewRing", "RecvAll"}, several...)},
		{"it refuses what is no descriptor", firstWords(bad), []string{"Socket", "Socketpair", "EpollCreate1", "Poll", "Ppoll",
			"NewBatch", "NewRing", "Unspec", "CreateServer", "CreateConnection"}},
		{"it works with every kind of socket pair", callsIn(t, "../*_test.go"), []string{"CreateConnection"}},
	} {
		for _, e := range exports(t) {
			isConn := strings.HasPrefix(strings.TrimSuffix(e.file, ".go")+"_", "conn_") // another layer, with tests of its own
			if !e.function || isConn || !strings.Contains(e.doc.Text(), "(2)") {
				continue
			}
			if asserted := audit.asserted[e.name]; asserted == slices.Contains(audit.except, e.name) {
				t.Errorf("%s: that %s is asserted: %t", e.name, audit.what, asserted)
			}
		}
	}
}

// firstWords are the names of calls, without what tells two tests of one call from each other.
func firstWords(names []string) map[string]bool {
	words := map[string]bool{}
	for _, name := range names {
		word, _, _ := strings.Cut(name, " ")
		words[word] = true
	}
	return words
}

// callsIn has the names of the functions that files call.
func callsIn(t *testing.T, pattern string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	check(t, err)
	used := map[string]bool{}
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		check(t, err)
		ast.Inspect(syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				used[f.Name] = true
			case *ast.SelectorExpr:
				used[f.Sel.Name] = true
			}
			return true
		})
	}
	return used
}
