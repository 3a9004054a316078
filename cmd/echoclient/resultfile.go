//go:build unix

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/callerr"
)

// checkResults reports which file of the flags can't be written, before a load that may take an hour. It leaves them as they are.
func (o *options) checkResults() error {
	for _, result := range []struct{ flag, path string }{{"-plot", o.plot}, {"-hdr", o.hdr}, {"-picture", o.picture}} {
		if result.path == "" {
			continue
		}
		if err := checkWritable(result.path); err != nil {
			return fmt.Errorf("%s: %w", result.flag, callOnFile(err))
		}
	}
	return nil
}

// checkWritable opens a regular file, or a folder, which is the error; what is neither, a pipe for example, may wait for a reader.
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
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, callOnFile(err))
	}
	_, err = file.Write(p)
	if err = cmp.Or(err, file.Close()); err == nil {
		return nil
	}
	if info, statErr := os.Lstat(path); statErr == nil && info.Mode().IsRegular() {
		os.Remove(path)
	}
	return fmt.Errorf("%s: %w", flag, callOnFile(err))
}

// callOnFile names the errno of a call on a file, as all errors of calls do.
func callOnFile(err error) error {
	failed, ok := err.(*os.PathError)
	if !ok {
		return err
	}
	return &callerr.CallError{Call: failed.Op, Address: failed.Path, Err: failed.Err}
}
