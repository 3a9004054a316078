//go:build unix

package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// flagTests names, for each flag in the help text, the test or test helper that passes it to the built program.
var flagTests = map[string]string{
	"-4":               "TestFamilyFlags",
	"-6":               "TestFamilyFlags",
	"-addr":            "client",
	"-c":               "TestLoad",
	"-connect-timeout": "TestConnectTimeout",
	"-d":               "TestLoadDuration",
	"-depth":           "TestLoad",
	"-doctor":          "diagnose",
	"-hdr":             "TestHDR",
	"-json":            "measure",
	"-n":               "TestLoad",
	"-picture":         "picture",
	"-plot":            "TestPlot",
	"-rate":            "TestLoadRateCountsFromTheIntendedTime",
	"-reconnect":       "TestLoadReconnect",
	"-size":            "TestLoadLargeMessages",
	"-source":          "TestSource",
	"-threads":         "TestLoad",
	"-timeout":         "TestTimeout",
	"-trace":           "TestTrace",
	"-v":               "TestVerbose",
	"-version":         "TestVersion",
}

func TestEveryFlagHasATest(t *testing.T) {
	var documented []string
	for _, line := range regexp.MustCompile(`(?m)^\t-.*`).FindAllString(help, -1) {
		names, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		documented = append(documented, regexp.MustCompile(`-[a-z0-9-]+`).FindAllString(names, -1)...)
	}
	slices.Sort(documented)
	if want := slices.Sorted(maps.Keys(flagTests)); !slices.Equal(documented, want) {
		t.Errorf("flags in the help =\n%q, want\n%q, those of the tests", documented, want)
	}
	tests := functions(t, "*_test.go")
	for name, test := range flagTests {
		if given := regexp.MustCompile(`["` + "`" + ` ]` + name + `["` + "`" + ` ]`); !given.MatchString(tests[test]) {
			t.Errorf("%s: test %s does not exist or does not use the flag", name, test)
		}
	}
	for _, m := range regexp.MustCompile(`flags\.\w+\([^"\n]*"([a-z0-9-]+)"`).FindAllStringSubmatch(functions(t, "options.go")["parseOptions"], -1) {
		if !slices.Contains(documented, "-"+m[1]) {
			t.Errorf("the help does not mention -%s", m[1])
		}
	}
}

// functions returns the source of each function in files of this package, by its name.
func functions(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	check(t, err)
	found := make(map[string]string)
	for _, file := range files {
		source, err := os.ReadFile(file)
		check(t, err)
		for _, m := range regexp.MustCompile(`(?ms)^func (\w+)\(.*?^}$`).FindAllStringSubmatch(string(source), -1) {
			found[m[1]] = m[0]
		}
	}
	return found
}
