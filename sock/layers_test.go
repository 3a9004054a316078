//go:build unix

package sock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources returns the package's files of all platforms, without the tests.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	return sourcesIn(t, ".")
}

func sourcesIn(t *testing.T, dir string) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	check(t, err)
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files[name], err = parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
			check(t, err)
		}
	}
	if len(files) == 0 {
		t.Fatal("no source files")
	}
	return fset, files
}

// stracePackage formats the lines of the trace. It depends neither on this package nor on the kernel.
const stracePackage = "example.com/berkeley/internal/strace"

func TestImports(t *testing.T) {
	_, files := sources(t)
	checkImports(t, files, "golang.org/x/sys/unix", stracePackage)
	_, files = sourcesIn(t, "../internal/strace")
	checkImports(t, files, "golang.org/x/sys/unix")
}

// checkImports checks that files import only the standard library and others, and that
// only the sys_ files import unsafe.
func checkImports(t *testing.T, files map[string]*ast.File, others ...string) {
	t.Helper()
	for name, file := range files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			check(t, err)
			isStandard := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
			if !isStandard && !slices.Contains(others, path) {
				t.Errorf("%s imports %s, want only the standard library and %q", name, path, others)
			}
			if path == "unsafe" && !strings.HasPrefix(name, "sys_") {
				t.Errorf("%s imports unsafe, which only the sys_ files may", name)
			}
		}
	}
}

// TestStraceDepends asks the go command for the dependencies on this platform.
func TestStraceDepends(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", stracePackage).Output()
	if err != nil {
		t.Skip("cannot run go list:", err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(path, "example.com/") && path != stracePackage {
			t.Errorf("%s depends on %s", stracePackage, path)
		}
	}
}

// On Linux the package makes system calls by number, because the functions of x/sys lose counts and allocate. It
// uses package syscall for this, which x/sys only forwards to. mmap(2) returns a number that must not be
// converted to a pointer in this package.
func TestLinuxCallsTheKernel(t *testing.T) {
	fset, files := sources(t)
	found := checkCalls(t, fset, files, map[string][]string{
		"syscall": {"Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "Errno", "Signal"},
		"unix":    {"NsecToTimespec", "NsecToTimeval", "ErrnoName", "MmapPtr", "MunmapPtr", "Uname", "ByteSliceToString"},
	})
	if found == 0 {
		t.Error("found no calls of syscall.Syscall")
	}
	fset, files = sourcesIn(t, "../internal/strace")
	checkCalls(t, fset, files, map[string][]string{"syscall": {"Errno", "Signal"}, "unix": {"ErrnoName", "SignalName"}, "net": {"HardwareAddr"}})
}

// checkCalls checks that files call only the allowed functions of the given packages, and counts those calls.
func checkCalls(t *testing.T, fset *token.FileSet, files map[string]*ast.File, allowed map[string][]string) (found int) {
	t.Helper()
	for name, file := range files {
		if name == "sys_unix.go" || strings.HasSuffix(name, "_bsd.go") || strings.HasSuffix(name, "_darwin.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || allowed[pkg.Name] == nil {
				return true
			}
			found++
			if !slices.Contains(allowed[pkg.Name], sel.Sel.Name) {
				t.Errorf("%v: call of %s.%s is not allowed", fset.Position(n.Pos()), pkg.Name, sel.Sel.Name)
			}
			return true
		})
	}
	return found
}

// export is an exported name and its doc comment. The names of a const or var block share the block's comment.
type export struct {
	file, name string
	function   bool
	single     bool // whether the comment belongs to this name and not to a block
	doc        *ast.CommentGroup
}

func exports(t *testing.T) (all []export) {
	t.Helper()
	_, files := sources(t)
	for file, syntax := range files {
		for _, decl := range syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(receiver(d)) {
					all = append(all, export{file, d.Name.Name, d.Recv == nil, true, d.Doc})
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						all = append(all, export{file, s.Name.Name, false, !d.Lparen.IsValid(), d.Doc})
					case *ast.ValueSpec:
						all = append(all, export{file, s.Names[0].Name, false, !d.Lparen.IsValid(), d.Doc})
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(e export) bool { return !ast.IsExported(e.name) })
}

// receiver returns the name of the type that a method belongs to.
func receiver(f *ast.FuncDecl) string {
	switch e := f.Recv.List[0].Type.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		if name, ok := e.X.(*ast.Ident); ok {
			return name.Name
		}
	case *ast.IndexExpr:
		if name, ok := e.X.(*ast.Ident); ok {
			return name.Name
		}
	}
	return ""
}

// A doc comment begins with the name, as is usual in Go, and has at most 16 lines.
func TestDocs(t *testing.T) {
	const longest = 16
	for _, e := range exports(t) {
		text := e.doc.Text()
		switch begins := regexp.MustCompile(`^((A|An|The) )?` + e.name + `\b`); {
		case text == "":
			t.Errorf("%s: %s has no doc comment", e.file, e.name)
		case e.single && !begins.MatchString(text):
			t.Errorf("%s: the doc comment of %s does not begin with its name: %q", e.file, e.name, text)
		case strings.Count(text, "\n") > longest:
			t.Errorf("%s: the doc comment of %s has more than %d lines", e.file, e.name, longest)
		}
	}
}

// constructor matches the functions that make options and control message types, which
// the package comment doesn't list.
var constructor = regexp.MustCompile(`(Option|CmsgType)$`)

// The package comment names every function, and its links lead to names that exist on some platform.
func TestPackageDoc(t *testing.T) {
	_, files := sources(t)
	doc := files["doc.go"].Doc.Text()
	exported := map[string]bool{}
	for _, e := range exports(t) {
		exported[e.name] = true
		if e.function && !constructor.MatchString(e.name) && !regexp.MustCompile(`\b`+e.name+`\b`).MatchString(doc) {
			t.Errorf("the package comment lacks %s", e.name)
		}
	}
	for _, link := range regexp.MustCompile(`\[(\w+)\]`).FindAllStringSubmatch(doc, -1) {
		if !exported[link[1]] {
			t.Errorf("the package comment links to %s, which doesn't exist", link[1])
		}
	}
}

// Each row of the table in the package comment has a C call, two or more spaces, and Go calls that exist.
func TestPackageTable(t *testing.T) {
	_, files := sources(t)
	_, table, _ := strings.Cut(files["doc.go"].Doc.Text(), "# From C to Go")
	table, _, _ = strings.Cut(table, "\n# ")
	exported := map[string]bool{}
	for _, e := range exports(t) {
		exported[e.name] = true
	}
	rows := regexp.MustCompile(`(?m)^\t.*?  +(.*)$`).FindAllStringSubmatch(table, -1)
	for _, row := range rows {
		for _, call := range regexp.MustCompile(`\b([A-Z]\w*)(?:\(|$)`).FindAllStringSubmatch(row[1], -1) {
			if !exported[call[1]] {
				t.Errorf("the table has %s, which doesn't exist", call[1])
			}
		}
	}
	if len(rows) < 80 {
		t.Errorf("the table has %d rows, want at least 80", len(rows))
	}
}
