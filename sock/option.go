//go:build unix

package sock

import (
	"math"
	"time"
)

// Option is one socket option of getsockopt(2) and setsockopt(2), with the Go type of its value.
// The catalogue has them under their C names, SO_REUSEADDR for example; one that it lacks is a line in your own code:
//
//	var TIPC_NODELAY = sock.BoolOption("TIPC_NODELAY", sock.SOL_TIPC, 138)
//
// An Option doesn't change: any number of goroutines may use it.
type Option[T any] struct {
	label       string
	level, name int
	get         func(fd, level, name int) (T, error)
	set         func(fd, level, name int, v T) error
}

// Label is the option's C name.
func (o Option[T]) Label() string { return o.label }

// String is the option's C name.
func (o Option[T]) String() string { return o.label }

// Level is the option's level, SOL_SOCKET or IPPROTO_TCP for example.
func (o Option[T]) Level() int { return o.level }

// Name is the option's number.
func (o Option[T]) Name() int { return o.name }

// Get is Getsockopt with a value of any type, for programs that go through Options: getsockopt(2).
func (o Option[T]) Get(fd int) (any, error) {
	v, err := Getsockopt(fd, o)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Set is Setsockopt with a value of any type, for programs that go through Options: setsockopt(2).
// A value of another type than the option's is EINVAL.
func (o Option[T]) Set(fd int, v any) error {
	value, ok := v.(T)
	if !ok {
		return EINVAL
	}
	return Setsockopt(fd, o, value)
}

// Getsockopt reads a socket option: getsockopt(2).
// ENOPROTOOPT means that this socket doesn't have it, or that it can only be set.
func Getsockopt[T any](fd int, opt Option[T]) (T, error) {
	if opt.get == nil {
		return *new(T), ENOPROTOOPT
	}
	return opt.get(fd, opt.level, opt.name)
}

// Setsockopt sets a socket option: setsockopt(2).
// A value that the option's C type can't hold is EINVAL. ENOPROTOOPT means that this socket doesn't have the option,
// or that it can only be read; EPERM that it takes privileges.
func Setsockopt[T any](fd int, opt Option[T], v T) error {
	if opt.set == nil {
		return ENOPROTOOPT
	}
	return opt.set(fd, opt.level, opt.name, v)
}

// SocketError takes the error that is pending on a socket: getsockopt(2) of SO_ERROR, which clears it.
// It is nil where there is none, and tells how a connect(2) ended that was in progress.
func SocketError(fd int) error {
	e, err := Getsockopt(fd, SO_ERROR)
	if err != nil {
		return err
	}
	return result(Errno(e))
}

// AnyOption is an Option of any type, as Options lists them.
type AnyOption interface {
	Label() string
	Level() int
	Name() int
	Get(fd int) (any, error)
	Set(fd int, v any) error
}

var catalogue []AnyOption

// Options lists the options of the catalogue, level by level.
func Options() []AnyOption { return append([]AnyOption(nil), catalogue...) }

// listed enters an option into the catalogue.
func listed[T any](o Option[T]) Option[T] {
	catalogue = append(catalogue, o)
	return o
}

// IntOption makes an option whose value is a C int.
func IntOption(label string, level, name int) Option[int] {
	return Option[int]{label, level, name, getInt, setInt}
}

// BoolOption makes an option whose value is a C int that is 0 or 1. Any other number reads as true.
func BoolOption(label string, level, name int) Option[bool] {
	return Option[bool]{label, level, name, getBool, setBool}
}

// Uint32Option makes an option whose value is a C unsigned int, __u32 or a set of flags.
func Uint32Option(label string, level, name int) Option[uint32] {
	return Option[uint32]{label, level, name, getUint32, setUint32}
}

// SecondsOption makes an option whose value is a C int of seconds. A fraction of a second is set as the next whole one,
// so that no time becomes none.
func SecondsOption(label string, level, name int) Option[time.Duration] {
	return Option[time.Duration]{label, level, name, getSeconds, setSeconds}
}

// MillisecondsOption makes an option whose value is a C int of milliseconds, rounded up as SecondsOption does.
func MillisecondsOption(label string, level, name int) Option[time.Duration] {
	return Option[time.Duration]{label, level, name, getMilliseconds, setMilliseconds}
}

// MicrosecondsOption makes an option whose value is a C int of microseconds, rounded up as SecondsOption does.
func MicrosecondsOption(label string, level, name int) Option[time.Duration] {
	return Option[time.Duration]{label, level, name, getMicroseconds, setMicroseconds}
}

// TimevalOption makes an option whose value is a struct timeval, rounded up to microseconds.
// A negative time is EDOM, where the kernel would take one of whole seconds for none.
func TimevalOption(label string, level, name int) Option[time.Duration] {
	return Option[time.Duration]{label, level, name, getTimeval, setTimeval}
}

// Linger is the value of SO_LINGER, struct linger of socket(7). When on, close(2) waits up to Seconds for what was sent
// to arrive, and with 0 Seconds it throws that away and resets the connection.
type Linger struct {
	Onoff   bool
	Seconds int
}

// LingerOption makes an option whose value is a struct linger.
func LingerOption(label string, level, name int) Option[Linger] {
	return Option[Linger]{label, level, name, getLinger, setLinger}
}

func getInt(fd, level, name int) (int, error) {
	v, e := getsockoptInt(fd, level, name)
	if e != 0 {
		return 0, e
	}
	return int(v), nil
}

func setInt(fd, level, name, v int) error {
	if v < math.MinInt32 || v > math.MaxInt32 {
		return EINVAL
	}
	return result(setsockoptInt(fd, level, name, int32(v)))
}

func getBool(fd, level, name int) (bool, error) {
	v, err := getInt(fd, level, name)
	return v != 0, err
}

func setBool(fd, level, name int, v bool) error {
	return setInt(fd, level, name, boolInt(v))
}

func getUint32(fd, level, name int) (uint32, error) {
	v, err := getInt(fd, level, name)
	return uint32(v), err
}

func setUint32(fd, level, name int, v uint32) error {
	return result(setsockoptInt(fd, level, name, int32(v)))
}

func getSeconds(fd, level, name int) (time.Duration, error) {
	v, err := getInt(fd, level, name)
	return time.Duration(v) * time.Second, err
}

func setSeconds(fd, level, name int, v time.Duration) error {
	return setUnits(fd, level, name, v, time.Second)
}

func getMilliseconds(fd, level, name int) (time.Duration, error) {
	v, err := getInt(fd, level, name)
	return time.Duration(v) * time.Millisecond, err
}

func setMilliseconds(fd, level, name int, v time.Duration) error {
	return setUnits(fd, level, name, v, time.Millisecond)
}

func getMicroseconds(fd, level, name int) (time.Duration, error) {
	v, err := getInt(fd, level, name)
	return time.Duration(v) * time.Microsecond, err
}

func setMicroseconds(fd, level, name int, v time.Duration) error {
	return setUnits(fd, level, name, v, time.Microsecond)
}

func setUnits(fd, level, name int, v, unit time.Duration) error {
	units := v / unit
	switch rest := v % unit; {
	case rest > 0:
		units++
	case rest < 0:
		units-- // no negative time is none either: the kernel is to judge it
	}
	if units > math.MaxInt32 || units < math.MinInt32 {
		return EINVAL
	}
	return result(setsockoptInt(fd, level, name, int32(units)))
}

func boolInt(v bool) int {
	if v {
		return 1
	}
	return 0
}
