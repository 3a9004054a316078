// Package cmdflag has the kinds of flags that both programs share.
package cmdflag

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Duration is a flag.Value for a time with a unit.
type Duration struct{ value *time.Duration }

// NewDuration returns a flag that sets *value, and sets *value to byDefault now.
func NewDuration(value *time.Duration, byDefault time.Duration) Duration {
	*value = byDefault
	return Duration{value}
}

// Set parses a time. If the unit is missing, the error shows how to write the time in seconds.
func (d Duration) Set(s string) error {
	t, err := time.ParseDuration(s)
	if err == nil {
		*d.value = t
		return nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		if t, err := time.ParseDuration(s + "s"); err == nil && t >= 0 { // neither NaN nor too long
			return fmt.Errorf("the unit is missing: %ss means seconds", s)
		}
	}
	return errors.New("not a time such as 300ms, 10s or 5m")
}

func (d Duration) String() string {
	if d.value == nil {
		return ""
	}
	return d.value.String()
}
