package sock_test

import (
	"os"
	"slices"
	"testing"

	"example.com/berkeley/internal/fdutil"
	"example.com/berkeley/sock"

	"golang.org/x/sys/unix"
)

// files returns descriptors of one file, which its inode's number identifies.
func files(t *testing.T, n int) (fds []int, inode uint64) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	defer f.Close()
	for range n {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		check(t, err)
		fds = append(fds, own(t, fd))
	}
	return fds, inodeOf(t, int(f.Fd()))
}

func inodeOf(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	check(t, unix.Fstat(fd, &st))
	return st.Ino
}

func open(t *testing.T) []int {
	t.Helper()
	fds, err := fdutil.Open()
	check(t, err)
	return fds
}

func TestSendFds(t *testing.T) {
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		fds, inode := files(t, 3)
		if n, err := sock.SendFds(a, []byte("take"), fds...); n != 4 || err != nil {
			t.Fatalf("SendFds = %d, %v", n, err)
		}
		await(t, b, sock.POLLIN)
		p := make([]byte, 64)
		n, got, err := sock.RecvFds(b, p, 5)
		if err != nil || string(p[:n]) != "take" || len(got) != 3 {
			t.Fatalf("RecvFds = %q, %v, %v, want 3 descriptors", p[:n], got, err)
		}
		for _, fd := range got {
			flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
			if err != nil || flags&unix.FD_CLOEXEC == 0 || inodeOf(t, fd) != inode || slices.Contains(fds, fd) {
				t.Errorf("descriptor %d: flags %#x, %v, want a new one of the file, close-on-exec", fd, flags, err)
			}
			check(t, sock.Close(fd))
		}
	})
}

// If a peer sends more descriptors than were asked for, none may be left open. A padded buffer for one descriptor fits
// two.
func TestSurplusFds(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		for max := range 4 {
			fds, _ := files(t, 4)
			control := sock.AppendRights(nil, fds...)
			_, err := sock.Sendmsg(a, &sock.Msg{Iov: [][]byte{[]byte("x")}, Control: control}, 0)
			check(t, err)
			await(t, b, sock.POLLIN)
			before := open(t)
			n, got, err := sock.RecvFds(b, make([]byte, 8), max)
			if n != 1 || err != sock.ErrLostFds || len(got) != max {
				t.Errorf("RecvFds of %d = %d, %v, %v, want what was asked for, and ErrLostFds", max, n, got, err)
			}
			for _, fd := range got {
				check(t, sock.Close(fd))
			}
			if after := open(t); !slices.Equal(before, after) {
				t.Errorf("RecvFds of %d: open before: %v, after: %v", max, before, after)
			}
		}
	})
}

// At the descriptor limit, the bytes arrive, and as many descriptors as the limit allows.
func TestRecvFdsAtTheLimit(t *testing.T) {
	needKernel(t)
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		for places := range 3 {
			if n, err := sock.SendFds(a, []byte("take"), 0, 0); n != 4 || err != nil {
				t.Fatalf("SendFds = %d, %v", n, err)
			}
			await(t, b, sock.POLLIN)
			taken := takeAllBut(t, places)
			p := make([]byte, 8)
			n, fds, err := sock.RecvFds(b, p, 2)
			for _, fd := range append(taken, fds...) {
				check(t, sock.Close(fd))
			}
			var want error
			if places < 2 {
				want = sock.ErrLostFds
			}
			if string(p[:n]) != "take" || len(fds) != places || err != want {
				t.Errorf("with %d places: RecvFds = %q, %v, %v, want %v", places, p[:n], fds, err, want)
			}
		}
	})
}

// takeAllBut opens descriptors until the limit leaves only n.
func takeAllBut(t *testing.T, n int) (taken []int) {
	t.Helper()
	for {
		fd, err := sock.Dup(0)
		if err == sock.EMFILE {
			break
		}
		check(t, err)
		taken = append(taken, fd)
	}
	for _, fd := range taken[len(taken)-n:] {
		check(t, sock.Close(fd))
	}
	return taken[:len(taken)-n]
}

