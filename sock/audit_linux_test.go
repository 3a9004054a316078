package sock_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAudit fails if a call, such as a new one, is missing from one of the tables of tests that every call must pass.
// The exceptions make several system calls or none, or take no descriptor.
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
		{"it doesn't allocate", callsIn(t, "", "*alloc*_linux_test.go"), append([]string{"NewRing", "RecvAll"}, several...)},
		{"it refuses what is no descriptor", firstWords(bad), []string{"Socket", "Socketpair", "EpollCreate1", "Poll", "Ppoll",
			"NewBatch", "NewRing", "Unspec", "CreateServer", "CreateConnection"}},
		{"it works with every kind of socket pair", callsIn(t, "orEachPair", "../*_test.go", "*_test.go", "../internal/socktest/*.go"),
			[]string{"NewRing", "CreateServer", "CreateConnection"}},
		{"a test calls it", callsIn(t, "", "../*_test.go", "*_test.go"), nil},
	} {
		for _, e := range exports(t) {
			isConn := strings.HasPrefix(strings.TrimSuffix(e.file, ".go")+"_", "conn_") // another layer, with its own tests
			if !e.function || isConn || !strings.Contains(e.doc.Text(), "(2)") {
				continue
			}
			if asserted := audit.asserted[e.name]; asserted == slices.Contains(audit.except, e.name) {
				t.Errorf("%s: a test that %s: %t, want %t", e.name, audit.what, asserted, !asserted)
			}
		}
	}
}

// firstWords returns the names of calls, the first words of the tests' names.
func firstWords(names []string) map[string]bool {
	words := map[string]bool{}
	for _, name := range names {
		word, _, _ := strings.Cut(name, " ")
		words[word] = true
	}
	return words
}

// callsIn returns the names of the functions that are called in files that mention a word.
func callsIn(t *testing.T, word string, patterns ...string) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		check(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			check(t, err)
			if !bytes.Contains(text, []byte(word)) {
				continue
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
			check(t, err)
			addCalls(syntax, used)
		}
	}
	return used
}

func addCalls(file *ast.File, used map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch f := call.Fun.(type) {
			case *ast.Ident:
				used[f.Name] = true
			case *ast.SelectorExpr:
				used[f.Sel.Name] = true
			}
		}
		return true
	})
}
