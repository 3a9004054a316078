package cmdflag

import (
	"errors"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes: 4096, 64KiB, 16MiB, 1GiB.
func ParseSize(s string) (int64, error) {
	digits, shift := s, 0
	for unit, bits := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if d, ok := strings.CutSuffix(s, unit); ok {
			digits, shift = d, bits
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63-shift)
	if err != nil {
		return 0, errors.New("not a size such as 4096, 64KiB, 16MiB or 1GiB")
	}
	return int64(n << shift), nil
}

// ParseLength reads a size that a program keeps in memory at once.
func ParseLength(s string) (int, error) {
	n, err := ParseSize(s)
	if err == nil && (n < 1 || n > 1<<30) {
		err = errors.New("must be between 1 and 1GiB")
	}
	return int(n), err
}
