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

// flagTests has, for each flag of the help text, the test or what tests call that gives it to the built program.
var flagTests = map[string]string{
	"-4":               "TestFamilyFlags",
	"-6":               "TestFamilyFlags",
	"-addr":            "client",
	"-c":               "TestLoad",
	"-connect-timeout": "TestConnectTimeout",
	"-d":               "TestLoadDuration",
	"-depth":           "TestLoad",
	"-doctor":          "diagnose",
	"-json":            "measure",
	"-n":               "TestLoad",
	"-plot":            "TestPlot",
	"-rate":            "TestLoadRateCountsFromTheIntendedTime",
	"-reconnect":       "TestLoadReconnect",
	"-size":            "TestLoadLargeMessages",
	"-source":          "TestSource",
	"-threads":         "TestLoad",
	"-timeout":         "TestTimeout",
	"-trace":           "TestTrace",
	"-v":               "TestVerbose",
}

func TestEveryFlagHasATest(t *testing.T) {
	var documented []string
	for _, line := range regexp.MustCompile(`(?m)^\t-.*`).FindAllString(help, -1) {
		names, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		documented = append(documented, regexp.MustCompile(`-[a-z0-9-]+`).FindAllString(names, -1)...)
	}
	slices.Sort(documented)
	if want := slices.Sorted(maps.Keys(flagTests)); !slices.Equal(documented, want) {
		t.Errorf("the help has the flags %q,\ntests are for       %q", documented, want)
	}
	tests := functions(t, "*_test.go")
	for name, test := range flagTests {
		if given := regexp.MustCompile(`["` + "`" + ` ]` + name + `["` + "`" + ` ]`); !given.MatchString(tests[test]) {
			t.Errorf("%s: %s isn't there, or doesn't give it", name, test)
		}
	}
	for _, m := range regexp.MustCompile(`flags\.\w+\([^"\n]*"([a-z0-9-]+)"`).FindAllStringSubmatch(functions(t, "options.go")["parseOptions"], -1) {
		if !slices.Contains(documented, "-"+m[1]) {
			t.Errorf("-%s isn't in the help", m[1])
		}
	}
}

// functions gives the source of each function in some files of this package.
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
