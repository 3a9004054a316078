package main

import (
	"slices"
	"strings"
	"testing"
)

func TestReadActivation(t *testing.T) {
	const self = 77
	tests := []struct {
		pid, fds, names string
		count           int
		label           string // of the first descriptor
		warning, err    string
	}{
		{"", "", "", 0, "", "", ""},
		{"77", "", "", 0, "", "", ""},
		{"77", "2", "", 2, "3", "", ""},
		{"77", "2", "web:mail", 2, "3 (web)", "", ""},
		{"77", "2", ":mail", 2, "3", "", ""},
		{"77", "2", "web", 2, "3", "", ""},
		{"77", "2", "a:b:c", 2, "3", "", ""},
		{"77", "2147483644", "", 2147483644, "3", "", ""},
		{"77", "0", "", 0, "", "LISTEN_FDS is 0", ""},
		{"", "1", "", 0, "", "without LISTEN_PID", ""},
		{"78", "1", "", 0, "", "meant for process 78, and this is 77", ""},
		{"78", "x", "", 0, "", "meant for process 78", ""},
		{"x", "1", "", 0, "", "", `LISTEN_PID is "x"`},
		{"-77", "1", "", 0, "", "", `LISTEN_PID is "-77"`},
		{"99999999999", "1", "", 0, "", "", "LISTEN_PID"},
		{"77", "x", "", 0, "", "", `LISTEN_FDS is "x"`},
		{"77", "-1", "", 0, "", "", `LISTEN_FDS is "-1"`},
		{"77", "1 ", "", 0, "", "", `LISTEN_FDS is "1 "`},
		{"77", "2147483645", "", 0, "", "", "LISTEN_FDS"},
		{"77", "99999999999999999999", "", 0, "", "", "LISTEN_FDS"},
	}
	for _, tt := range tests {
		environment := map[string]string{"LISTEN_PID": tt.pid, "LISTEN_FDS": tt.fds, "LISTEN_FDNAMES": tt.names}
		a, warning, err := readActivation(func(name string) string { return environment[name] }, self)
		if err == nil != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("readActivation(%v): %v, want error %q", environment, err, tt.err)
		}
		if a.count != tt.count || warning == "" != (tt.warning == "") || !strings.Contains(warning, tt.warning) {
			t.Errorf("readActivation(%v): %d descriptors, warning %q; want %d, %q", environment, a.count, warning, tt.count, tt.warning)
		}
		if a.count > 0 && a.label(3) != tt.label {
			t.Errorf("readActivation(%v): label(3) = %q, want %q", environment, a.label(3), tt.label)
		}
	}
	if a, _, _ := readActivation(func(string) string { return "77" }, 77); slices.Contains(a.names, "77") {
		t.Error("label uses the one name for 77 descriptors, want it ignored")
	}
}
