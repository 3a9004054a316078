package socketfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/berkeley/internal/socketfile"
	"example.com/berkeley/internal/socktest"
)

func owner(t testing.TB, path string) [2]uint32 {
	t.Helper()
	var stat unix.Stat_t
	check(t, unix.Lstat(path, &stat))
	return [2]uint32{stat.Uid, stat.Gid}
}

func TestChown(t *testing.T) {
	socktest.NeedUsers(t)
	path := filepath.Join(shortTempDir(t), "socket")
	f := bound(t, path)
	check(t, f.Chown(-1, 5678))
	if got := owner(t, path); got != [2]uint32{0, 5678} {
		t.Errorf("owner and group = %v, want [0 5678]", got)
	}
	check(t, f.Chown(1234, -1))
	if got := owner(t, path); got != [2]uint32{1234, 5678} {
		t.Errorf("owner and group = %v, want [1234 5678]", got)
	}
}

// Chown changes the socket's file, even after a rename.
func TestChownReplaced(t *testing.T) {
	socktest.NeedUsers(t)
	path := filepath.Join(shortTempDir(t), "socket")
	f := bound(t, path)
	check(t, os.Rename(path, path+".moved"))
	check(t, os.WriteFile(path, nil, 0o600))
	check(t, f.Chown(1234, -1))
	if owner(t, path)[0] != 0 || owner(t, path+".moved")[0] != 1234 {
		t.Errorf("the new file has owner %v, want 0; the moved one %v, want 1234", owner(t, path), owner(t, path+".moved"))
	}
}

// Bound detects that another file has replaced the socket's.
func TestBoundReplaced(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, path string){
		"file":          func(t *testing.T, path string) { check(t, os.WriteFile(path, nil, 0o600)) },
		"symbolic link": func(t *testing.T, path string) { check(t, os.Symlink("moved", path)) },
		"nothing":       func(t *testing.T, path string) {},
	} {
		t.Run(name, func(t *testing.T) {
			dir := shortTempDir(t)
			path := filepath.Join(dir, "socket")
			d, fd := open(t, path), bind(t, path)
			check(t, os.Rename(path, filepath.Join(dir, "moved")))
			replace(t, path)
			if f, err := d.Bound(fd); err == nil {
				f.Close()
				t.Error("Bound of another file in the socket's place succeeded, want an error")
			}
		})
	}
}

// With CAP_NET_ADMIN, Bound detects even another socket.
func TestBoundReplacedBySocket(t *testing.T) {
	path := filepath.Join(shortTempDir(t), "socket")
	d, fd := open(t, path), bind(t, path)
	if node, err := unix.IoctlRetInt(fd, unix.SIOCPROTOPRIVATE); err != nil {
		t.Skip("SIOCUNIXFILE requires CAP_NET_ADMIN:", err)
	} else {
		unix.Close(node)
	}
	check(t, os.Remove(path))
	bind(t, path)
	if _, err := d.Bound(fd); err != socketfile.ErrReplaced {
		t.Errorf("Bound() = %v, want %v", err, socketfile.ErrReplaced)
	}
}

// Chown refuses another user's socket.
func TestChownOfOthersSocket(t *testing.T) {
	socktest.NeedUsers(t)
	path := filepath.Join(shortTempDir(t), "socket")
	bind(t, path)
	check(t, os.Lchown(path, 4321, 4321))
	f, err := open(t, path).Find()
	check(t, err)
	defer f.Close()
	if err := f.Chown(1234, 1234); err != socketfile.ErrReplaced {
		t.Errorf("Chown() = %v, want %v", err, socketfile.ErrReplaced)
	}
}
