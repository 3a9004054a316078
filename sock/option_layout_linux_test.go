package sock_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

type (
	shortStruct  struct{ A uint8 }
	paddedStruct struct {
		_ [0]func() // not comparable, and of size 0
		A uint8
		B uint64
	}
	flagInside    struct{ Flags [3]struct{ On bool } }
	stringInside  struct{ Name [1]string }
	addressInside struct {
		Index uint32
		Addr  Sockaddr
	}
)

// structAndSlice calls both constructors with a type, and returns the texts of their panics.
func structAndSlice[T any](t *testing.T) (panics []string) {
	t.Helper()
	for _, construct := range []func(){
		func() { StructOption[T]("SO_TEST", SOL_SOCKET, 99) },
		func() { SliceOption[T]("SO_TEST", SOL_SOCKET, 99) },
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				panics = append(panics, text)
			}()
			construct()
		}()
	}
	return panics
}

// The kernel writes into a value without knowing its type: the type must have a size, and allow any bytes.
func TestOptionTypes(t *testing.T) {
	for _, tt := range []struct {
		panics []string
		fault  string // part of the panic's text; empty for a type that the kernel may write
	}{
		{structAndSlice[int8](t), ""},
		{structAndSlice[uintptr](t), ""},
		{structAndSlice[float64](t), ""},
		{structAndSlice[complex64](t), ""},
		{structAndSlice[time.Duration](t), ""},
		{structAndSlice[[3][2]uint16](t), ""},
		{structAndSlice[shortStruct](t), ""},
		{structAndSlice[paddedStruct](t), ""},
		{structAndSlice[unix.TCPInfo](t), ""},

		{structAndSlice[struct{}](t), "struct {} has no size"},
		{structAndSlice[[0]int](t), "[0]int has no size"},
		{structAndSlice[struct{ _ [0]int }](t), "has no size"},

		{structAndSlice[bool](t), "bool contains a bool"},
		{structAndSlice[flagInside](t), "sock_test.flagInside contains a bool"},

		{structAndSlice[*int](t), "*int contains a pointer"},
		{structAndSlice[atomic.Pointer[int]](t), "contains a pointer"},
		{structAndSlice[string](t), "contains a pointer"},
		{structAndSlice[stringInside](t), "sock_test.stringInside contains a pointer"},
		{structAndSlice[[]byte](t), "contains a pointer"},
		{structAndSlice[map[int]int](t), "contains a pointer"},
		{structAndSlice[func()](t), "contains a pointer"},
		{structAndSlice[chan int](t), "contains a pointer"},
		{structAndSlice[any](t), "contains a pointer"},
		{structAndSlice[[2]error](t), "contains a pointer"},
		{structAndSlice[time.Time](t), "contains a pointer"},

		{structAndSlice[Sockaddr](t), "contains a Sockaddr"},
		{structAndSlice[addressInside](t), "sock_test.addressInside contains a Sockaddr"},
	} {
		for i, constructor := range []string{"StructOption", "SliceOption"} {
			got := tt.panics[i]
			switch {
			case tt.fault == "" && got != "":
				t.Errorf("%s panics: %s", constructor, got)
			case tt.fault != "" && (!strings.HasPrefix(got, "sock."+constructor+": SO_TEST: type ") || !strings.Contains(got, tt.fault)):
				t.Errorf("%s panics with %q, want %q in it", constructor, got, tt.fault)
			}
		}
	}
}

// The kernel counts SO_GET_FILTER in instructions of 8 bytes, and doesn't write past the given length.
func TestFilterStaysInItsRoom(t *testing.T) {
	needKernel(t)
	fd := udp4(t)
	program := slices.Repeat(passAll, 3)
	check(t, Setsockopt(fd, SO_ATTACH_FILTER, program))
	const size = 8
	for room, want := range map[int]error{2 * size: EINVAL, 3 * size: nil, 3*size + 5: nil} {
		p := make([]byte, 8*len(program)*size)
		n, err := GetsockoptBytes(fd, SOL_SOCKET, SO_GET_FILTER.Number(), p[:room])
		if err != want || err == nil && n != len(program)*size {
			t.Errorf("GetsockoptBytes with %d bytes = %d, %v, want %v", room, n, err, want)
		}
		if rest := p[room:]; strings.Trim(string(rest), "\x00") != "" {
			t.Errorf("GetsockoptBytes with %d bytes: the kernel wrote past them", room)
		}
	}
	number := StructOption[uint32]("SO_GET_FILTER", SOL_SOCKET, SO_GET_FILTER.Number())
	if v, err := Getsockopt(fd, number); v != 0 || err != nil {
		t.Errorf("Getsockopt(SO_GET_FILTER) as a number, which is too small = %d, %v, want 0", v, err)
	}
}
