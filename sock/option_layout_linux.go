package sock

import "reflect"

// The constructors of options and control messages with a type parameter let the kernel write into a value of that type,
// whatever the bytes are. In some types not every byte pattern is a value, and in others there is no room for any.

// mustHoldAnyBytes panics unless the kernel may write any bytes into a T, as documented by the constructor that calls it.
func mustHoldAnyBytes[T any](constructor, label string) {
	t := reflect.TypeFor[T]()
	fault := layoutFault(t)
	if fault == "" && t.Size() == 0 {
		fault = "has no size"
	}
	if fault != "" {
		panic("sock." + constructor + ": " + label + ": type " + t.String() + " " + fault)
	}
}

// layoutFault says what is in a type that the kernel must not write, and is empty where there is nothing of the kind.
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
