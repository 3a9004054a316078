package main_test

import (
	"strings"
	"testing"

	"example.com/berkeley/internal/cmdtest"
	"example.com/berkeley/sock"
)

// The server takes no descriptors from clients, whose close might take long: the kernel refuses them. A kernel that can't
// do that delivers the message, and the server keeps no descriptor.
func TestPassedDescriptors(t *testing.T) {
	t.Parallel()
	forEachServer(t, func(t *testing.T, engine, mode string) {
		addrs := []string{"unix://" + t.TempDir() + "/stream", "unixpacket://" + t.TempDir() + "/packet"}
		args := []string{"-engine", engine, "-mode", mode}
		if mode == "stream" {
			addrs = append(addrs, "unixgram://"+t.TempDir()+"/datagram")
			args = append(args, "-listen", "udp4://0.0.0.0:0") // for which the server receives control messages
		}
		server := cmdtest.Start(t, append(args, listenFlags(addrs)...)...)
		before := -1
		for round := range 3 {
			for _, addr := range addrs {
				fd := dial(t, addr)
				message := pattern(10)
				pass(t, fd, message)
				if strings.HasPrefix(addr, "unixgram") {
					wantDatagram(t, fd, message)
					continue
				}
				shutdown(t, fd)
				wantAnswer(t, fd, message)
			}
			if round == 0 {
				before = descriptors(t, server) // includes those of Go's runtime by now
			}
		}
		if after := descriptors(t, server); after > before {
			t.Errorf("%d descriptors are open, want at most %d as before", after, before)
		}
	})
}

// A listener that the server inherits keeps its options. Clients of the server have them all the same.
func TestPassedDescriptorsInherited(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, engine string) {
		for _, network := range []string{"unix", "unixpacket", "unixgram"} {
			t.Run(network, func(t *testing.T) {
				listener, _ := bound(t, network+"://"+t.TempDir()+"/socket")
				fd := dial(t, inherits(t, listener, "-engine", engine).Addr())
				send(t, fd, []byte("accepted"))
				receive(t, fd, []byte("accepted"))
				pass(t, fd, []byte("x"))
				receive(t, fd, []byte("x"))
			})
		}
	})
}

// pass sends a message with descriptors. Where the kernel has SO_PASSRIGHTS, it must refuse them, and the message goes without.
func pass(t *testing.T, fd int, message []byte) {
	t.Helper()
	_, err := sock.SendFds(fd, message, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if _, lacks := sock.Getsockopt(fd, sock.SO_PASSRIGHTS); lacks != nil {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != sock.EPERM {
		t.Fatalf("sendmsg with descriptors: %v, want EPERM", err)
	}
	send(t, fd, message)
}
