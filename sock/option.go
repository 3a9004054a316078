//go:build unix

package sock

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Option is one socket option of getsockopt(2) and setsockopt(2), with the Go type of its value. The catalogue has
// the options under their C names, such as SO_REUSEADDR. Declare an option that it lacks in your own code:
//
//	var TIPC_NODELAY = sock.BoolOption("TIPC_NODELAY", sock.SOL_TIPC, 138)
//
// An Option is immutable: any number of goroutines may use it.
type Option[T any] struct {
	name          string
	level, number int
	get           func(fd, level, number int) (T, error)
	set           func(fd, level, number int, v T) error
}

// Name returns the option's name in C.
func (o Option[T]) Name() string { return o.name }

// String returns the C name of the option.
func (o Option[T]) String() string { return o.name }

// Level returns the level of the option, such as SOL_SOCKET or IPPROTO_TCP.
func (o Option[T]) Level() int { return o.level }

// Number returns the option's number, such as SO_KEEPALIVE's 9 on Linux.
func (o Option[T]) Number() int { return o.number }

// Get is Getsockopt with a value of any type, for programs that go through Options: getsockopt(2).
func (o Option[T]) Get(fd int) (any, error) {
	v, err := Getsockopt(fd, o)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Set is Setsockopt with a value of any type, for programs that go through Options: setsockopt(2). A value of a type
// other than that of the option is EINVAL.
func (o Option[T]) Set(fd int, v any) error {
	value, ok := v.(T)
	if !ok {
		return EINVAL
	}
	return Setsockopt(fd, o, value)
}

// Getsockopt reads a socket option: getsockopt(2). ENOPROTOOPT means that this socket does not have the option, or
// that it can only be set.
func Getsockopt[T any](fd int, opt Option[T]) (T, error) {
	if opt.get == nil {
		return *new(T), ENOPROTOOPT
	}
	return opt.get(fd, opt.level, opt.number)
}

// Setsockopt sets a socket option: setsockopt(2). A value that does not fit the C type of the option is EINVAL.
// ENOPROTOOPT means that this socket does not have the option, or that it can only be read; EPERM means that setting
// it takes privileges.
func Setsockopt[T any](fd int, opt Option[T], v T) error {
	if opt.set == nil {
		return ENOPROTOOPT
	}
	return opt.set(fd, opt.level, opt.number, v)
}

// SocketError returns and clears the pending error of a socket: getsockopt(2) of SO_ERROR. It is nil if no error is pending.
// After Poll reports that a connect(2) in progress has ended, it returns the result.
func SocketError(fd int) error {
	e, err := Getsockopt(fd, SO_ERROR)
	if err != nil {
		return err
	}
	return result(Errno(e))
}

// AnyOption is an Option of any type, as Options lists them.
type AnyOption interface {
	Name() string
	Level() int
	Number() int
	Get(fd int) (any, error)
	Set(fd int, v any) error
}

// Options lists the options of the catalogue, level by level.
func Options() []AnyOption {
	return slices.SortedStableFunc(slices.Values(catalogue), func(a, b AnyOption) int { return cmp.Compare(a.Level(), b.Level()) })
}

// IntOption makes an option whose value is a C int.
func IntOption(name string, level, number int) Option[int] {
	return Option[int]{name, level, number, getInt, setInt}
}

// BoolOption makes an option whose value is a C int, 0 or 1. Any other number reads as true.
func BoolOption(name string, level, number int) Option[bool] {
	return Option[bool]{name, level, number, getBool, setBool}
}

// Uint32Option makes an option whose value is a C unsigned int, __u32 or a set of flags.
func Uint32Option(name string, level, number int) Option[uint32] {
	return Option[uint32]{name, level, number, getUint32, setUint32}
}

// SecondsOption makes an option whose value is a C int of seconds. A fraction of a second is rounded up, so that a
// short time does not become 0.
func SecondsOption(name string, level, number int) Option[time.Duration] {
	return Option[time.Duration]{name, level, number, getSeconds, setSeconds}
}

// MillisecondsOption makes an option whose value is a C int of milliseconds, rounded up as SecondsOption does.
func MillisecondsOption(name string, level, number int) Option[time.Duration] {
	return Option[time.Duration]{name, level, number, getMilliseconds, setMilliseconds}
}

// MicrosecondsOption makes an option whose value is a C int of microseconds, rounded up as SecondsOption does.
func MicrosecondsOption(name string, level, number int) Option[time.Duration] {
	return Option[time.Duration]{name, level, number, getMicroseconds, setMicroseconds}
}

// TimevalOption makes an option whose value is a struct timeval, rounded up to microseconds. A negative time is EDOM;
// the kernel would take one of whole seconds for no limit.
func TimevalOption(name string, level, number int) Option[time.Duration] {
	return Option[time.Duration]{name, level, number, getTimeval, setTimeval}
}

// Linger is the value of SO_LINGER, struct linger of socket(7). If Onoff is set, close(2) waits up to Seconds for the
// data sent to arrive; with 0 Seconds it discards the data and resets the connection. Setsockopt returns EINVAL for negative
// Seconds, which a kernel may take for a very long time.
type Linger struct {
	Onoff   bool
	Seconds int
}

// LingerOption makes an option whose value is a struct linger.
func LingerOption(name string, level, number int) Option[Linger] {
	return Option[Linger]{name, level, number, getLinger, setLinger}
}

func getInt(fd, level, number int) (int, error) {
	v, e := getsockoptInt(fd, level, number)
	if e != 0 {
		return 0, e
	}
	return int(v), nil
}

func setInt(fd, level, number, v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return EINVAL
	}
	return result(setsockoptInt(fd, level, number, int32(v)))
}

func getBool(fd, level, number int) (bool, error) {
	v, err := getInt(fd, level, number)
	return v != 0, err
}

func setBool(fd, level, number int, v bool) error {
	return setInt(fd, level, number, boolInt(v))
}

func getUint32(fd, level, number int) (uint32, error) {
	v, err := getInt(fd, level, number)
	return uint32(v), err
}

func setUint32(fd, level, number int, v uint32) error {
	return result(setsockoptInt(fd, level, number, int32(v)))
}

func getSeconds(fd, level, number int) (time.Duration, error) {
	v, err := getInt(fd, level, number)
	return time.Duration(v) * time.Second, err
}

func setSeconds(fd, level, number int, v time.Duration) error {
	return setUnits(fd, level, number, v, time.Second)
}

func getMilliseconds(fd, level, number int) (time.Duration, error) {
	v, err := getInt(fd, level, number)
	return time.Duration(v) * time.Millisecond, err
}

func setMilliseconds(fd, level, number int, v time.Duration) error {
	return setUnits(fd, level, number, v, time.Millisecond)
}

func getMicroseconds(fd, level, number int) (time.Duration, error) {
	v, err := getInt(fd, level, number)
	return time.Duration(v) * time.Microsecond, err
}

func setMicroseconds(fd, level, number int, v time.Duration) error {
	return setUnits(fd, level, number, v, time.Microsecond)
}

func setUnits(fd, level, number int, v, unit time.Duration) error {
	units := v / unit
	switch rest := v % unit; {
	case rest > 0:
		units++
	case rest < 0:
		units-- // a negative time must not become 0: the kernel judges it
	}
	if units > math.MaxInt32 || units < math.MinInt32 {
		return EINVAL
	}
	return result(setsockoptInt(fd, level, number, int32(units)))
}

func boolInt(v bool) int {
	if v {
		return 1
	}
	return 0
}
