package life

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// colour is that of a state: on a terminal, and on light and dark paper.
type colour struct {
	terminal    int
	light, dark string
}

var colours = map[string]colour{
	"CLOSE":       {90, "#667080", "#8d97a5"},
	"LISTEN":      {34, "#2f62c9", "#6f9cf5"},
	"SYN_SENT":    {33, "#8f6700", "#e0b341"},
	"SYN_RECV":    {33, "#8f6700", "#e0b341"},
	"ESTABLISHED": {32, "#18794e", "#4cc38a"},
	"FIN_WAIT1":   {35, "#a23e8d", "#de8fcf"},
	"FIN_WAIT2":   {35, "#7f45ba", "#b98df0"},
	"CLOSING":     {35, "#a23e8d", "#de8fcf"},
	"CLOSE_WAIT":  {33, "#b4531c", "#f0935c"},
	"LAST_ACK":    {31, "#c23540", "#f27a83"},
	"TIME_WAIT":   {36, "#0f7285", "#4fb9cc"},
	Unconnected:   {90, "#667080", "#8d97a5"},
	Connected:     {32, "#18794e", "#4cc38a"},
	Gone:          {90, "#667080", "#8d97a5"},
}

// colourOf is the colour of a state, also of one that a newer kernel has.
func colourOf(state string) colour {
	if c, ok := colours[state]; ok {
		return c
	}
	return colours[Unconnected]
}

// class is the name of a state in a style sheet.
func class(state string) string {
	if _, ok := colours[state]; ok {
		return "s-" + state
	}
	return "s-" + Unconnected
}

// stateStyle is the style sheet's part with the colours of the states.
func stateStyle(dark bool) string {
	var b strings.Builder
	for _, state := range slices.Sorted(maps.Keys(colours)) {
		value := colours[state].light
		if dark {
			value = colours[state].dark
		}
		fmt.Fprintf(&b, ".life .%s{fill:%s}", class(state), value)
	}
	return b.String()
}
