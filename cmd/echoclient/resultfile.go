//go:build unix

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
)

// checkResults reports which file of the flags can't be written, before a load that may take an hour. It leaves them as they are.
func (o *options) checkResults() error {
	for _, result := range o.results() {
		if err := checkWritable(result.path); err != nil {
			return fmt.Errorf("%s: %w", result.flag, callerr.OnFile(err))
		}
	}
	return nil
}

// result is a file that a flag names.
type result struct{ flag, path string }

// results returns the files that the program is to write.
func (o *options) results() []result {
	all := []result{{"-plot", o.plot}, {"-hdr", o.hdr}, {"-picture", o.picture}}
	return slices.DeleteFunc(all, func(r result) bool { return r.path == "" })
}

// sameResult returns two results that go to the same file, in which only the last one would remain.
func (o *options) sameResult() (one, other string) {
	all := o.results()
	for i, r := range all {
		for _, earlier := range all[:i] {
			if isSameFile(earlier.path, r.path) {
				return earlier.flag, r.flag
			}
		}
		for _, open := range []struct {
			name string
			file *os.File
		}{{"standard output", os.Stdout}, {"standard error", os.Stderr}} {
			if isOpen(r.path, open.file) {
				return r.flag, open.name
			}
		}
	}
	return "", ""
}

// isOpen reports whether a path leads to the file that f is open on; not to a pipe or a device.
func isOpen(path string, f *os.File) bool {
	named, err := os.Stat(path)
	opened, otherErr := f.Stat()
	return err == nil && otherErr == nil && named.Mode().IsRegular() && os.SameFile(named, opened)
}

// isSameFile reports whether two paths lead to one file, which need not exist; not to a pipe or a device, which takes both.
func isSameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, otherErr := os.Stat(b)
	if err == nil && otherErr == nil {
		return os.SameFile(first, second) && first.Mode().IsRegular()
	}
	return err != nil && otherErr != nil && absolute(a) == absolute(b)
}

// absolute returns the path of a file from the root, without links on the way to it.
func absolute(path string) string {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return path
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return path
	}
	return filepath.Join(dir, filepath.Base(path))
}

// checkWritable opens a regular file, or a folder, which is the error; not a pipe, whose reader would see its end.
func checkWritable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := unix.Access(filepath.Dir(path), unix.W_OK|unix.X_OK); err != nil {
			return &os.PathError{Op: "open", Path: path, Err: err}
		}
		return nil
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		file.Close()
	}
	return err
}

// writeResult writes a drawing or a log to the file that a flag names. If that fails, it leaves no half of one behind.
func writeResult(flag, path string, p []byte) error {
	// For a pipe without a reader, this is ENXIO: the result would be lost, and the wait for one might be too long.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NONBLOCK, 0o666)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, callerr.OnFile(err))
	}
	_, err = file.Write(p)
	if err = cmp.Or(err, file.Close()); err == nil {
		return nil
	}
	if info, statErr := os.Lstat(path); statErr == nil && info.Mode().IsRegular() {
		os.Remove(path)
	}
	return fmt.Errorf("%s: %w", flag, callerr.OnFile(err))
}
