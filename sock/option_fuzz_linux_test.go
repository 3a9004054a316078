package sock_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	. "example.com/berkeley/sock"
)

// FuzzOptions makes each option of the catalogue read arbitrary bytes, and a value longer than its buffer.
// The value that was read can be set, and reads the same again.
func FuzzOptions(f *testing.F) {
	needKernel(f)
	for i := range Options() {
		f.Add(i, []byte(nil), uint32(0))
		f.Add(i, []byte("\x01\x00\x00\x00\x02\x00\x00\x00"), uint32(0))
		f.Add(i, bytes.Repeat([]byte{0xff}, 5000), uint32(1))
		f.Add(i, append([]byte{AF_UNIX, 0}, bytes.Repeat([]byte("x"), 126)...), uint32(5))
		f.Add(i, []byte("\x00\x00\x00\x00\x00\x00\x00\x7f\x00\x00\x00\x00\x00\x00\x00\x00"), uint32(0)) // more seconds than a Duration has
	}
	k := newAnswerer(f)
	f.Fuzz(func(t *testing.T, i int, given []byte, extra uint32) {
		o := Options()[uint(i)%uint(len(Options()))]
		k.gives(given, extra%4096)
		k.call(func() { reread(t, k, o) })
	})
}

func reread(t *testing.T, k *answerer, o AnyOption) {
	v, err := o.Get(answeredFd)
	if err != nil {
		t.Errorf("reading %s: %v", o.Name(), err)
		return
	}
	if err := o.Set(answeredFd, v); err != nil {
		if !refusable(o, v) || err != EINVAL && err != EDOM {
			t.Errorf("setting %s to %v: %v", o.Name(), v, err)
		}
		return
	}
	if !givesWhatItTakes(v) || k.took() == nil {
		return
	}
	k.gives(k.took(), 0)
	if again, err := o.Get(answeredFd); err != nil || !reflect.DeepEqual(again, v) {
		t.Errorf("Get(%s) = %+v, %v after it was set to %+v", o.Name(), again, err, v)
	}
}

// refusable reports whether a value can't be set; no kernel returns such values.
func refusable(o AnyOption, v any) bool {
	switch v := v.(type) {
	case int:
		return v < 0 && o.Name() == ALG_SET_AEAD_AUTHSIZE.Name() // set as a length
	case time.Duration:
		return v < 0 || v > 1<<62
	case Linger:
		return v.Seconds < 0
	}
	return false
}

// givesWhatItTakes returns false for options that are set by a pointer, and for IP_MULTICAST_IF, which is set by
// another struct.
func givesWhatItTakes(v any) bool {
	switch v.(type) {
	case []SockFilter, IPMreqn:
		return false
	}
	return true
}
