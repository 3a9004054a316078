package sock

import "reflect"

// The constructors of options and control messages with a type parameter let the kernel write arbitrary bytes into a
// value of that type. For some types not every byte pattern is a valid value, and others have size zero.

// mustHoldAnyBytes panics unless the kernel may write any bytes into a T, as the documentation of its callers says.
func mustHoldAnyBytes[T any](constructor, name string) {
	t := reflect.TypeFor[T]()
	fault := layoutFault(t)
	if fault == "" && t.Size() == 0 {
		fault = "has no size"
	}
	if fault != "" {
		panic("sock." + constructor + ": " + name + ": type " + t.String() + " " + fault)
	}
}

// layoutFault describes the part of a type that the kernel must not write, or returns "" if it may write every part.
func layoutFault(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "contains a bool, which must be 0 or 1"
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice, reflect.String, reflect.UnsafePointer:
		return "contains a pointer"
	case reflect.Array:
		if t.Len() == 0 {
			return ""
		}
		return layoutFault(t.Elem())
	case reflect.Struct:
		if t == reflect.TypeFor[Sockaddr]() {
			return "contains a Sockaddr, which has a length of its own"
		}
		for i := range t.NumField() {
			if fault := layoutFault(t.Field(i).Type); fault != "" {
				return fault
			}
		}
	}
	return ""
}
