// Types checks the types of the packages in this directory and of their tests, on systems and processors that it is given as
// GOOS/GOARCH. It compiles nothing, and reads only the declarations of the standard library, which takes half the time.
package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	status := 0
	for _, port := range os.Args[1:] {
		errs, err := check(port)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", port, err)
			os.Exit(1)
		}
		fmt.Printf("%s: %d errors\n", port, len(errs))
		for _, err := range errs {
			fmt.Println(err)
			status = 1
		}
	}
	os.Exit(status)
}

// check returns what is wrong with the packages on a port.
func check(port string) ([]packages.Error, error) {
	system, processor, _ := strings.Cut(port, "/")
	all, err := packages.Load(&packages.Config{
		Mode:      packages.LoadAllSyntax,
		Env:       append(os.Environ(), "GOOS="+system, "GOARCH="+processor),
		Tests:     true,
		ParseFile: parse,
	}, "./...")
	var errs []packages.Error
	for _, p := range all {
		errs = append(errs, p.Errors...)
	}
	return errs, err
}

// parse parses a file, and forgets what the functions of the standard library do.
func parse(files *token.FileSet, name string, source []byte) (*ast.File, error) {
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if file != nil && strings.HasPrefix(name, build.Default.GOROOT) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				f.Body = nil
			}
		}
	}
	return file, err
}
