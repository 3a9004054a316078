//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build makes the programs that are needed, and no others, from their sources. Without a C compiler there are none in C.
func (b *bench) build() error {
	gomod, err := output(exec.Command("go", "env", "GOMOD"))
	if err != nil {
		return err
	}
	module := filepath.Dir(strings.TrimSpace(gomod))
	for program := range b.programs() {
		command := b.compile(module, program)
		if _, err := exec.LookPath(command.Args[0]); err != nil {
			fmt.Fprintf(os.Stderr, "servers: no %s here: %v\n", program, err)
			continue
		}
		if _, err := output(command); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
	}
	return nil
}

// programs are those to build: of the servers and loads that were chosen.
func (b *bench) programs() map[string]bool {
	all := map[string]bool{}
	for _, s := range b.chosenServers() {
		for _, command := range [][]string{s.tcp, s.udp} {
			if command != nil && !strings.Contains(command[0], "/") {
				all[command[0]] = true
			}
		}
		if s.name == floor {
			all[floor] = true
		}
	}
	for _, l := range chosen(loads, b.loads) {
		all[l.program] = true
	}
	return all
}

// compile is the command that makes a program: of C or Go in peers, or else one of this project's.
func (b *bench) compile(module, program string) *exec.Cmd {
	to, peer := filepath.Join(b.dir, program), filepath.Join(module, "peers", program)
	if exists(peer + ".c") {
		return exec.Command("cc", "-O2", "-Wall", "-o", to, peer+".c")
	}
	command := exec.Command("go", "-C", module, "build", "-buildvcs=false", "-o", to, "./peers/"+program)
	if !exists(peer) {
		command = exec.Command("go", "-C", filepath.Join(module, "../.."), "build", "-buildvcs=false", "-o", to, "./cmd/"+program)
	}
	command.Env = append(os.Environ(), "CGO_ENABLED=0") // what the C library takes isn't the servers' memory
	return command
}

// has reports whether a program was built.
func (b *bench) has(program string) bool { return exists(b.path(program)) }

// path is where a program is. One that -peer names has a path of its own.
func (b *bench) path(program string) string {
	if strings.Contains(program, "/") {
		return program
	}
	return filepath.Join(b.dir, program)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// output runs a command. Its error tells what the command wrote to standard error.
func output(command *exec.Cmd) (string, error) {
	text, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%s: %s", filepath.Base(command.Path), strings.TrimSpace(string(exit.Stderr)))
	}
	return string(text), err
}
