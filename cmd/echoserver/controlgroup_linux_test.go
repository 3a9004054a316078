package main

import (
	"slices"
	"testing"
)

func TestGroupsOf(t *testing.T) {
	const version1 = "12:pids:/docker/c\n11:cpu,memory:/a/b/\n1:name=systemd:/\n"
	tests := []struct {
		name, groups, controller string
		want                     []string
	}{
		{"no file", "", "memory", nil},
		{"version 2", "0::/user.slice/echo.service\n", "", []string{"/user.slice/echo.service", "/user.slice", "/"}},
		{"version 2, in a container", "0::/\n", "", []string{"/"}},
		{"version 2, outside of the container's groups", "0::/../other\n", "", []string{"/other", "/"}},
		{"version 1", version1, "pids", []string{"/docker/c", "/docker", "/"}},
		{"version 1, several controllers", version1, "memory", []string{"/a/b", "/a", "/"}},
		{"version 1, not of version 2", version1, "", nil},
	}
	for _, tt := range tests {
		if got := groupsOf(tt.groups, tt.controller); !slices.Equal(got, tt.want) {
			t.Errorf("%s: groupsOf = %q, want %q", tt.name, got, tt.want)
		}
	}
}