// The largest number of descriptors that can be sent at once, and one more.
func TestMostFds(t *testing.T) {
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		most := slices.Repeat([]int{0}, 253)
		if n, err := sock.SendFds(a, []byte("x"), append(most, 0)...); n != 0 || err != sock.EINVAL {
			t.Errorf("SendFds of 254 = %d, %v, want EINVAL", n, err)
		}
		if n, err := sock.SendFds(a, []byte("x"), most...); n != 1 || err != nil {
			t.Fatalf("SendFds of 253 = %d, %v", n, err)
		}
		await(t, b, sock.POLLIN)
		// TestMain's limit allows no more than this.
		n, got, err := sock.RecvFds(b, make([]byte, 8), 1000)
		if n != 1 || len(got) < 100 || (err == sock.ErrLostFds) != (len(got) < 253) || err != nil && err != sock.ErrLostFds {
			t.Errorf("RecvFds = %d, %d descriptors, %v", n, len(got), err)
		}
		for _, fd := range got {
			check(t, sock.Close(fd))
		}
	})
}

// A stream would lose descriptors that are sent without a byte; a message may be empty.
func TestSendFdsWithNothing(t *testing.T) {
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		n, err := sock.SendFds(a, nil, 0)
		if k.IsStream() {
			if n != 0 || err != sock.EINVAL {
				t.Errorf("SendFds = %d, %v, want EINVAL", n, err)
			}
			return
		}
		if n != 0 || err != nil {
			t.Fatalf("SendFds = %d, %v", n, err)
		}
		await(t, b, sock.POLLIN)
		n, fds, err := sock.RecvFds(b, nil, 1)
		if n != 0 || err != nil || len(fds) != 1 {
			t.Fatalf("RecvFds = %d, %v, %v, want one descriptor", n, fds, err)
		}
		check(t, sock.Close(fds[0]))
	})
}

// Two sends with descriptors aren't received together: descriptors stay with their bytes.
func TestFdsStayWithTheirBytes(t *testing.T) {
	forEachPair(t, kind.IsLocalStream, func(t *testing.T, a, b int, k kind) {
		for _, s := range []string{"one", "two"} {
			_, err := sock.SendFds(a, []byte(s), 0)
			check(t, err)
		}
		for _, s := range []string{"one", "two"} {
			await(t, b, sock.POLLIN)
			p := make([]byte, 64)
			n, fds, err := sock.RecvFds(b, p, 8)
			if err != nil || string(p[:n]) != s || len(fds) != 1 {
				t.Fatalf("RecvFds = %q, %v, %v, want %q and one descriptor", p[:n], fds, err, s)
			}
			check(t, sock.Close(fds[0]))
		}
	})
}

func TestRecvFdsErrors(t *testing.T) {
	forEachPair(t, kind.IsLocal, func(t *testing.T, a, b int, k kind) {
		if n, err := sock.SendFds(a, []byte("x"), -1); n != 0 || err != sock.EBADF {
			t.Errorf("SendFds of no descriptor = %d, %v, want EBADF", n, err)
		}
		if n, fds, err := sock.RecvFds(b, make([]byte, 8), -1); n != 0 || fds != nil || err != sock.EINVAL {
			t.Errorf("RecvFds of -1 = %d, %v, %v, want EINVAL", n, fds, err)
		}
		check(t, sock.SetNonblock(b, true))
		if n, fds, err := sock.RecvFds(b, make([]byte, 8), 1); n != 0 || fds != nil || err != sock.EAGAIN {
			t.Errorf("RecvFds of nothing = %d, %v, %v, want EAGAIN", n, fds, err)
		}
		if _, err := sock.Send(a, []byte("x"), 0); err != nil {
			t.Fatal(err)
		}
		await(t, b, sock.POLLIN)
		if n, fds, err := sock.RecvFds(b, make([]byte, 8), 1); n != 1 || fds != nil || err != nil {
			t.Errorf("RecvFds of plain data = %d, %v, %v, want 1 and no descriptor", n, fds, err)
		}
	})
}
