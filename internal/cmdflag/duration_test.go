package cmdflag_test

import (
	"strings"
	"testing"
	"time"

	"example.com/berkeley/internal/cmdflag"
)

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration
		err  string
	}{
		{"1.5s", 1500 * time.Millisecond, ""},
		{"0", 0, ""},
		{"-1s", -time.Second, ""},
		{"5", time.Minute, "the unit is missing: 5s means seconds"},
		{"2.5", time.Minute, "the unit is missing: 2.5s means seconds"},
		{"soon", time.Minute, "not a time such as 300ms, 10s or 5m"},
		{"NaN", time.Minute, "not a time such as"},
		{"", time.Minute, "not a time such as"},
		{"9999999h", time.Minute, "not a time such as"},
	} {
		var value time.Duration
		err := cmdflag.NewDuration(&value, time.Minute).Set(test.text)
		if value != test.want {
			t.Errorf("value after Set(%q) = %v, want %v", test.text, value, test.want)
		}
		if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("Set(%q) = %v, want error %q", test.text, err, test.err)
		}
	}
}
