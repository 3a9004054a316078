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
