//go:build linux

package sock_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"golang.org/x/sys/unix"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// README stays short enough to read in ten minutes.
func TestREADMELength(t *testing.T) {
	if lines := strings.Count(readme(t), "\n"); lines > 150 {
		t.Errorf("README.md has %d lines, want at most 150", lines)
	}
}

// A new user with only a clone can follow README from the top: its program builds in a new module, whatever the module proxy
// says of a path that has no server, and its sessions print what README shows.
func TestREADMESessions(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this test builds the programs")
	}
	if !socktest.Unshare(t, unix.CLONE_NEWNET) { // the sessions use a fixed port
		return
	}
	text := readme(t)
	clone, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	hello, programs := filepath.Join(dir, "hello"), filepath.Join(dir, "bin")
	if err := os.Mkdir(hello, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(clone, filepath.Join(dir, "berkeley")); err != nil {
		t.Fatal(err)
	}
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "refused", http.StatusBadRequest)
	}))
	defer registry.Close()
	session := cmdtest.StartSession(t, hello, "GOBIN="+programs, "PATH="+programs+":"+os.Getenv("PATH"),
		"GOPROXY="+registry.URL, "GOSUMDB=off", "GOFLAGS=-buildvcs=false")
	sessions := cmdtest.Blocks(text, "console")
	session.Run(sessions[0])
	program := []byte(cmdtest.Blocks(text, "go")[0])
	if err := os.WriteFile(filepath.Join(hello, "main.go"), program, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, block := range sessions[1:] {
		session.Run(block)
	}
	session.End()
}

// README's statements compile in a function that declares what they use.
func TestREADMEStatements(t *testing.T) {
	const around = `package readme
import ("context"; "net/http"; "time"; "example.com/berkeley/sock")
func _(ctx context.Context, fd int, p []byte) {
%s}`
	packages := exportData(t, "context", "net/http", "time", "example.com/berkeley/sock")
	for _, block := range cmdtest.Blocks(readme(t), "go")[1:] {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "README.md", fmt.Sprintf(around, block), 0)
		if err != nil {
			t.Error(err)
			continue
		}
		config := types.Config{
			Importer: importer.ForCompiler(fset, "gc", packages),
			Error: func(err error) {
				if !err.(types.Error).Soft { // soft: not used, or no new variable
					t.Errorf("%v in\n%s", err, block)
				}
			},
		}
		config.Check("readme", fset, []*ast.File{file}, nil)
	}
}

// exportData returns a function that opens the compiler's export data of packages and their dependencies.
func exportData(t *testing.T, packages ...string) func(path string) (io.ReadCloser, error) {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, packages...)...)
	out, err := list.Output()
	if err != nil {
		t.Skip("go list doesn't run:", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// The files and headings that README links to exist.
func TestREADMELinks(t *testing.T) {
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)#?([^)]*)\)`).FindAllStringSubmatch(readme(t), -1) {
		if strings.Contains(link[1], "://") {
			continue
		}
		text, err := os.ReadFile(link[1])
		if err != nil {
			t.Error(err)
			continue
		}
		heading := regexp.MustCompile(`(?mi)^#+ ` + strings.ReplaceAll(link[2], "-", "[ -]") + `$`)
		if link[2] != "" && !heading.Match(text) {
			t.Errorf("%s has no heading #%s", link[1], link[2])
		}
	}
}
