package sweep_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/elastic/go-seccomp-bpf"
)

// refusal is the environment variable that asks this test program to refuse a system call and execute another program. Its
// value has the errno, a colon, the call's name and, after each comma, an argument's position and value.
const refusal = "SWEEP_REFUSE"

// A call is a system call that a program makes. For calls that carry many different requests, args identify the request.
type call struct {
	name string
	args []argument
}

// An argument is the value of one argument of a system call, by its position.
type argument struct {
	position uint32
	value    uint64
}

func (c call) String() string {
	var b strings.Builder
	b.WriteString(c.name)
	for _, a := range c.args {
		fmt.Fprintf(&b, ",%d=%d", a.position, a.value)
	}
	return b.String()
}

func parseCall(s string) (call, error) {
	fields := strings.Split(s, ",")
	c := call{name: fields[0]}
	for _, field := range fields[1:] {
		var a argument
		if _, err := fmt.Sscanf(field, "%d=%d", &a.position, &a.value); err != nil {
			return c, fmt.Errorf("%q: %w", field, err)
		}
		c.args = append(c.args, a)
	}
	return c, nil
}

// become makes the kernel refuse a system call of this process, and then executes another program in it.
func become(refused string, args []string) error {
	number, name, _ := strings.Cut(refused, ":")
	errno, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	c, err := parseCall(name)
	if err != nil {
		return err
	}
	group := seccomp.SyscallGroup{Action: seccomp.ActionErrno | seccomp.Action(errno)}
	if len(c.args) == 0 {
		group.Names = []string{c.name}
	} else {
		named := seccomp.NameWithConditions{Name: c.name}
		for _, a := range c.args {
			named.Conditions = append(named.Conditions, seccomp.Condition{Argument: a.position, Operation: seccomp.Equal, Value: a.value})
		}
		group.NamesWithCondtions = []seccomp.NameWithConditions{named}
	}
	filter := seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy:     seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{group}},
	}
	if err := seccomp.LoadFilter(filter); err != nil {
		return err
	}
	return syscall.Exec(args[0], args, os.Environ())
}
