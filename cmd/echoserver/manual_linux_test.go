package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/internal/socktest"
	"golang.org/x/sys/unix"
)

var _ = flag.Bool("update", false, "write the program's help into its manual")

func TestManualHasTheHelp(t *testing.T) { cmdtest.CheckManual(t, "README.md", help()) }

// The manual's sessions print what it shows.
func TestManualSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds: not with -short")
	}
	if !socktest.Unshare(t, unix.CLONE_NEWNET) { // the sessions use fixed ports
		return
	}
	manual, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := filepath.Dir(cmdtest.Build(t, "echoserver"))
	cmdtest.Build(t, "echoclient")
	session := cmdtest.StartSession(t, t.TempDir(), "PATH="+programs+":"+os.Getenv("PATH"))
	for _, block := range cmdtest.Blocks(string(manual), "console") {
		session.Run(block)
	}
	session.End()
}
