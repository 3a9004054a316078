//go:build unix

package main

import "testing"

func TestRateText(t *testing.T) {
	for rate, want := range map[float64]string{
		0: "0", 0.4: "0.4", 0.333333: "0.333", 1.5: "1.5", 10: "10", 12.345: "12.3", 99.4: "99.4", 99.9: "100", 1234.5: "1,234", 1e6: "1,000,000",
	} {
		if got := rateText(rate); got != want {
			t.Errorf("rateText(%v) = %q, want %q", rate, got, want)
		}
	}
}

func TestListed(t *testing.T) {
	for _, tt := range []struct {
		numbers []int
		want    string
	}{{nil, ""}, {[]int{64}, "64"}, {[]int{64, 1200}, "64 and 1200"}, {[]int{64, 1200, 1472}, "64, 1200 and 1472"}} {
		if got := listed(tt.numbers...); got != tt.want {
			t.Errorf("listed(%v) = %q, want %q", tt.numbers, got, tt.want)
		}
	}
}
