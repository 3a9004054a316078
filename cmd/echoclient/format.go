//go:build unix

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// scaled formats a number with three digits, in the largest unit that isn't above it.
func scaled(x float64, step float64, units ...string) string {
	i := 0
	for x >= 0.9995*step && i < len(units)-1 {
		x /= step
		i++
	}
	digits := 0
	switch {
	case x == 0 || i == 0 && x == float64(int64(x)):
	case x < 9.995:
		digits = 2
	case x < 99.95:
		digits = 1
	}
	return strconv.FormatFloat(x, 'f', digits, 64) + " " + units[i]
}

func bytesText(n float64) string {
	return scaled(n, 1000, "B", "kB", "MB", "GB", "TB", "PB")
}

func durationText(d time.Duration) string {
	if d >= time.Second {
		return scaled(d.Seconds(), 1e9, "s")
	}
	return scaled(float64(d), 1000, "ns", "µs", "ms", "s")
}

// thousands formats a whole number with commas.
func thousands(x float64) string {
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rateText formats a number per second: as a whole number with commas, or with three digits if it is small.
func rateText(x float64) string {
	if x >= 99.5 || x == float64(int64(x)) {
		return thousands(x)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// listed formats a list of numbers.
func listed(numbers ...int) string {
	var b strings.Builder
	for i, n := range numbers {
		switch {
		case i > 0 && i == len(numbers)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}

// plural formats a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%s %ss", thousands(float64(n)), thing)
}
