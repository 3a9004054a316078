package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const top = "../.."

func TestPageIsUpToDate(t *testing.T) {
	want, err := tables(top)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(top, page))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: run go run ./internal/surface", page)
	}
}

func TestFaultsInCalls(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"no line", "\nBind | ", "\n# Bind | ", "no line for Bind"},
		{"two lines", "\nRetry\n", "\nRetry\nRetry\n", "two lines for Retry"},
		{"no call", "\nRetry\n", "\nRetry\nGethostbyname\n", "Gethostbyname, which package sock lacks"},
		{"a fact too few", "\nFD_ZERO | yes | ", "\nFD_ZERO | ", "FD_ZERO has 5 facts"},
		{"unknown mark", "\nFD_ZERO | yes | ", "\nFD_ZERO | perhaps | ", `FD_ZERO has the mark "perhaps"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := callGroups(filepath.Join(top, "sock"), replaceOnce(t, callsText, test.old, test.new))
			wantError(t, err, test.want)
		})
	}
}

func TestFaultsInOptions(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"no line", "\nSO_DEBUG yes\n", "\n", "no line for SO_DEBUG of level 1"},
		{"two lines", "\nSO_DEBUG yes\n", "\nSO_DEBUG yes\nSO_DEBUG yes\n", "two lines for SO_DEBUG of SOL_SOCKET"},
		{"neither yes nor no", "\nSO_DEBUG yes\n", "\nSO_DEBUG perhaps\n", `line "SO_DEBUG perhaps"`},
		{"level without a number", "\n[SOL_SOCKET 1]\n", "\n[SOL_SOCKET]\n", "Atoi"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := optionLevels(replaceOnce(t, optionsText, test.old, test.new))
			wantError(t, err, test.want)
		})
	}
}

func replaceOnce(t *testing.T, text, old, new string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q does not occur exactly once", old)
	}
	return strings.Replace(text, old, new, 1)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one that contains %q", err, want)
	}
}
