package main_test

import (
	"fmt"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// Clients can't pass descriptors to the server, whose close might take long. A kernel that doesn't refuse them closes them.
func TestPassedDescriptors(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, network := range []string{"unix", "unixpacket", "unixgram"} {
			addr := network + "://" + t.TempDir() + "/socket"
			t.Run(network, func(t *testing.T) {
				passDescriptors(t, cmdtest.Start(t, "-engine", engine, "-listen", addr))
			})
			t.Run(network+", inherited", func(t *testing.T) {
				fd, _ := bound(t, network+"://"+t.TempDir()+"/socket")
				passDescriptors(t, inherits(t, fd, "-engine", engine))
			})
		}
	})
}

func passDescriptors(t *testing.T, server *cmdtest.Server) {
	fd := dial(t, server.Addr())
	pass := func(text string, fds ...int) error {
		m := sock.Msg{Iov: [][]byte{[]byte(text)}}
		if len(fds) > 0 {
			m.Control = sock.AppendRights(nil, fds...)
		}
		_, err := sock.Sendmsg(fd, &m, 0)
		if err == nil {
			receive(t, fd, []byte(text))
		}
		return err
	}
	if err := pass("none"); err != nil {
		t.Fatal(err)
	}
	if _, err := sock.Getsockopt(fd, sock.SO_PASSRIGHTS); err == nil {
		if err := pass("one", 0); err != sock.EPERM {
			t.Errorf("sendmsg with a descriptor: %v, want EPERM", err)
		}
		return
	}
	before := descriptors(t, server)
	for i := range 10 {
		if err := pass(fmt.Sprint(i), 0, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	if after := descriptors(t, server); after > before { // what the start opened for a moment may be gone
		t.Errorf("%d descriptors are open, want at most %d as before", after, before)
	}
}
