package sockdiag

import (
	"encoding/binary"
	"testing"
)

// takes runs a filter as the kernel does.
func takes(t *testing.T, filter []byte, local, remote uint16) bool {
	t.Helper()
	at := 4 // after the attribute's header
	for at < len(filter) {
		code, yes, no := filter[at], int(filter[at+1]), int(binary.NativeEndian.Uint16(filter[at+2:]))
		port := func() uint16 { return binary.NativeEndian.Uint16(filter[at+6:]) }
		is := false
		switch code {
		case opJump:
		case opLocalAtLeast:
			is = local >= port()
		case opLocalAtMost:
			is = local <= port()
		case opRemoteAtLeast:
			is = remote >= port()
		case opRemoteAtMost:
			is = remote <= port()
		default:
			t.Fatalf("unknown operation %d at byte %d", code, at)
		}
		if is {
			at += yes
		} else {
			at += no
		}
	}
	return at == len(filter)
}

func TestFilter(t *testing.T) {
	for _, ports := range [][]uint16{{80}, {80, 443}, {80, 443, 65535}} {
		filter := appendFilter(nil, ports)
		if length := int(binary.NativeEndian.Uint16(filter)); length != len(filter) {
			t.Fatalf("appendFilter of %d ports: length in the header = %d, want %d", len(ports), length, len(filter))
		}
		for _, port := range ports {
			if !takes(t, filter, port, 5) || !takes(t, filter, 5, port) || !takes(t, filter, port, port) {
				t.Errorf("the filter for ports %v rejects port %d", ports, port)
			}
		}
		for _, port := range []uint16{0, 79, 81, 442, 444, 65534} {
			if takes(t, filter, port, port) {
				t.Errorf("the filter for ports %v accepts port %d", ports, port)
			}
		}
	}
	if filter := appendFilter(nil, make([]uint16, maxFilterPorts)); len(filter) > 1<<16-1 {
		t.Errorf("the filter for %d ports has %d bytes, want at most %d", maxFilterPorts, len(filter), 1<<16-1)
	}
	if filter := appendFilter(nil, make([]uint16, maxFilterPorts+1)); filter != nil {
		t.Error("appendFilter of more than maxFilterPorts ports returned a filter, want nil")
	}
}
