//go:build unix

package socketfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/internal/socktest"
)

func TestMain(m *testing.M) {
	removeTempDir := socktest.PlainTempDir()
	code := m.Run()
	removeTempDir()
	os.Exit(code)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bind makes a socket bound to path.
func bind(t testing.TB, path string) (socket int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	check(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	check(t, unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	return fd
}

func open(t testing.TB, path string) *socketfile.Dir {
	t.Helper()
	d, err := socketfile.OpenDir(path)
	check(t, err)
	t.Cleanup(d.Close)
	return d
}

// bound binds a new socket to path and returns its file.
func bound(t testing.TB, path string) *socketfile.File {
	t.Helper()
	f, err := open(t, path).Bound(bind(t, path))
	check(t, err)
	t.Cleanup(f.Close)
	return f
}

// shortTempDir makes a directory whose name is short: some systems limit a socket's path to 104 bytes.
func shortTempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func identity(t testing.TB, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Lstat(path)
	check(t, err)
	return info
}

func TestRemove(t *testing.T) {
	path := filepath.Join(shortTempDir(t), "socket")
	f := bound(t, path)
	if !f.InPlace() {
		t.Error("InPlace() = false for a new file, want true")
	}
	check(t, f.Remove())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat of the removed file: %v, want %v", err, fs.ErrNotExist)
	}
	if f.InPlace() {
		t.Error("InPlace() = true for a removed file, want false")
	}
	if err := f.Remove(); err != socketfile.ErrReplaced {
		t.Errorf("second Remove() = %v, want %v", err, socketfile.ErrReplaced)
	}
}

// Remove leaves a replacement in place.
func TestRemoveReplaced(t *testing.T) {
	dir := shortTempDir(t)
	path, victim := filepath.Join(dir, "socket"), filepath.Join(dir, "victim")
	tests := []struct {
		name    string
		replace func() error
	}{
		{"file", func() error { return os.WriteFile(path, nil, 0o600) }},
		{"directory", func() error { return os.Mkdir(path, 0o700) }},
		{"symbolic link", func() error { return os.Symlink(victim, path) }},
		{"link", func() error { return errors.Join(os.WriteFile(victim, nil, 0o600), os.Link(victim, path)) }},
		{"socket", func() error { bind(t, path); return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := bound(t, path)
			check(t, os.Remove(path))
			check(t, tt.replace())
			defer os.Remove(path)
			before := identity(t, path)
			if err := f.Remove(); err != socketfile.ErrReplaced {
				t.Errorf("Remove() = %v, want %v", err, socketfile.ErrReplaced)
			}
			if after := identity(t, path); !os.SameFile(before, after) {
				t.Errorf("Lstat of the other file = %v, want %v as before", after, before)
			}
			if f.InPlace() {
				t.Error("InPlace() = true for a replaced file, want false")
			}
		})
	}
}

// Another socket that takes the name during Remove still has it afterwards.
func TestRemoveWhileReplaced(t *testing.T) {
	dir := shortTempDir(t)
	path, other := filepath.Join(dir, "socket"), filepath.Join(dir, "other")
	for range 300 {
		t.Run("round", func(t *testing.T) { // which closes its descriptors
			f := bound(t, path)
			bind(t, other)
			want := identity(t, other)
			renamed := make(chan error)
			go func() { renamed <- os.Rename(other, path) }()
			f.Remove()
			check(t, <-renamed)
			if got := identity(t, path); !os.SameFile(want, got) {
				t.Fatal("Remove removed the other file")
			}
			check(t, os.Remove(path))
		})
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("the directory contains %v, %v; want nothing", entries, err)
	}
}

// A File belongs to the directory that was opened, even when another directory has its path.
func TestMovedDirectory(t *testing.T) {
	top := shortTempDir(t)
	dir := filepath.Join(top, "dir")
	check(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "socket")
	f := bound(t, path)
	check(t, os.Rename(dir, dir+".moved"))
	check(t, os.Mkdir(dir, 0o700))
	bind(t, path)
	if !f.InPlace() {
		t.Error("InPlace() = false after a rename of the directory, want true")
	}
	check(t, f.Remove())
	identity(t, path)
	if _, err := os.Lstat(filepath.Join(dir+".moved", "socket")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat of the removed file: %v, want %v", err, fs.ErrNotExist)
	}
}

func TestFind(t *testing.T) {
	dir := shortTempDir(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	bind(t, at("socket"))
	check(t, os.WriteFile(at("file"), nil, 0o600))
	check(t, os.Symlink("socket", at("link")))
	tests := []struct {
		path string
		want error
	}{
		{at("socket"), nil},
		{at("nothing"), unix.ENOENT},
		{at("file"), unix.ENOTSOCK},
		{at("link"), unix.ENOTSOCK},
		{dir + "/.", unix.ENOTSOCK},
		{dir + "/..", unix.ENOTSOCK},
		{dir + "/", unix.ENOENT},
	}
	for _, tt := range tests {
		f, err := open(t, tt.path).Find()
		if err != tt.want {
			t.Errorf("Find(%s): %v, want %v", tt.path, err, tt.want)
		}
		if f != nil {
			f.Close()
		}
	}
}

// Remove does not remove a socket that has replaced the one found.
func TestRemoveFound(t *testing.T) {
	path := filepath.Join(shortTempDir(t), "socket")
	bind(t, path)
	found, err := open(t, path).Find()
	check(t, err)
	defer found.Close()
	check(t, os.Rename(path, path+".moved"))
	bind(t, path)
	if err := found.Remove(); err != socketfile.ErrReplaced {
		t.Errorf("Remove() = %v, want %v", err, socketfile.ErrReplaced)
	}
	identity(t, path)
}

func TestOpenDir(t *testing.T) {
	dir := shortTempDir(t)
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	check(t, os.WriteFile(file, nil, 0o600))
	check(t, unix.Mkfifo(fifo, 0o600))
	for path, want := range map[string]error{
		dir + "/nothing/socket": unix.ENOENT,
		file + "/socket":        unix.ENOTDIR,
		fifo + "/socket":        unix.ENOTDIR, // without waiting for a writer
	} {
		if _, err := socketfile.OpenDir(path); err != want {
			t.Errorf("OpenDir(%s): %v, want %v", path, err, want)
		}
	}
	t.Chdir(dir)
	bind(t, "relative")
	f, err := open(t, "relative").Find()
	check(t, err)
	f.Close()
}
