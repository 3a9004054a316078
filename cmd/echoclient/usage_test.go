//go:build unix

package main

import (
	"regexp"
	"runtime"
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args string // separated by spaces; '' is an empty one
		want string
	}{
		{"-nonsense", "flag provided but not defined: -nonsense"},
		{"-addr", "flag needs an argument: -addr"},
		{"-addr ''", "-addr \"\": the address is empty"},
		{"-addr localhost", "the port is missing: want localhost:PORT"},
		{"-addr 7", "the host is missing: want HOST:7"},
		{"-addr 127.0.0.1:70000", "port 70000 is out of range: want 0 to 65535"},
		{"-addr 127.0.0.1:-1", `port "-1"`},
		{"-addr 127.0.0.1:", "the port is missing: want 127.0.0.1:PORT"},
		{"-addr 127.0.0.1:no-such-service", `port "no-such-service"`},
		{"-addr ::1:7", "as in [::1]:80"},
		{"-addr sctp://127.0.0.1:7", `unknown transport "sctp": want tcp,`},
		{"-addr tcp4://[::1]:7", "of another family"},
		{"-addr tcp6://127.0.0.1:7", "of another family"},
		{"-addr unix:", "the path is missing"},
		{"-addr unix:///" + strings.Repeat("x", 200), "more than"},
		{"-timeout -1s", "can't be negative"},
		{"-connect-timeout -1ns", "can't be negative"},
		{"-timeout soon", `invalid value "soon" for flag -timeout`},
		{"-timeout 5", `invalid value "5" for flag -timeout: the unit is missing: 5s means seconds`},
		{"-connect-timeout 5x", `invalid value "5x" for flag -connect-timeout`},
		{"-v=perhaps", `invalid boolean value "perhaps" for -v`},
		{"-4 -6", "-4 and -6 leave no address"},
		{"-source nowhere", "-source nowhere: want an IP address of this machine"},
		{"-source localhost:0", `-source address "localhost:0": `},
		{"-source ::1 -4", "-source ::1: not of the family"},
		{"-json Hello", "-json is for -doctor and for a load"},
		{"-n 1 Hello", `"Hello": -doctor and a load send bytes of their own`},
		{"-doctor 127.0.0.1:7 Hello", `"127.0.0.1:7": -doctor and a load send bytes of their own`},
		{"-doctor 127.0.0.1:7 -timeout 1s", `"-timeout": flags come before the address`},
		{"-doctor -n 1", "-doctor is no load"},
		{"-doctor localhost", "the port is missing"},
		{"-doctor -v", "-v is for neither"},
		{"-n -1", "can't be negative"},
		{"-n 1 -plot out -hdr ./out", "-plot and -hdr are the same file"},
		{"-d -1s", "can't be negative"},
		{"-rate -1", "can't be negative"},
		{"-rate NaN", "can't be negative"},
		{"-rate +Inf", "nor -rate above 1e9"},
		{"-c 0", "-c, -depth and -threads must be at least 1"},
		{"-depth 0", "must be at least 1"},
		{"-threads 0", "must be at least 1"},
		{"-c 2000000", "at most 1048576"},
		{"-n 0", "-n must be at least 1"},
		{"-d 0s", "-d more than 0"},
		{"-n 0 -d 1s", "-n must be at least 1"},
		{"-n 9223372036854775808", "value out of range"},
		{"-d 9999999h", `invalid value "9999999h" for flag -d`},
		{"-d NaN", `invalid value "NaN" for flag -d`},
		{"-rate 1e999", "value out of range"},
		{"-depth 1048577", "at most 1048576"},
		{"-size 1073741825", "between 1 and 1GiB"},
		{"-size 0", "between 1 and 1GiB"},
		{"-size 64KB", "not a size such as 4096, 64KiB"},
		{"-c 2000 -threads 1025", "-threads at most 1024"},
		{"-c 1048576 -depth 1048576", "-c times -depth, the messages in flight, must be at most 4194304"},
		{"-c 2 -threads 3", "-threads can't be more than -c"},
		{"-reconnect -depth 2", "-reconnect sends one message on each connection"},
		{"-reconnect -addr udp://127.0.0.1:7", "-reconnect: udp has no connections"},
		{"-size 7 -addr udp://127.0.0.1:7", "-size 7: a datagram begins with its number, of 8 bytes"},
		{"-size 300000 -addr unixpacket:@x", "-size 300000: a record of unixpacket has at most 262144 bytes"},
		{"-c 2 -addr @x -source /x", "connections of a load can't share a path"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Split(tt.args, " ")
			for i := range args {
				args[i] = strings.Trim(args[i], "'")
			}
			got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), args...)
			expect(t, got, exitUsage, "", tt.want)
			if !strings.HasPrefix(got.Stderr, "echoclient: ") || !strings.HasSuffix(got.Stderr, " (see echoclient -h)\n") {
				t.Errorf("standard error %q, want the program's name first and a reference to -h last", got.Stderr)
			}
		})
	}
}

// Errors quote the user's arguments, and stay on one line.
func TestUsageWithLineBreaks(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-addr", "a\nb"},
		{"-timeout", "a\nb"},
		{"-a\nb"},
	} {
		t.Run(args[0], func(t *testing.T) {
			expect(t, cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), args...), exitUsage, "", "echoclient: ")
		})
	}
}

// Scripts depend on the exit codes' numbers; other tests use their names.
func TestExitCodes(t *testing.T) {
	if got, want := [...]int{exitOK, exitDifferent, exitTrouble, exitUsage}, [...]int{0, 1, 2, 64}; got != want {
		t.Errorf("exit codes %v, want %v", got, want)
	}
}

// -version prints one line for bug reports, whatever other flags there are.
func TestVersion(t *testing.T) {
	t.Parallel()
	got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-v", "-version")
	want := regexp.MustCompile(`^echoclient \S+ go\S+ ` + runtime.GOOS + "/" + runtime.GOARCH + "\n$")
	if got.Code != 0 || got.Stderr != "" || !want.MatchString(got.Stdout) {
		t.Errorf("exit code %d, standard error %q, standard output %q; want output like %s", got.Code, got.Stderr, got.Stdout, want)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"-h", "-help", "--help"} {
		t.Run(arg, func(t *testing.T) {
			got := cmdtest.Run(t, nil, cmdtest.Build(t, "echoclient"), "-v", arg, "Hello")
			expect(t, got, exitOK, help, "")
		})
	}
}

func TestHelpTellsTheDefaults(t *testing.T) {
	o, err := parseOptions(nil)
	check(t, err)
	for _, want := range []string{
		"Default " + defaultAddr + "\n",
		"0 is for ever. Default " + o.connectTimeout.String() + "\n",
		"0 is never. Default " + o.timeout.String() + ";\n",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("the help does not contain %q", want)
		}
	}
}
