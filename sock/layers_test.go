//go:build unix

package sock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources are the package's files, without its tests, of all platforms.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	entries, err := os.ReadDir(".")
	check(t, err)
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files[name], err = parser.ParseFile(fset, name, nil, parser.ParseComments)
			check(t, err)
		}
	}
	if len(files) == 0 {
		t.Fatal("no source files")
	}
	return fset, files
}

func TestImports(t *testing.T) {
	_, files := sources(t)
	for name, file := range files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			check(t, err)
			isStandard := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
			if !isStandard && path != "golang.org/x/sys/unix" {
				t.Errorf("%s imports %s", name, path)
			}
			if path == "unsafe" && !strings.HasPrefix(name, "sys_") {
				t.Errorf("%s imports unsafe, which is for the sys_ files", name)
			}
		}
	}
}

// On Linux the kernel is reached by number: the calls of x/sys lose counts and allocate. The numbers go by way of package
// syscall, where x/sys has but a detour to it. What mmap(2) gives is a number, which mustn't become a pointer here.
func TestLinuxCallsTheKernel(t *testing.T) {
	allowed := map[string][]string{
		"syscall": {"Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "Errno", "Signal"},
		"unix":    {"NsecToTimespec", "NsecToTimeval", "ErrnoName", "SignalName", "MmapPtr", "MunmapPtr"},
	}
	fset, files := sources(t)
	found := 0
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
				t.Errorf("%v calls %s.%s", fset.Position(n.Pos()), pkg.Name, sel.Sel.Name)
			}
			return true
		})
	}
	if found == 0 {
		t.Error("no calls of syscall.Syscall")
	}
}

// export is a name that the package exports, and its doc comment; a block of constants or variables has one.
type export struct {
	file, name string
	function   bool
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
					all = append(all, export{file, d.Name.Name, d.Recv == nil, d.Doc})
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						all = append(all, export{file, s.Name.Name, false, d.Doc})
					case *ast.ValueSpec:
						all = append(all, export{file, s.Names[0].Name, false, d.Doc})
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(e export) bool { return !ast.IsExported(e.name) })
}

// receiver is the type that a method belongs to.
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

func TestDocs(t *testing.T) {
	const longest = 16
	for _, e := range exports(t) {
		if e.doc == nil {
			t.Errorf("%s: %s has no doc comment", e.file, e.name)
		} else if lines := strings.Count(e.doc.Text(), "\n"); lines > longest {
			t.Errorf("%s: the doc comment of %s has %d lines, more than %d", e.file, e.name, lines, longest)
		}
	}
}

// helpers are the functions that are no call of the manual's.
var helpers = []string{
	"Options", "Retry", "SetTrace", "TraceLogger", "ParseSockaddr", "ParseEndpoint", "Unspec", "Raw",
	"CAN", "ALG", "XDP",
	"BoolOption", "IntOption", "Uint32Option", "SecondsOption", "MillisecondsOption", "TimevalOption", "LingerOption",
	"MicrosecondsOption", "StructOption", "AddrOption", "StringOption", "BytesOption", "SliceOption", "FilterOption", "BigEndianOption",
}

func TestManPages(t *testing.T) {
	page := regexp.MustCompile(`\w\([237](type)?\)`)
	for _, e := range exports(t) {
		if e.function && !slices.Contains(helpers, e.name) && !page.MatchString(e.doc.Text()) {
			t.Errorf("%s: the doc comment of %s names no page of the manual", e.file, e.name)
		}
	}
}

// The package's own page lists every system call, and links what every platform has.
func TestPackageDoc(t *testing.T) {
	_, files := sources(t)
	doc := files["doc.go"].Doc.Text()
	everywhere := map[string]bool{}
	for _, e := range exports(t) {
		if !strings.HasSuffix(e.file, "_linux.go") {
			everywhere[e.name] = true
		}
		if e.function && strings.Contains(e.doc.Text(), "(2)") && !regexp.MustCompile(`\b`+e.name+`\b`).MatchString(doc) {
			t.Errorf("the package's doc comment lacks %s", e.name)
		}
	}
	for _, link := range regexp.MustCompile(`\[(\w+)\]`).FindAllStringSubmatch(doc, -1) {
		if !everywhere[link[1]] {
			t.Errorf("the package's doc comment links %s, which not every platform has", link[1])
		}
	}
}

// Each row of the package page's table has a C call, two spaces or more, and the Go calls, which there are; every call of
// the manual's sections 2 and 3 has one.
func TestPackageTable(t *testing.T) {
	_, files := sources(t)
	_, table, _ := strings.Cut(files["doc.go"].Doc.Text(), "# From C to Go")
	table, _, _ = strings.Cut(table, "\n# ")
	calls := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\t.*?  +(.*)$`).FindAllStringSubmatch(table, -1) {
		for _, call := range regexp.MustCompile(`\b([A-Z]\w*)(?:\(|$)`).FindAllStringSubmatch(row[1], -1) {
			calls[call[1]] = true
		}
	}
	page := regexp.MustCompile(`\w\([23]\)`)
	for _, e := range exports(t) {
		if e.function && page.MatchString(e.doc.Text()) && !calls[e.name] {
			t.Errorf("the table lacks %s", e.name)
		}
	}
	for _, e := range exports(t) {
		delete(calls, e.name)
	}
	for name := range calls {
		t.Errorf("the table has %s, which isn't there", name)
	}
}
